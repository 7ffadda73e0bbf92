# SPDX-License-Identifier: MIT
"""What a policy can guard: functions and coroutine functions, which have run when they return.

What it cannot guard is refused where it is decorated, in place of being guarded in appearance only.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from errcore.errors.reading import kind_of
from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from errcore.policies.settings import PolicySettings

__all__ = ["check", "is_asynchronous", "label"]


def is_asynchronous(fn: Any) -> bool:
    """Whether a call gives a coroutine: of a coroutine function, or of an object whose `__call__` is one.

    >>> is_asynchronous(len)
    False
    """
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(_own_call(fn))


def _own_call(fn: Any) -> Any:
    return getattr(kind_of(fn), "__call__", None)  # noqa: B004 - what it is, and not whether it is there


def label(fn: object) -> str:
    """How a message names a function.

    >>> label(len)
    'len'
    """
    return str(getattr(fn, "__qualname__", type(fn).__qualname__))


def _is_generator(fn: Any) -> bool:
    return any(
        inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in (fn, _own_call(fn))
    )


def check(fn: Any, settings: PolicySettings, name: str) -> None:
    """Refuse what a policy cannot guard.

    Args:
        fn: What is to be guarded.
        settings: What the policy was told.
        name: Its name.

    Raises:
        errcore.ConfigurationError: If it cannot be guarded; says what can.
    """
    timeout, fallback = settings.timeout, settings.fallback
    if not callable(fn) or isinstance(fn, type):
        because, instead = "it is no function", "guard the function that makes the call"
    elif _is_generator(fn):
        because, instead = (
            "it is a generator, which has not run when it returns",
            "guard what it calls, or use acquire()",
        )
    elif is_asynchronous(fn):
        return
    elif timeout is not None and timeout.sync is None:
        because = "a function cannot be stopped from outside"
        instead = "say how: Timeout(..., sync='cooperative') or sync='thread'"
    elif fallback is not None and fallback.is_asynchronous:
        because, instead = (
            "a function cannot await its fallback",
            "give it a fallback that is a function, too",
        )
    else:
        return
    raise ConfigurationError(f"Cannot guard {label(fn)} with {name!r}, because {because}; {instead}.")
