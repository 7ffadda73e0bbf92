# SPDX-License-Identifier: MIT
"""What the framework's own exceptions mean.

`HTTPException` is an answer that somebody chose, and a rejected request is the caller's fault. Everything else that
FastAPI and pydantic raise, a response that does not fit its model included, is a bug of ours and comes back unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Host, Mount

from errcore.errors import chosen_status
from errcore_asgi import is_disconnect, rejected_by_pydantic

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from errcore_asgi import Scope

__all__ = ["MOUNTED_AT", "template_of", "translate"]

# Made once: with `A | B` in its place every question would make a union.
_TRANSLATED = (HTTPException, RequestValidationError, WebSocketRequestValidationError)

MOUNTED_AT = "_errcore_mounted_at"
"""The attribute of a mounted application that says under which templates it is mounted, and how each looks in a path."""


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


def template_of(scope: Scope) -> str | None:
    """The template of the chosen route, with those of the routers and mounts that led to it; never the path itself."""
    mounts: Mapping[str, re.Pattern[str]] = getattr(scope.get("app"), MOUNTED_AT, {})
    prefix = _mount_of(scope, mounts) if len(mounts) > 1 else next(iter(mounts), "")
    chosen: object = scope.get("route")
    own: dict[str, object] = scope.get("fastapi") or {}
    # A mount that is still the chosen route led to an application that found nothing.
    found: object = (
        None
        if isinstance(chosen, Mount | Host)
        else getattr(own.get("effective_route_context") or chosen, "path", None)
    )
    template = prefix + found if isinstance(found, str) else prefix
    return template or None


def _mount_of(scope: Scope, mounts: Mapping[str, re.Pattern[str]]) -> str:
    """Which of several mounts of one application led to it in this request."""
    path = str(scope.get("root_path", "")).removeprefix(str(scope.get("app_root_path", "")))
    return next((template for template, pattern in mounts.items() if pattern.fullmatch(path)), "")
