# SPDX-License-Identifier: MIT
"""`responses_for`: declared errors in the place where FastAPI takes responses.

A runtime says later with which status and in which formats they are answered. Until then, and where errcore is not
installed, FastAPI reads plain responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore import AppError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from errcore.errors import ErrorSpec

__all__ = ["Promised", "described", "responses_for"]


class Promised(dict[str, Any]):
    """A response as FastAPI knows one, and the errors that it stands for."""

    def __init__(self, errors: Sequence[type[AppError]], response: dict[str, Any]) -> None:
        super().__init__(response)
        self.errors: tuple[type[AppError], ...] = tuple(errors)


class _Status(int):
    """A status that equals its number but no other of its sort.

    FastAPI joins the responses of an application, its routers and a route like dicts. With plain numbers the errors of
    a route would replace those that its router has under the same status.
    """

    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other if type(other) is _Status else int.__eq__(self, other) is True


def responses_for(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """What to give FastAPI as `responses=`, of an application, a router or a route, for errors that it can answer with.

    Needs no installed errcore, which then adds what it knows: formats, examples, headers and the status in use. Several
    of these, of a router and its routes for instance, add up.

    Args:
        errors: Classes below `AppError`.

    Raises:
        TypeError: If one of `errors` is none.

    >>> from errcore import ConflictError, NotFoundError
    >>> responses_for(NotFoundError, ConflictError)[404]
    {'description': '`NOT_FOUND`: The requested resource was not found.'}
    """
    by_status: dict[int, list[type[AppError]]] = {}
    for error in errors:
        if not (isinstance(error, type) and issubclass(error, AppError)):
            raise TypeError(
                f"Cannot document the responses of {type(error).__qualname__!r}, because it is no class below "
                "errcore.AppError; pass the classes of declared errors: responses_for(NotFoundError)."
            )
        by_status.setdefault(error.spec.shown.status, []).append(error)
    return {
        _Status(status): Promised(group, {"description": described(error.spec for error in group)})
        for status, group in by_status.items()
    }


def described(specs: Iterable[ErrorSpec]) -> str:
    """The public codes and sentences of errors; Markdown, as OpenAPI has it."""
    shown = {spec.shown.code: spec.shown.sentence for spec in specs}
    lines = [f"`{code}`: {sentence}" for code, sentence in shown.items()]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
