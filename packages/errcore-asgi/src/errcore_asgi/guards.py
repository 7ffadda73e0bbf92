# SPDX-License-Identifier: MIT
"""The two guards: one around everything, one around the application proper.

The inner guard stands inside the user's middleware, so an error's answer passes through CORS, compression and the
rest like any other response. The outer guard stands around it: it opens the exchange, labels the response, answers
for the middleware, and never lets a broken response end as if it were whole. An application that is wrapped from
outside needs the outer one alone.

An unexpected error is answered and raised again, so that servers and test clients see it; an expected one stops
here. Cancellation is never touched.
"""

from __future__ import annotations

from asyncio import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING

from errcore import clock, context
from errcore_asgi import deadlines, lifespan, websocket
from errcore_asgi.answers import answers_for, is_disconnect, is_signal
from errcore_asgi.exchange import KEY, Exchange, Front, Watch, exchange_of
from errcore_asgi.protocol import last_of_connection, said_by, send_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from errcore import Runtime
    from errcore_asgi.answers import Answers
    from errcore_asgi.protocol import ASGIApp, Receive, Scope, Send

__all__ = ["SERVER_LOGGERS", "ErrorMiddleware", "InnerGuard"]

_GONE = 499
"""What is counted where the client went away before it had the whole answer."""

SERVER_LOGGERS = ("uvicorn.error", "hypercorn.error", "gunicorn.error", "asyncio")
"""Who else would print the traceback of an error that was raised again."""


