# SPDX-License-Identifier: MIT
"""errcore for Quart: `install(app)`, and what werkzeug's exceptions mean.

Quart answers exceptions by handlers, and tells what nobody handles by its signals before it logs it: errcore takes both,
so those signals, `after_request` functions and teardown work as ever. One guard stands around the application for all
else: ids, late failures, websockets, the lifespan. Install with `pip install errcore-asgi[quart]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quart import Quart, Response, has_request_context, has_websocket_context, request, websocket
from quart.signals import (
    got_background_exception,
    got_request_exception,
    got_serving_exception,
    got_websocket_exception,
    request_started,
)
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from errcore import AppError, RequestFacts
from errcore.errors import chosen_by_werkzeug
from errcore.runtime import refuse_application, refuse_second_install, runtime_for
from errcore_asgi.answers import WRAP_LATER, Answers
from errcore_asgi.exchange import exchange_of
from errcore_asgi.guards import ErrorMiddleware
from errcore_asgi.protocol import path_of
from errcore_asgi.websocket import closing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from errcore import Runtime
    from errcore_asgi.protocol import Message, Receive, Scope, Send

__all__ = ["install", "translate"]

_ACCEPTED = "errcore.quart"  # in the scope of a websocket that is open; Quart does not say
_DENIAL = "websocket.http.response"
_PHASES = (
    (got_request_exception, "handler"),
    (got_websocket_exception, "websocket"),
    (got_background_exception, "background"),
    (got_serving_exception, "lifespan"),
)


def install(app: Quart, runtime: Runtime | None = None, *, prefixes: Sequence[str] = ()) -> Runtime:
    """Let errcore answer the errors of a Quart application.

    Handlers that the application, or a blueprint of it, has for its own classes and statuses keep them.

    Args:
        app: The application, before it serves.
        runtime: What classifies, reports and renders; without one, `Runtime.from_env()`.
        prefixes: The paths that are errcore's, with all that is below them; without any, everything is. A path is the
            full one, mounts and the server's root path included.

    Returns:
        The runtime in use; it is also `app.extensions["errcore"]`.

    Raises:
        TypeError: If `app` is no Quart application, `runtime` no runtime, or the prefixes are no texts.
        ValueError: If one of the prefixes is no path.
        RuntimeError: If errcore is installed already.

    >>> from errcore import Runtime
    >>> app = Quart("doc")
    >>> install(app, Runtime.for_tests()) is app.extensions["errcore"]
    True
    """
    if not isinstance(app, Quart):  # users do not all type-check
        refuse_application(app, "Quart", WRAP_LATER)
    if "errcore" in app.extensions:
        refuse_second_install()
    runtime = runtime_for(runtime)
    answers = Answers(runtime, translate, lambda scope: _template(app, scope), prefixes)
    answer = _add_handlers(app, answers)
    _answer_in_debug(app, answers, answer)
    # The signals hold their receivers weakly, so that an application can be forgotten.
    receivers = [_reporter(answers, phase) for _, phase in _PHASES]
    for (signal, _), receiver in zip(_PHASES, receivers, strict=True):
        signal.connect(receiver, app)
    receivers.append(_note_route)
    request_started.connect(_note_route, app)
    app.extensions.update({"errcore": runtime, "errcore.receivers": receivers})
    _place_guard(app, answers)
    runtime.guard_loggers(app.name)
    return runtime


def translate(exc: Exception) -> Exception:
    """The errcore error for an exception of werkzeug; any other exception as it is.

    >>> from werkzeug.exceptions import NotFound
    >>> translate(NotFound("No such agent.")).code
    'NOT_FOUND'
    """
    if not isinstance(exc, HTTPException) or exc.code is None:
        return exc
    original: object = getattr(exc, "original_exception", None)
    if isinstance(original, Exception):
        return original
    return chosen_by_werkzeug(exc)


def _add_handlers(app: Quart, answers: Answers) -> Callable[[Exception], Awaitable[Any]]:
    """Register one handler for all that is ours to answer, except where the application has one; and return it."""
    handlers = app.error_handler_spec[None][None]

    async def answer(exc: Exception) -> Any:
        scope = _scope()
        if not answers.covers(scope):
            return await others(exc)
        if isinstance(exc, HTTPException) and exc.response is not None:
            return exc.response
        if has_websocket_context():
            handled = answers.handle(exc, scope, "websocket")
            if scope.get(_ACCEPTED) or _DENIAL not in (scope.get("extensions") or {}):
                message = closing(handled.occurrence)
                await websocket.close(message["code"], message["reason"])
                return None
        else:
            handled = answers.handle(exc, scope, "handler")
        response = Response(handled.reply.body, handled.reply.status)
        response.headers = Headers(handled.reply.headers)
        return response

    async def others(exc: Exception) -> Any:
        """What Quart would do, were there no handlers but the others."""
        for cls in type(exc).__mro__:
            if handlers.get(cls, answer) is not answer:
                return await app.ensure_async(handlers[cls])(exc)
        if isinstance(exc, HTTPException):
            return exc
        raise exc

    for cls in (HTTPException, AppError, ExceptionGroup):
        if cls not in handlers:
            app.register_error_handler(cls, answer)
    return answer


def _answer_in_debug(app: Quart, answers: Answers, answer: Callable[[Exception], Awaitable[Any]]) -> None:
    """In debug and testing mode Quart raises what nobody handles, and sends a page with its source and its values."""

    def answering(
        handle: Callable[[Exception], Awaitable[Any]], finalize: Callable[..., Awaitable[Any]]
    ) -> Any:
        async def handle_exception(error: Exception) -> Any:
            try:
                return await handle(error)
            except Exception as exc:
                if not (app.debug or app.testing) or not answers.covers(_scope()):
                    raise
                return await finalize(await answer(exc), from_error_handler=True)

        return handle_exception

    own: Any = app  # the methods of one application, as a subclass would override them
    own.handle_exception = answering(app.handle_exception, app.finalize_request)
    own.handle_websocket_exception = answering(app.handle_websocket_exception, app.finalize_websocket)


def _reporter(answers: Answers, phase: str) -> Callable[..., Awaitable[None]]:
    """A receiver that reports what nobody handles before Quart logs it: the log then has the id of the report."""

    async def report(_app: Quart, *, exception: Exception, **_: object) -> None:
        if not (has_request_context() or has_websocket_context()):
            answers.runtime.handle(exception, RequestFacts(phase=phase))
        elif answers.covers(scope := _scope()):
            answers.handle(exception, scope, phase)

    return report


async def _note_route(_app: Quart, **_: object) -> None:
    """Note which rule was chosen: to find it again, as is done for errors, takes too long for every request."""
    exchange = exchange_of(_scope())
    if exchange is not None and request.url_rule is not None:
        exchange.route = request.url_rule.rule


def _scope() -> Scope:
    connection: Any = websocket if has_websocket_context() else request
    scope: Scope = connection.scope
    return scope


def _place_guard(app: Any, answers: Answers) -> None:
    inside = app.asgi_app

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        def note(message: Message) -> Awaitable[None]:
            if message["type"] == "websocket.accept":
                scope[_ACCEPTED] = True
            return send(message)

        await inside(scope, receive, note if scope["type"] == "websocket" else send)

    app.asgi_app = ErrorMiddleware(application, answers)


def _template(app: Quart, scope: Scope) -> str | None:
    """The rule that fits the request. Asked for errors only, wherever they are met; Quart keeps it to itself."""
    path = path_of(scope).removeprefix(str(scope.get("root_path") or ""))
    rule, _ = app.url_map.bind("", path_info=path).match(
        method=scope.get("method"), return_rule=True, websocket=scope["type"] == "websocket"
    )
    return rule.rule
