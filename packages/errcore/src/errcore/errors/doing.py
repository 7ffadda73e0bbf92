# SPDX-License-Identifier: MIT
"""Say what was being done when something passed through: the exception keeps its type, its traceback and its cause."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from errcore.errors.message import safe_line
from errcore.jsonsafe import to_json
from errcore.redaction import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
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
        if exc_type is not None and issubclass(exc_type, Exception):
            self._annotate(exc)

    def _annotate(self, exc: BaseException | None) -> None:
        try:
            notes: object = exc.__dict__.get("__notes__", ())
            if isinstance(notes, (list, tuple)) and len(notes) < _NOTES:
                BaseException.add_note(exc, self._sentence())  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001 - an exception that refuses notes goes on without one
            return

    def _sentence(self) -> str:
        facts: dict[str, object] = to_json(self._facts, hide=is_secret_key) if self._facts else {}
        listed = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        return safe_line(f"while {self._activity} ({listed})" if listed else f"while {self._activity}")

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...
    def __call__(self, function: Callable[P, Any], /) -> Callable[P, Any]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def annotated(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def annotated(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return function(*args, **kwargs)

        return annotated
