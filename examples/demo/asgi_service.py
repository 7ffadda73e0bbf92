# SPDX-License-Identifier: MIT
"""The agents behind plain ASGI: a router by hand and no framework; `ErrorMiddleware`, at the end, is all of errcore."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import agents
import attrs
import dependency
import httpx
from failures import DOCS
from intake import NewAgent
from planted import BEARER
from starlette.middleware.cors import CORSMiddleware

from errcore import NotFoundError, Runtime
from errcore_asgi import ErrorMiddleware, body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ADDRESSES = dependency.start()


@attrs.frozen
class Request:
    """What came in, as far as these routes need it."""

    scope: Message
    receive: Receive

    @property
    def query(self) -> dict[str, list[str]]:
        """The values after the question mark."""
        return parse_qs(self.scope["query_string"].decode())


async def read_agent(_request: Request, agent_id: str) -> object:
    """One agent: there, missing, or in another workspace."""
    return {"id": agents.found(agent_id)}


async def create_agent(request: Request) -> object:
    """A new agent, unless the document is not good or the name is taken."""
    return {"id": agents.created((await body(request.scope, request.receive, NewAgent)).name)}


async def health_data(request: Request, agent_id: str) -> object:
    """Health data of a period."""
    return agents.health(agent_id, request.query.get("period", ["last_7_days"])[0])


async def history(_request: Request, agent_id: str) -> object:
    """A database that cannot be read."""
    return agents.history(agent_id)


async def summary(_request: Request, agent_id: str) -> None:
    """Two things at once, of which one fails: Python raises a group."""
    async with asyncio.TaskGroup() as both:
        both.create_task(asyncio.to_thread(agents.health, agent_id, "last_7_days"))
        both.create_task(asyncio.to_thread(agents.health, agent_id, "last_century"))


async def ask(_request: Request, agent_id: str) -> object:
    """A client over its limit."""
    agents.answer(agent_id)


async def upstream(request: Request, way: str) -> object:
    """A dependency that fails; httpx raises, and nobody here catches."""
    seconds = dependency.PATIENCE if way == "hangs" else 10.0
    answer = await request.scope["state"]["client"].get(ADDRESSES[way], timeout=seconds)
    return {"status": answer.raise_for_status().status_code}


async def bugs(_request: Request, bug: str) -> object:
    """An error that nobody foresaw."""
    agents.stumble(bug)


async def export(_request: Request, agent_id: str) -> object:
    """A response that breaks when half of it is sent."""
    return agents.rows(agent_id)


ROUTES = (
    ("GET", r"/agents/([^/]+)", read_agent),
    ("POST", r"/agents", create_agent),
    ("GET", r"/health/([^/]+)", health_data),
    ("GET", r"/health/([^/]+)/history", history),
    ("GET", r"/health/([^/]+)/summary", summary),
    ("POST", r"/agents/([^/]+)/questions", ask),
    ("GET", r"/upstream/([^/]+)", upstream),
    ("GET", r"/bugs/([^/]+)", bugs),
    ("GET", r"/exports/([^/]+)", export),
)


async def router(scope: Message, receive: Receive, send: Send) -> None:
    """Find the endpoint of a request, and send what it returns."""
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
        return
    for method, pattern, endpoint in ROUTES:
        place = re.fullmatch(pattern, scope["path"])
        if place and scope.get("method") == method:
            await respond(send, await endpoint(Request(scope, receive), *place.groups()))
            return
    raise NotFoundError


async def respond(send: Send, result: object) -> None:
    """A document as JSON, or rows as they come."""
    rows = result if isinstance(result, Iterator) else None
    media_type = b"application/json" if rows is None else b"text/csv; charset=utf-8"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", media_type)]})
    for row in rows or [json.dumps(result).encode()]:
        await send({"type": "http.response.body", "body": row, "more_body": True})
    await send({"type": "http.response.body"})


async def lifespan(scope: Message, receive: Receive, send: Send) -> None:
    """Keep a client for the dependency while the service runs."""
    await receive()
    async with httpx.AsyncClient(headers={"Authorization": BEARER}) as client:
        scope["state"]["client"] = client
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


runtime = Runtime.from_env(service="agents", docs_url=DOCS)
app = CORSMiddleware(
    ErrorMiddleware(router, runtime),
    allow_origins=["https://app.example"],
    expose_headers=["X-Request-ID", "Retry-After"],
)
