# SPDX-License-Identifier: MIT
"""What the framework's own exceptions mean.

`HTTPException` is an answer that somebody chose, and a rejected request is the caller's fault. Everything else that
FastAPI and pydantic raise, a response that does not fit its model included, is a bug of ours and comes back unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Host, Mount

from errcore.errors import error_for_status
from errcore_asgi import is_disconnect
from errcore_fastapi.issues import validation_error

if TYPE_CHECKING:
    import re

    from errcore import AppError
    from errcore_asgi import Scope

__all__ = ["MOUNTED_AT", "template_of", "translate"]

# Made once: with `A | B` in its place every question would make a union.
_REJECTED = (RequestValidationError, WebSocketRequestValidationError)
_TRANSLATED = (HTTPException, *_REJECTED, ExceptionGroup)

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
        return _of_status(exc)
    if isinstance(exc, _REJECTED):
        return validation_error(exc, exc.errors())
    group = cast("ExceptionGroup[Exception]", exc)
    leaf = group.exceptions[0]
    meant = leaf if len(group.exceptions) > 1 else translate(leaf)
    return group if meant is leaf else meant


def _of_status(exc: HTTPException) -> AppError:
    # FastAPI lets `detail` be anything that has a JSON form.
    detail: Any = exc.detail
    message = detail if isinstance(detail, str) else None
    facts: Mapping[str, object] | None = None
    if detail is not None and message is None:
        # Not under its own name: `detail` is the problem's sentence.
        facts = cast("Mapping[str, object]", detail) if isinstance(detail, Mapping) else {"details": detail}
    ours = exc.status_code >= 500
    error = error_for_status(exc.status_code, message, details=None if ours else facts, headers=exc.headers)
    if ours:
        error.internal = facts
    error.__cause__ = exc.__cause__
    return error.with_traceback(exc.__traceback__)


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
