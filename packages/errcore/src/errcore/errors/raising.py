# SPDX-License-Identifier: MIT
"""Note on a function which declared errors it can raise, so that documents about it can say so.

Nothing is wrapped and nothing is checked when it runs: a function that raises something else does so.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar, cast

from errcore.errors.app_error import AppError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["raised_by", "raises"]

F = TypeVar("F")

_MARK = "__errcore_raises__"
_LONGEST = 64  # partials inside of partials


def raises(*errors: type[AppError]) -> Callable[[F], F]:
    """Note on a function that it can raise these errors: the very classes, not what is below them.

    For functions, coroutine functions, methods, and classes whose instances are called. The function itself comes back.
    Further `raises` add to the first; below or above `@classmethod` and `@staticmethod` it is the same.

    Args:
        errors: Classes below `AppError`.

    Raises:
        TypeError: If one of `errors` is none, or what is decorated cannot be called or takes no note.

    >>> from errcore import ConflictError, NotFoundError
    >>> @raises(NotFoundError)
    ... @raises(ConflictError)
    ... def rename(agent_id: str) -> None: ...
    >>> [error.code for error in rename.__errcore_raises__]
    ['NOT_FOUND', 'CONFLICT']
    """
    for error in errors:
        if not _is_declared(error):
            raise TypeError(
                f"Cannot note that {_shown(error)} is raised, because it is no class below errcore.AppError; "
                "pass the classes of declared errors: @raises(NotFoundError)."
            )

    def note(function: F) -> F:
        target = _target(function)
        if not callable(target):
            raise TypeError(
                f"Cannot note what {_shown(function)} raises, because it is nothing that is called; "
                "decorate the function."
            )
        try:
            setattr(target, _MARK, _joined((*errors, *getattr(target, _MARK, ()))))
        except (AttributeError, TypeError) as problem:
            raise TypeError(
                f"Cannot note what {_shown(function)} raises, because it takes no attributes; "
                "decorate the function where it is defined."
            ) from problem
        return function

    return note


def _target(function: Any) -> Any:
    """What takes the note: a bound method reads what its function has, and not what its classmethod object has."""
    return function.__func__ if type(function) in (classmethod, staticmethod) else function


def raised_by(function: object, /) -> tuple[type[AppError], ...]:
    """The errors that `raises` noted on something callable, each once; none for what has no note.

    A partial has those of its function, a class those of its `__init__`, an object those of its `__call__`.

    >>> from errcore import NotFoundError
    >>> class Finder:
    ...     @raises(NotFoundError)
    ...     def __call__(self) -> None: ...
    >>> raised_by(Finder())
    (<class 'errcore.errors.stock.NotFoundError'>,)
    """
    return _joined(error for each in _parts(function) for error in _noted(each))


def _parts(function: object) -> Iterator[object]:
    """Whatever of something callable may have a note."""
    for _ in range(_LONGEST):
        yield function
        if not isinstance(function, functools.partial):
            break
        function = function.func
    if isinstance(function, type):
        yield function.__init__  # type: ignore[misc]
    else:
        yield getattr(type(function), "__call__", None)  # noqa: B004 - it is read, not asked for


def _noted(function: object) -> Iterator[type[AppError]]:
    """What the attribute holds; others may have written there, too."""
    found: Any = getattr(function, _MARK, ())
    if isinstance(found, tuple):
        yield from filter(_is_declared, cast("tuple[object, ...]", found))


def _joined(errors: Iterable[type[AppError]]) -> tuple[type[AppError], ...]:
    return tuple(dict.fromkeys(errors))


def _is_declared(error: object) -> TypeGuard[type[AppError]]:
    return isinstance(error, type) and issubclass(error, AppError)


def _shown(value: object) -> str:
    """How a refusal names what was given: never by a `repr`, which may be anything."""
    name = getattr(value, "__qualname__", None)
    return name if type(name) is str else f"a {type(value).__qualname__}"
