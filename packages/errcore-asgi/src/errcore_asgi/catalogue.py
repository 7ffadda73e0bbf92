# SPDX-License-Identifier: MIT
"""The pages at the `type` of a problem, as an ASGI application: the index at `/`, a code at `/{code}`.

Mount it where the runtime's `docs_url` points to. It only looks up what a process declared, so nothing here waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import MethodNotAllowedError, Reply
from errcore.envelopes import RequestFacts
from errcore.runtime import explain, runtime_for
from errcore_asgi.exchange import exchange_of
from errcore_asgi.mounted import live, path_below
from errcore_asgi.protocol import accept_of, ids_of, send_reply

if TYPE_CHECKING:
    from errcore import Runtime
    from errcore_asgi.protocol import ASGIApp, Receive, Scope, Send

__all__ = ["catalogue_app"]


def catalogue_app(runtime: Runtime | None = None) -> ASGIApp:
    """The catalogue of public codes, for people who follow the `type` of a problem.

    Args:
        runtime: Who answers with these codes; without one, `Runtime.from_env()`. Its `docs_url` should be the address
            at which the application is mounted.

    Raises:
        TypeError: If `runtime` is no runtime.

    >>> import asyncio
    >>> from errcore import Runtime
    >>> app = catalogue_app(Runtime.for_tests())
    >>> async def send(message):
    ...     print(message.get("status") or message["body"][:15])
    >>> scope = {
    ...     "type": "http",
    ...     "method": "GET",
    ...     "path": "/errors/NOT_FOUND",
    ...     "root_path": "/errors",
    ...     "headers": [],
    ... }
    >>> asyncio.run(app(scope, None, send))
    200
    b'<!doctype html>'
    """
    chosen = runtime_for(runtime)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await send_reply(send, _answer(chosen, scope))
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif kind == "lifespan":
            await live(receive, send)

    return app


def _answer(runtime: Runtime, scope: Scope) -> Reply:
    exchange = exchange_of(scope)
    facts = RequestFacts(
        method=scope["method"],
        route="/{code}",
        accept=accept_of(scope),
        ids=ids_of(scope) if exchange is None else exchange.ids,
    )
    if facts.method not in ("GET", "HEAD"):
        return runtime.reply(MethodNotAllowedError(headers={"Allow": "GET, HEAD"}), facts)
    path = path_below(scope)
    if not path and scope["path"]:
        # The links of the index are relative, and lead nowhere without the slash. So is this one: a proxy may have
        # taken a part of the path away.
        here = scope["path"].rpartition("/")[2]
        return Reply(307, (("Location", f"./{_quoted(here)}/"), ("Content-Length", "0")), b"")
    return explain(runtime, path.removeprefix("/") or None, facts)


def _quoted(segment: str) -> str:
    from urllib.parse import quote

    return quote(segment, safe="")
