# SPDX-License-Identifier: MIT
"""Say what was being done when something passed through: the exception keeps its type, its traceback and its cause."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from errcore.errors import reading
from errcore.errors.message import safe_line
from errcore.jsonsafe import to_json
from errcore.redaction import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from types import TracebackType

__all__ = ["doing"]

P = ParamSpec("P")
R = TypeVar("R")

_NOTES = 16


class doing:  # noqa: N801 - reads as a word: `with doing("loading the configuration"):`
    """Annotate what passes through with what was being done. For `with` blocks, functions and coroutine functions.

    Args:
        activity: What, as the end of a sentence that starts with "while".
        facts: Internal facts; redacted where a name or a text looks like a secret.

    >>> try:
    ...     with doing("loading the configuration", path="/etc/app.toml"):
    ...         raise KeyError("port")
    ... except KeyError as error:
    ...     error.__notes__
    ["while loading the configuration (path='/etc/app.toml')"]
    """

    __slots__ = ("_activity", "_facts")

    def __init__(self, activity: str, /, **facts: object) -> None:
        self._activity = activity
        self._facts = facts

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Cancellation and the end of the process are nobody's failure.
        if exc is not None and issubclass(type(exc), Exception):
            self._annotate(exc)

    def _annotate(self, exc: BaseException) -> None:
        try:
            # Not by `add_note`, which an exception may have a version of its own of.
            attributes = reading.attributes(exc)
            notes: Any = attributes.get("__notes__", [])
            if reading.exactly(list, notes) and len(notes) < _NOTES:
                attributes["__notes__"] = [*notes, self._sentence()]
        except Exception:  # noqa: BLE001 - a fact that fails to be shown: the exception goes on without a note
            return

    def _sentence(self) -> str:
        facts = to_json(self._facts, hide=is_secret_key)
        listed = (
            ", ".join(f"{name}={value!r}" for name, value in facts.items()) if type(facts) is dict else ""
        )
        return safe_line(f"while {self._activity} ({listed})" if listed else f"while {self._activity}")

    @overload
    def __call__(
        self, function: Callable[P, Coroutine[Any, Any, R]], /
    ) -> Callable[P, Coroutine[Any, Any, R]]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...
    def __call__(self, function: Callable[P, Any], /) -> Callable[P, Any]:
        """Decorate a function, a coroutine function or a generator function: its signature stays.

        Raises:
            TypeError: For an asynchronous generator function; use a `with` block inside it.
        """
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                f"Cannot decorate the asynchronous generator {function.__qualname__}, because what passes through it "
                f"would not be seen; write `with doing(...):` inside it."
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def annotated_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return annotated_coroutine

        if inspect.isgeneratorfunction(function):
            generator_function: Callable[P, Generator[Any, Any, Any]] = function

            @functools.wraps(function)
            def annotated_generator(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, Any, Any]:
                with self:
                    return (yield from generator_function(*args, **kwargs))

            return annotated_generator

        @functools.wraps(function)
        def annotated(*args: P.args, **kwargs: P.kwargs) -> Any:
            with self:
                return function(*args, **kwargs)

        return annotated
