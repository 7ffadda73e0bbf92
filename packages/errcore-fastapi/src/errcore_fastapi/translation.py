# SPDX-License-Identifier: MIT
"""What the framework's own exceptions mean.

`HTTPException` is an answer that somebody chose, and a rejected request is the caller's fault. Everything else that
FastAPI and pydantic raise, a response that does not fit its model included, is a bug of ours and comes back unchanged.
"""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException

from errcore.errors import chosen_status
from errcore_asgi import is_disconnect, rejected_by_pydantic

__all__ = ["translate"]

# Made once: with `A | B` in its place every question would make a union.
_TRANSLATED = (HTTPException, RequestValidationError, WebSocketRequestValidationError)


def translate(exc: Exception) -> Exception:
    """The errcore error for an exception of Starlette or FastAPI; any other exception as it is.

    >>> translate(HTTPException(404, "No such agent.")).code
    'NOT_FOUND'
    """
    if not isinstance(exc, _TRANSLATED):
        return exc
    if isinstance(exc, HTTPException):
        cause = exc.__cause__
        # FastAPI makes "400: error parsing the body" of a client that went away in the middle of it.
        if isinstance(cause, Exception) and is_disconnect(cause):
            return cause
        # FastAPI lets `detail` be anything that has a JSON form.
        return chosen_status(exc, exc.status_code, exc.detail, exc.headers)
    return rejected_by_pydantic(exc, exc.errors())