class InnerGuard:
    """Answers what escapes from the application, inside the user's middleware.

    Args:
        app: The application.
        runtime: What classifies, reports and renders; without one, `Runtime.from_env()`. An adapter gives `Answers`.
        prefixes: The paths that are errcore's, with all that is below them; without any, everything is.

    >>> from errcore import Runtime
    >>> async def app(scope, receive, send): ...
    >>> InnerGuard(app, Runtime.for_tests()).app is app
    True
    """

    def __init__(
        self, app: ASGIApp, runtime: Runtime | Answers | None = None, *, prefixes: Sequence[str] = ()
    ) -> None:
        self.app: ASGIApp = app
        self.answers: Answers = answers_for(runtime, prefixes)
        # Read by every request, so it is no method: without prefixes there is nothing to ask.
        self._limited: bool = bool(self.answers.prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for one connection."""
        kind = scope["type"]
        if self._limited and kind in ("http", "websocket") and not self.answers.covers(scope):
            await self.app(scope, receive, send)
        elif kind == "http":
            # Not a method of its own: every frame here is paid for by every request.
            watch = Watch(deadlines.lifting(send, scope[deadlines.KEY]) if deadlines.KEY in scope else send)
            try:
                await self.app(scope, receive, watch.send)
            except Exception as exc:
                if is_signal(exc) or not await _settled(self.answers, exc, scope, watch):
                    raise
            finally:
                # Middleware between the guards may have handed on a scope of its own.
                if (exchange := exchange_of(scope)) is not None and exchange.route is None:
                    exchange.route = self.answers.route_in(scope)
        elif kind == "websocket":
            await websocket.run(self.app, self.answers, scope, receive, send)
        else:
            await self.app(scope, receive, send)


class ErrorMiddleware(InnerGuard):
    """The outer guard, and all that a plain ASGI application needs.

    Gives each request an id (the caller's `X-Request-ID` if it is acceptable), binds `errcore.context`, adds the id
    to every response, answers errors in the runtime's envelope and reports each once. A request that says how long it is
    waited for (`X-Request-Timeout-Ms`) runs under that deadline, and is refused with 504 if no time is left. Puts a filter
    on the loggers of the servers, so that an error that errcore has reported is not printed again with its traceback.

    Args:
        app: Any ASGI 3 application.
        runtime: What classifies, reports and renders; without one, `Runtime.from_env()`. An adapter gives `Answers`.
        prefixes: The paths that are errcore's, with all that is below them, such as `["/v2"]`; without any, everything
            is. Other requests pass as if errcore were not there. A path is the full one, mounts and the server's root
            path included. The lifespan is always covered.

    Raises:
        TypeError: If `runtime` is no runtime, or the prefixes are no texts.
        ValueError: If one of the prefixes is no path.

    >>> import asyncio
    >>> from errcore import NotFoundError, Runtime
    >>> async def app(scope, receive, send):
    ...     raise NotFoundError("No such agent.")
    >>> async def send(message):
    ...     if message["type"] == "http.response.start":
    ...         print(message["status"])
    >>> scope = {"type": "http", "method": "GET", "path": "/agents/1", "headers": []}
    >>> asyncio.run(ErrorMiddleware(app, Runtime.for_tests())(scope, None, send))
    404
    """

    def __init__(
        self, app: ASGIApp, runtime: Runtime | Answers | None = None, *, prefixes: Sequence[str] = ()
    ) -> None:
        super().__init__(app, runtime, prefixes=prefixes)
        self._timed: bool = self.answers.runtime.settings.deadlines
        self._route_in: Callable[[Scope], str | None] = self.answers.route_in
        self._count: Callable[[str | None, int, float], None] = self.answers.runtime.monitor.count_request
        self.answers.runtime.guard_loggers(*SERVER_LOGGERS)
        self.answers.runtime.log_policies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for one connection, or for the life of the server."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await lifespan.run(self.app, self.answers, scope, receive, send)
            return
        if KEY in scope:
            # Mounted in an application that has a guard of its own: one id, one record, one header.
            await super().__call__(scope, receive, send)
            return
        if self._limited and not self.answers.covers(scope):
            await self.app(scope, receive, send)
            return
        ids, wait = said_by(scope)
        scope[KEY] = exchange = Exchange(ids)
        monotonic = clock.current().monotonic
        front = Front(send, exchange, monotonic)
        token = context.enter(ids)
        begun = monotonic()
        try:
            if kind == "websocket":
                await websocket.run(self.app, self.answers, scope, receive, front.send)
            elif wait is not None and self._timed:
                await deadlines.run(self.app, wait, scope, receive, front.send)
            else:
                await self.app(scope, receive, front.send)
            # Who stops in the middle and says nothing of it was told that nobody listens.
            front.gone = not front.complete and front.status > 0 and not exchange.broken
        except Exception as exc:
            if kind == "websocket" or is_signal(exc) or not await _settled(self.answers, exc, scope, front):
                raise
        except CancelledError:
            front.gone = not front.complete
            raise
        finally:
            context.leave(token)
            if kind == "http":
                route = exchange.route or self._route_in(scope)
                # Where nothing was started it is the server that answers.
                status = _GONE if front.gone else front.status or 500
                self._count(route, status, (front.ended if front.complete else monotonic()) - begun)


async def _settled(answers: Answers, exc: Exception, scope: Scope, watch: Watch) -> bool:
    """Report and, if it is not too late, answer. Whether the exception may stop here."""
    error = answers.meant(exc)
    if is_disconnect(error):
        if not isinstance(watch, Front):
            # It goes on: middleware that waits for a response would make a failure of the silence.
            return False
        answers.handle(exc, scope, "disconnect", error)  # for the log; nobody is there to answer
        if not watch.complete:
            watch.gone = True
        return True
    phase = "background" if watch.complete else "stream" if watch.status else "handler"
    handled = answers.handle(exc, scope, phase, error)
    if watch.complete:
        # The client has everything. Raising an expected error would only make the server close the connection.
        return not handled.reraise
    if watch.status:
        # Only a server that sees the exception cuts the connection, and only a cut tells the client.
        if exchange := exchange_of(scope):
            exchange.broken = True
        return False
    with suppress(OSError):  # how a server may say that the client has gone (ASGI 2.4)
        # Past the watch: the reply is labelled already, and nobody asks any more how far it got.
        reply = last_of_connection(handled.reply, scope) if handled.reraise else handled.reply
        watch.status = reply.status
        await send_reply(watch.forward, reply)
    return not handled.reraise
