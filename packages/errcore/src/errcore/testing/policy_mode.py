# SPDX-License-Identifier: MIT
"""How policies behave in a test: switched off, without waits, or with another number of attempts.

Scoped to the context, not to the process: tests that run at the same time, in tasks or in threads, do not know of each
other. A task that is started inside follows it, for it takes the context along; a bare thread does not.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line
from errcore.policies.guardable import is_asynchronous
from errcore.policies.mode import Mode, current_mode, enter_mode, leave_mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token
    from types import TracebackType

__all__ = ["policies"]

F = TypeVar("F", bound="Callable[..., Any]")


class policies:  # noqa: N801 - reads as a word: `with policies(instant=True):`
    """Change what policies do inside of a `with` block or a test function; one inside changes only what it names.

    As a pytest fixture: a fixture function that yields inside of the block.

    Args:
        off: Whether functions are called as if they were not guarded.
        instant: Whether waits between attempts, and the latency of `Chaos`, take no time.
        attempts: Attempts of each call that has retries, in place of what its policy says.

    Raises:
        errcore.ConfigurationError: If there would be less than one attempt.

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
                f"Cannot test with attempts={one_line(attempts, 80)}, because a call needs at least one; pass 1 or more."
            )
        asked = {"off": off, "instant": instant, "attempts": attempts}
        self._changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        self._tokens: list[Token[Mode]] = []

    def __enter__(self) -> None:
        # A Mode of its own even if nothing is named: being here says that this is a test.
        before = attrs.asdict(current_mode())
        self._tokens.append(enter_mode(Mode(**{**before, **self._changes})))

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        leave_mode(self._tokens.pop())

    def __call__(self, function: F) -> F:
        """Decorate a test function or a coroutine function. Each call has a scope of its own."""
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
