# SPDX-License-Identifier: MIT
"""How policies behave in a test: switched off, without waits, or with another number of attempts.

Scoped to the context, not to the process: tests that run at the same time, in tasks or in threads, do not know of each
other. A task that is started inside follows it, for it takes the context along; a bare thread does not.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from errcore.errors.reading import kind_of
from errcore.errors.stock import ConfigurationError
from errcore.policies.guardable import METHODS, is_asynchronous, is_generator, label
from errcore.policies.mode import NORMAL, current_mode, enter_mode
from errcore.policies.refusals import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["policies"]

F = TypeVar("F", bound="Callable[..., Any]")


class policies:  # noqa: N801 - reads as a word: `with policies(instant=True):`
    """Change what policies do inside of a `with` block or a test function; one inside changes only what it names.

    As a pytest fixture: a fixture function that yields inside of the block.

    Args:
        off: Whether functions are called as if they were not guarded.
        instant: Whether waits between attempts, and the latency of `Chaos`, take no time.
        attempts: Attempts of each call that has retries, in place of what its policy says. With this or `instant` retries
            need no budget, since what other tests have spent must not matter.

    Raises:
        errcore.ConfigurationError: If there would be less than one attempt, or a switch is neither on nor off.

    >>> from errcore.policies.declare import policy
    >>> calls = []
    >>> @policy("doc-testing", retry=5)
    ... def fetch() -> None:
    ...     calls.append(1)
    ...     raise ConnectionError
    >>> with policies(instant=True, attempts=2):
    ...     try:
    ...         fetch()
    ...     except ConnectionError:
    ...         len(calls)
    2
    """

    def __init__(
        self, *, off: bool | None = None, instant: bool | None = None, attempts: int | None = None
    ) -> None:
        if attempts is not None and (type(attempts) is not int or attempts < 1):
            raise ConfigurationError(
                f"Cannot test with attempts={shown(attempts)}, because a call needs at least one; pass 1 or more."
            )
        for name, switch in (("off", off), ("instant", instant)):
            if switch is not None and type(switch) is not bool:
                raise ConfigurationError(
                    f"Cannot test with {name}={shown(switch)}, because it is a switch; pass True or False."
                )
        asked = {"off": off, "instant": instant, "attempts": attempts}
        self._changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}

    def __enter__(self) -> None:
        # A Mode of its own even if nothing is named: being here says that this is a test. It knows what it replaces, so
        # that one object may serve many tests at a time.
        before = current_mode()
        enter_mode(attrs.evolve(before, **self._changes, outer=before))

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        enter_mode(current_mode().outer or NORMAL)

    def __call__(self, function: F) -> F:
        """Decorate a test function or a coroutine function. Each call has a scope of its own.

        Raises:
            errcore.ConfigurationError: For a generator function, such as a fixture that yields, and for a class.
        """
        method: Any = function
        if isinstance(function, type):
            raise ConfigurationError(
                f"Cannot decorate {label(function)}, because it is a class, whose tests would not be found; decorate its "
                "functions, or write a fixture that yields inside of `with policies(...):`."
            )
        if kind_of(function) in METHODS:
            return cast("F", kind_of(method)(self(method.__func__)))
        if is_generator(function):
            raise ConfigurationError(
                f"Cannot decorate {label(function)}, because it is a generator, which has not run when it returns; write "
                "`with policies(...):` inside of it."
            )
        if is_asynchronous(function):

            @functools.wraps(function)
            async def atest(*args: Any, **kwargs: Any) -> Any:
                with policies(**self._changes):
                    return await function(*args, **kwargs)

            return atest  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

        @functools.wraps(function)
        def test(*args: Any, **kwargs: Any) -> Any:
            with policies(**self._changes):
                return function(*args, **kwargs)

        return test  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
