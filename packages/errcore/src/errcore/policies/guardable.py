# SPDX-License-Identifier: MIT
"""What a policy can guard: functions and coroutine functions, which have run when they return.

What it cannot guard is refused where it is decorated, in place of being guarded in appearance only.
"""

from __future__ import annotations

import inspect
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from errcore.errors.reading import kind_of
from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from errcore.policies.settings import PolicySettings

__all__ = ["METHODS", "check", "is_asynchronous", "is_generator", "label"]

METHODS: frozenset[object] = frozenset({staticmethod, classmethod})
"""What has a function inside; a decorator above one of them decorates that function."""


def is_asynchronous(fn: Any) -> bool:
    """Whether a call gives a coroutine: of a coroutine function, or of an object whose `__call__` is one.

    >>> is_asynchronous(len)
    False
    """
    fn = _innermost(fn)
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(_own_call(fn)) or _is_marked(fn)


def _innermost(fn: Any) -> Any:
    while isinstance(fn, partial):
        fn = fn.func
    return fn


def _is_marked(fn: Any) -> bool:
    # What is compiled, by Cython for one, has no flags that `inspect` knows, and says so to asyncio instead.
    mark = getattr(sys.modules.get("asyncio.coroutines"), "_is_coroutine", None)
    return mark is not None and getattr(fn, "_is_coroutine", None) is mark


def _own_call(fn: Any) -> Any:
    return getattr(kind_of(fn), "__call__", None)  # noqa: B004 - what it is, and not whether it is there


def label(fn: object) -> str:
    """How a message names a function.

    >>> label(len)
    'len'
    """
    return str(getattr(fn, "__qualname__", type(fn).__qualname__))


def is_generator(fn: Any) -> bool:
    """Whether a call gives a generator, which has not run by then.

    >>> is_generator(len)
    False
    """
    fn = _innermost(fn)
    return any(
        inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in (fn, _own_call(fn))
    )


def check(fn: Any, settings: PolicySettings, name: str, *, awaited: bool = False) -> None:
    """Refuse what a policy cannot guard.

    Args:
        fn: What is to be guarded.
        settings: What the policy was told.
        name: Its name.
        awaited: Whether what it gives is awaited, so that it may be a function that gives a coroutine.

    Raises:
        errcore.ConfigurationError: If it cannot be guarded; says what can.
    """
    timeout, fallback, chaos = settings.timeout, settings.fallback, settings.chaos
    if not callable(fn) or isinstance(fn, type):
        because, instead = "it is no function", "guard the function that makes the call"
    elif is_generator(fn):
        because, instead = (
            "it is a generator, which has not run when it returns",
            "guard what it calls, or use acquire()",
        )
    elif awaited or is_asynchronous(fn):
        return
    elif timeout is not None and timeout.sync is None:
        because = "a function cannot be stopped from outside"
        instead = "say how: Timeout(..., sync='cooperative') or sync='thread'"
    elif fallback is not None and fallback.is_asynchronous:
        because, instead = (
            "a function cannot await its fallback",
            "give it a fallback that is a function, too",
        )
    elif chaos is not None and chaos.is_asynchronous:
        because, instead = (
            "a function cannot await the behaviour of its chaos",
            "give it one that is a function, too",
        )
    else:
        return
    raise ConfigurationError(f"Cannot guard {label(fn)} with {name!r}, because {because}; {instead}.")
