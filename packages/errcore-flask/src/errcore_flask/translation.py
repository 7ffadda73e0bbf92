# SPDX-License-Identifier: MIT
"""What werkzeug's exceptions are to Flask: answers that somebody chose, vehicles of responses, and mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, InternalServerError

from errcore.errors import chosen_by_werkzeug, only_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["is_chosen_response", "is_without_status", "original_of", "translate"]


def original_of(exc: Exception) -> Exception:
    """What an error is about: of the InternalServerError that Flask makes of an unhandled one, that one.

    >>> original_of(InternalServerError(original_exception=KeyError("k")))
    KeyError('k')
    """
    original = exc.original_exception if isinstance(exc, InternalServerError) else None
    return original if isinstance(original, Exception) else exc


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
    return chosen_by_werkzeug(leaf, environ)
