# SPDX-License-Identifier: MIT
"""Handlers for the exceptions that the framework would otherwise answer in a shape of its own.

There is none for `AppError` or `Exception`: a class that has a handler is masked once a response has started, and
the guards would see a RuntimeError in its place. All are coroutine functions, since others run in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response

from errcore_asgi import closing, encoded, is_disconnect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeAlias

    from starlette.applications import Starlette
    from starlette.requests import HTTPConnection
    from starlette.websockets import WebSocket

    from errcore_asgi import Answers

    Handler: TypeAlias = Callable[[Any, Any], Awaitable[Any]]

__all__ = ["add_handlers"]

_DEFAULTS: dict[type[Exception], Handler] = {
    HTTPException: http_exception_handler,
    RequestValidationError: request_validation_exception_handler,
    WebSocketRequestValidationError: websocket_request_validation_exception_handler,
}


def add_handlers(app: Starlette, answers: Answers) -> None:
    """Register the handlers, except where the application has one of its own for the very same class.

    Args:
        app: The application.
        answers: How its exceptions become answers.
    """

    async def answer(connection: HTTPConnection, exc: Exception) -> Response:
        if connection.scope["type"] == "websocket":
            raise answers.meant(exc)  # the guard knows how far the handshake got
        if is_disconnect(error := answers.meant(exc)):
            raise error
        reply = answers.handle(exc, connection.scope, "handler").reply
        response = Response(reply.body, reply.status)
        response.raw_headers = encoded(reply)
        return response

    async def close(websocket: WebSocket, exc: Exception) -> None:
        # Never a denial: what rejects a websocket's parameters closes it with 1008 in FastAPI.
        await websocket.send(closing(answers.handle(exc, websocket.scope, "websocket").occurrence))

    for cls, default in _DEFAULTS.items():
        if app.exception_handlers.get(cls, default) is default:
            ours = close if cls is WebSocketRequestValidationError else answer
            theirs = default if cls in app.exception_handlers else ExceptionMiddleware(app).http_exception
            app.exception_handlers[cls] = _limited(ours, theirs, answers) if answers.prefixes else ours


def _limited(ours: Handler, theirs: Handler, answers: Answers) -> Handler:
    """Ours for the requests that are errcore's; the framework's own for the others."""

    async def handler(connection: HTTPConnection, exc: Exception) -> Any:
        return await (ours if answers.covers(connection.scope) else theirs)(connection, exc)

    return handler
