# SPDX-License-Identifier: MIT
"""errcore for Litestar: `install(app)`, and what Litestar's own exceptions mean.

Litestar answers exceptions by handlers, next to the route and inside of its middleware, so that is where errcore
answers; nothing is raised again, as nothing ever is there. One guard stands around the application for all else: ids,
late failures, websockets, the lifespan. Install with `pip install errcore-asgi[litestar]`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from litestar import Litestar, Response
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    LitestarException,
    WebSocketDisconnect,
    WebSocketException,
    responses,
)
from litestar.response.base import ASGIResponse

from errcore import AppError
from errcore.errors import chosen_status
from errcore.runtime import refuse_application, refuse_second_install, runtime_for
from errcore_asgi.answers import WRAP_LATER, Answers, is_disconnect
from errcore_asgi.guards import ErrorMiddleware
from errcore_asgi.litestar_issues import rejected_by_litestar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from errcore import Reply, Runtime
    from errcore_asgi.protocol import Receive, Scope, Send

    Handler: TypeAlias = Callable[[Any, Exception], Any]

__all__ = ["install", "translate"]

_COVERED = "errcore.litestar"  # whether a request is errcore's; the path in the scope is Litestar's to change
_MASK = "Exception caught after response started"
_GONE = "client disconnected prematurely"
_RESPONSES: Any = responses  # its types are not all known


def install(app: Litestar, runtime: Runtime | None = None, *, prefixes: Sequence[str] = ()) -> Runtime:
    """Let errcore answer the errors of a Litestar application.

    Handlers that the application, or a layer of it, has for its own classes and statuses keep them.

    Args:
        app: The application, before it serves.
        runtime: What classifies, reports and renders; without one, `Runtime.from_env()`.
        prefixes: The paths that are errcore's, with all that is below them; without any, everything is. A path is the
            full one, mounts and the server's root path included.

    Returns:
        The runtime in use; it is also `app.state.errcore`.

    Raises:
        TypeError: If `app` is no Litestar application, `runtime` no runtime, or the prefixes are no texts.
        ValueError: If one of the prefixes is no path.
        RuntimeError: If errcore is installed already.

    >>> from errcore import Runtime
    >>> app = Litestar(logging_config=None)
    >>> install(app, Runtime.for_tests()) is app.state.errcore
    True
    """
    if not isinstance(app, Litestar):  # users do not all type-check
        refuse_application(app, "Litestar", WRAP_LATER)
    if hasattr(app.state, "errcore"):
        refuse_second_install()
    runtime = runtime_for(runtime)
    answers = Answers(runtime, translate, _template, prefixes)
    _leave_logging(app, _add_handlers(app, answers))
    _place_guard(app, answers)
    runtime.guard_loggers("litestar")
    app.state.errcore = runtime
    return runtime


def translate(exc: Exception) -> Exception:
    """The errcore error for an exception of Litestar; any other exception as it is.

    >>> from litestar.exceptions import NotFoundException
    >>> translate(NotFoundException("No such agent.")).code
    'NOT_FOUND'
    """
    if type(exc) is LitestarException and exc.detail == _MASK and isinstance(exc.__cause__, Exception):
        return translate(exc.__cause__)
    if not isinstance(exc, HTTPException):
        return exc
    if _is_gone(exc):
        return chosen_status(exc, 499)
    extra: object = exc.extra
    if exc.status_code == 400 and (rejected := rejected_by_litestar(exc, exc.detail, extra)):
        return rejected
    details = cast("Mapping[str, object]", extra if isinstance(extra, dict) else {"extra": extra})
    return chosen_status(exc, exc.status_code, exc.detail, exc.headers, details=details if extra else None)


def _is_gone(exc: Exception) -> bool:
    """Whether the client has left in the middle of its request; Litestar calls that an internal error."""
    return isinstance(exc, InternalServerException) and exc.detail == _GONE


class _Told(Response[bytes]):
    """An answer that is finished: nothing of Litestar's defaults is added to it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body, status_code=reply.status, headers=dict(reply.headers))
        self.reply = reply

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIResponse:
        status, headers, body = self.reply.status, self.reply.headers, self.reply.body
        return ASGIResponse(body=body, status_code=status, headers=headers, is_head_response=not body)


