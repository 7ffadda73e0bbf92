# SPDX-License-Identifier: MIT
"""What an exception of werkzeug says, of which Flask and Quart make their answers: which of its words are public.

Its description is, where the application wrote it. What werkzeug and the frameworks write by themselves may quote the
request or a parser, and the status says as much. Known by their names, so that nothing is imported.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from errcore.errors.statuses import chosen_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.errors.app_error import AppError

__all__ = ["chosen_by_werkzeug"]

_JSON_PARSER = ("Failed to decode JSON object: ", "Failed to decode JSON: ")
"""How Flask and Quart begin a description that ends in the words of the parser, in debug mode."""


def chosen_by_werkzeug(exc: Exception, environ: Mapping[str, Any] | None = None) -> AppError:
    """The errcore error for an `HTTPException` of werkzeug.

    Args:
        exc: One that has a `code`.
        environ: The request, if there is one; headers of a class of the application may depend on it.

    >>> class Teapot(Exception):
    ...     code, description = 418, "Short and stout."
    >>> str(chosen_by_werkzeug(Teapot()))
    'Short and stout.'
    """
    raised: Any = exc
    if _is("ClientDisconnected", exc):
        return chosen_status(exc, 499)  # nobody is there to read that the request was bad
    return chosen_status(exc, raised.code, _description(exc), _headers(raised, environ))


def _is(name: str, exc: Exception) -> bool:
    return any(cls.__name__ == name and cls.__module__ == "werkzeug.exceptions" for cls in type(exc).__mro__)


def _description(exc: Exception) -> object:
    """What the application said: where it raised the exception, or in a class of its own."""
    if _is("SecurityError", exc):
        return None  # quotes the Host header
    said = vars(exc)
    given: object = said.get("description", said.get("_description"))
    if given is not None:
        return None if isinstance(given, str) and given.startswith(_JSON_PARSER) else given
    own = takewhile(lambda cls: not cls.__module__.startswith("werkzeug."), type(exc).__mro__)
    declared = next((vars(cls)["description"] for cls in own if "description" in vars(cls)), None)
    return declared if isinstance(declared, str) else None


def _headers(exc: Any, environ: Mapping[str, Any] | None) -> dict[str, str]:
    """The exception's headers; those of one name, such as two challenges, as one list (RFC 9110, section 5.3)."""
    found: dict[str, str] = {}
    try:
        for name, value in exc.get_headers(environ):
            if name.lower() != "content-type":  # that of a page
                found[name] = f"{found[name]}, {value}" if name in found else value
    except Exception:  # noqa: BLE001 - a subclass may do anything; the status stands without its headers
        return {}
    return found
