# SPDX-License-Identifier: MIT
"""Health for probes: an ASGI application to mount, and a middleware that answers before everything else.

What is asked when everything burns must not depend on anything that may burn. So the middleware belongs outside of all
others: no session, no rate limit and no host check stands before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.envelopes import RequestFacts
from errcore.runtime import HealthPage, checked_health_path
from errcore_asgi.exchange import exchange_of
from errcore_asgi.mounted import live, path_below
from errcore_asgi.protocol import accept_of, ids_of, send_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from errcore import Runtime
    from errcore_asgi.protocol import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HealthMiddleware", "health_app"]


class HealthMiddleware:
    """Answers `path` and `path/ready`, `path/live`, and `path/detail` for those who may read it; all else is the app's.

    When the application has started the checks begin; when it shuts down the service is not ready any more.

    Args:
        app: The application.
        runtime: Whose health; without one, `Runtime.from_env()`.
        path: Where probes ask.
        authorize: Says of the headers of a request, with names in lower case, whether that client may read the details.
            Without one nobody may; for whoever may not there are none, and the application is asked.

    Raises:
        TypeError: If `runtime` is no runtime, or `authorize` no plain function.
        ValueError: If `path` is not of the form `/health`.
    """

    def __init__(
        self,
        app: ASGIApp,
        runtime: Runtime | None = None,
        *,
        path: str = "/health",
        authorize: Callable[[Mapping[str, str]], bool] | None = None,
    ) -> None:
        self.app: ASGIApp = app
        self.path: str = checked_health_path(path)
        self.page: HealthPage = HealthPage(runtime, authorize)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, unless it is health that is asked for."""
        kind = scope["type"]
        if kind == "http":
            path = path_below(scope)
            if path.startswith(self.path):
                reply = self.page.answer(path[len(self.path) :], _facts_of(scope), lambda: _headers_of(scope))
                if reply is not None:
                    await send_reply(send, reply)
                    return
        elif kind == "lifespan":
            receive, send = self._heard(receive), self._said(send)
        await self.app(scope, receive, send)

    def _said(self, send: Send) -> Send:
        async def said(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.page.runtime.health.start()
            await send(message)

        return said

    def _heard(self, receive: Receive) -> Receive:
        async def heard() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self.page.runtime.health.drain()
            return message

        return heard


def health_app(
    runtime: Runtime | None = None, *, authorize: Callable[[Mapping[str, str]], bool] | None = None
) -> ASGIApp:
    """Health as an application of its own, to mount at `/health` or to serve at a port that only probes reach.

    Args:
        runtime: Whose health; without one, `Runtime.from_env()`.
        authorize: Says of the headers of a request, with names in lower case, whether that client may read the details.

    Raises:
        TypeError: If `runtime` is no runtime, or `authorize` no plain function.

    >>> import asyncio
    >>> from errcore import Runtime
    >>> app = health_app(Runtime.for_tests())
    >>> async def send(message):
    ...     print(message.get("status") or message["body"])
    >>> scope = {
    ...     "type": "http",
    ...     "method": "GET",
    ...     "path": "/health/live",
    ...     "root_path": "/health",
    ...     "headers": [],
    ... }
    >>> asyncio.run(app(scope, None, send))
    200
    b'{"status":"pass"}'
    """
    page = HealthPage(runtime, authorize)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            facts = _facts_of(scope)
            reply = page.answer(path_below(scope), facts, lambda: _headers_of(scope))
            await send_reply(send, page.unknown(facts) if reply is None else reply)
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif kind == "lifespan":
            health = page.runtime.health
            await live(receive, send, started=health.start, ending=health.drain)

    return app


def _facts_of(scope: Scope) -> RequestFacts:
    exchange = exchange_of(scope)
    return RequestFacts(
        method=scope["method"],
        accept=accept_of(scope),
        ids=ids_of(scope) if exchange is None else exchange.ids,
    )


def _headers_of(scope: Scope) -> dict[str, str]:
    """The headers by name; several of one name are one list (RFC 9110, section 5.3)."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in found.items()}