def _add_handlers(app: Any, answers: Answers) -> Handler:
    """Register one handler for all that is ours to answer, except where the application has one; and return it."""

    def answer(request: Any, exc: Exception) -> Any:
        if not request.scope.get(_COVERED, True):
            return (_chosen(request.scope, exc, answer) or _default)(request, exc)
        meant = answers.meant(exc)
        if is_disconnect(meant):
            raise meant  # the guard knows that nobody is there to answer
        # An answer to nobody hurts nobody, while middleware that waits for one would make a failure of the silence.
        phase = "disconnect" if _is_gone(exc) else "handler"
        return _Told(answers.handle(exc, request.scope, phase, meant).reply)

    async def hand_on(exc: Exception, scope: Scope) -> None:
        # There are no handlers for websockets. Who raises a WebSocketException has chosen the close.
        chosen = isinstance(exc, WebSocketException) and not isinstance(exc, WebSocketDisconnect)
        if scope["type"] == "websocket" and scope.get(_COVERED, True) and not chosen:
            raise exc

    # 500 is what Litestar asks last: a handler of the application's, for whatever class, comes before it.
    for key in (HTTPException, AppError, ExceptionGroup, 500):
        app.exception_handlers.setdefault(key, answer)
    app.after_exception.append(hand_on)
    return answer


def _chosen(scope: Scope, exc: BaseException, without: object = None) -> Handler | None:
    """The handler that Litestar takes for an exception, or would, were there none but the others."""
    route = scope.get("route_handler")
    handlers = route.resolve_exception_handlers() if route else scope["litestar_app"].exception_handlers
    statuses = [exc.status_code] if isinstance(exc, HTTPException) else []
    keys: list[Any] = [*statuses, *type(exc).__mro__, *([] if statuses else [500])]
    return next((handlers[key] for key in keys if handlers.get(key, without) is not without), None)


def _default(request: Any, exc: Exception) -> Any:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    if status == 500 and request.app.debug:
        return _RESPONSES.create_debug_response(request, exc)
    return _RESPONSES.create_exception_response(request, exc)


def _leave_logging(app: Litestar, answer: Handler) -> None:
    """Let Litestar log what others answer: of the rest errcore writes a line of its own, without secrets."""
    config = app.logging_config
    log = config.exception_logging_handler if config else None
    if config is None or log is None:
        return

    def log_others(logger: Any, scope: Any, traceback: list[str]) -> None:
        exc = sys.exc_info()[1]
        ours = scope["type"] == "websocket" or (exc is not None and _chosen(scope, exc) is answer)
        if not (ours and scope.get(_COVERED, True)):
            log(logger, scope, traceback)

    config.exception_logging_handler = log_others


class _Router:
    """Litestar's router, but that the lifespan goes through the guard."""

    def __init__(self, router: Any, guard: ErrorMiddleware) -> None:
        self._router = router
        self._guard = guard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._router, name)

    async def lifespan(self, receive: Receive, send: Send) -> None:
        await self._guard({"type": "lifespan"}, receive, send)


def _place_guard(app: Any, answers: Answers) -> None:
    router, inside = app.asgi_router, app.asgi_handler

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await router.lifespan(receive, send)
            return
        if answers.prefixes:
            scope[_COVERED] = answers.covers(scope)
        await inside(scope, receive, send)

    app.asgi_handler = ErrorMiddleware(application, answers)
    app.asgi_router = _Router(router, app.asgi_handler)


def _template(scope: Scope) -> str | None:
    return scope.get("path_template") or None
