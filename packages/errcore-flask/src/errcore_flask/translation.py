# SPDX-License-Identifier: MIT
"""What werkzeug's exceptions mean.

An `HTTPException` is an answer that somebody chose. Its description is public where the application wrote it; what
werkzeug wrote by itself may quote the request or a parser, and its status says as much.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, cast

from werkzeug.exceptions import ClientDisconnected, HTTPException, InternalServerError, SecurityError

from errcore.errors import chosen_status

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_chosen_response", "is_without_status", "only_leaf", "original_of", "translate"]

_JSON_PARSER = "Failed to decode JSON object: "
"""How werkzeug begins a description that ends in the words of the parser."""


def original_of(exc: Exception) -> Exception:
    """What an error is about: of the InternalServerError that Flask makes of an unhandled one, that one.

    >>> original_of(InternalServerError(original_exception=KeyError("k")))
    KeyError('k')
    """
    original = exc.original_exception if isinstance(exc, InternalServerError) else None
    return original if isinstance(original, Exception) else exc


def only_leaf(exc: Exception) -> Exception:
    """The one exception in a group, however deep; a group of several, or any other exception, as it is.

    >>> only_leaf(ExceptionGroup("tasks", [ExceptionGroup("more", [KeyError("k")])]))
    KeyError('k')
    """
    inner = exc
    while isinstance(inner, ExceptionGroup):
        members = cast("ExceptionGroup[Exception]", inner).exceptions
        if len(members) != 1:
            return exc
        inner = members[0]
    return inner


def is_chosen_response(exc: HTTPException) -> bool:
    """Whether the exception is only the vehicle of a response that the application made.

    >>> is_chosen_response(HTTPException("Gone."))
    False
    """
    if exc.response is not None:
        return True
    # A redirect or a 304 with a response of its own: no error, and the envelope would lose what it says.
    return isinstance(exc.code, int) and exc.code < 400 and _makes_response(exc)


def is_without_status(exc: HTTPException) -> bool:
    """Whether Flask would answer the exception with status 200, because its class has no `code`: somebody forgot it.

    >>> is_without_status(HTTPException("Gone."))
    True
    """
    return exc.code is None and exc.response is None and not _makes_response(exc)


def _makes_response(exc: HTTPException) -> bool:
    return type(exc).get_response is not HTTPException.get_response


def translate(exc: Exception, environ: Mapping[str, Any]) -> Exception:
    """The errcore error for an exception of werkzeug; any other exception as it is.

    Args:
        exc: What was raised.
        environ: The request, which headers of the exception may depend on.

    >>> from werkzeug.exceptions import NotFound
    >>> translate(NotFound("No such agent."), {}).code
    'NOT_FOUND'
    """
    leaf = only_leaf(exc)
    if not isinstance(leaf, HTTPException) or leaf.code is None:
        return exc
    if isinstance(leaf, ClientDisconnected):
        return chosen_status(leaf, 499)  # nobody is there to read that the request was bad
    return chosen_status(leaf, leaf.code, _description(leaf), _headers(leaf, environ))


def _description(exc: HTTPException) -> Any:
    """What the application said: where it raised the exception, or in a class of its own."""
    if isinstance(exc, SecurityError):
        return None  # quotes the Host header
    given: Any = vars(exc).get("description", vars(exc).get("_description"))
    if given is not None:
        return None if isinstance(given, str) and given.startswith(_JSON_PARSER) else given
    own = takewhile(lambda cls: not cls.__module__.startswith("werkzeug."), type(exc).__mro__)
    declared = next((vars(cls)["description"] for cls in own if "description" in vars(cls)), None)
    return declared if isinstance(declared, str) else None


def _headers(exc: HTTPException, environ: Mapping[str, Any]) -> dict[str, str]:
    """The exception's headers; those of one name, such as two challenges, as one list (RFC 9110, section 5.3)."""
    found: dict[str, str] = {}
    try:
        for name, value in exc.get_headers(dict(environ)):
            found[name] = f"{found[name]}, {value}" if name in found else value
    except Exception:  # noqa: BLE001 - a subclass may do anything; the status stands without its headers
        return {}
    return found
