# SPDX-License-Identifier: MIT
"""The requests that the demo sends, and what came back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

import attrs
import httpx
import websockets
from planted import TYPED_PASSWORD

_AT_ONCE = 16
_PATIENCE = 30.0  # seconds for one request
_ORIGIN = "https://app.example"


@attrs.frozen(eq=False)
class Case:
    """One distinct request and what it should come to.

    Attributes:
        method: HTTP method, or WS for a websocket.
        path: What is asked for.
        status: The status that should come back; of an accepted websocket, the close code.
        code: The code that should come back; None for a success.
        note: What tells it apart from another request to the same place.
        body: A JSON document to send.
        says: What to say on a websocket once it is open.
        told: Whether the client is told the code; otherwise it is in the log alone.
        cut: Whether the response should break off.
    """

    method: str
    path: str
    status: int
    code: str | None
    note: str = ""
    body: Any = None
    says: str | None = None
    told: bool = True
    cut: bool = False

    @property
    def label(self) -> str:
        """How the report names it."""
        return f"{self.method} {self.path}{self.note and f' ({self.note})'}"


@attrs.frozen
class Answer:
    """What came back for one request.

    Attributes:
        case: What was asked.
        sent_id: The request id that was sent, if any.
        status: HTTP status, or close code.
        headers: As they came.
        body: As it came; of a closed websocket, the reason.
        cut: Whether it broke off.
    """

    case: Case
    sent_id: str | None
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    cut: bool = False

    def header(self, name: str) -> list[str]:
        """The values of a header."""
        wanted = name.lower().encode()
        return [value.decode("latin-1") for found, value in self.headers if found.lower() == wanted]

    @property
    def request_id(self) -> str:
        """The id in its headers."""
        return ", ".join(self.header("x-request-id"))

    @property
    def problem(self) -> dict[str, Any] | None:
        """The envelope, where it is one."""
        if self.header("content-type") != ["application/problem+json"]:
            return None
        document: dict[str, Any] = json.loads(self.body)
        return document


_AGENT = {"name": "Grace", "age": 36, "password": TYPED_PASSWORD}

CASES = (
    Case("GET", "/agents/a1", 200, None),
    Case("GET", "/agents/nobody", 404, "HEALTH_AGENT_NOT_FOUND", "missing"),
    Case("GET", "/agents/a9", 404, "HEALTH_AGENT_NOT_FOUND", "not yours"),
    Case("POST", "/agents", 409, "HEALTH_AGENT_ALREADY_EXISTS", "name taken", body={**_AGENT, "name": "Ada"}),
    Case("POST", "/agents", 422, "VALIDATION_ERROR", "invalid", body={**_AGENT, "name": "G", "age": "36.5"}),
    Case("GET", "/health/a1?period=last_year", 404, "HEALTH_DATA_NOT_FOUND"),
    Case("GET", "/health/a1?limit=0", 422, "VALIDATION_ERROR"),
    Case("GET", "/health/a1/summary", 404, "HEALTH_DATA_NOT_FOUND", "a group"),
    Case("GET", "/health/a1/history", 503, "HEALTH_STORE_UNAVAILABLE"),
    Case("POST", "/agents/a1/questions", 429, "RATE_LIMIT_EXCEEDED"),
    Case("GET", "/upstream/refuses", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/upstream/hangs", 504, "DEADLINE_EXCEEDED"),
    Case("GET", "/upstream/breaks", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/upstream/overloaded", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/bugs/driver", 500, "INTERNAL_ERROR"),
    Case("GET", "/bugs/lookup", 500, "INTERNAL_ERROR"),
    Case("GET", "/bugs/declared", 500, "INTERNAL_ERROR"),
    Case("GET", "/bugs/gateway", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/old", 401, "AUTHENTICATION_REQUIRED"),
    Case("GET", "/nowhere", 404, "NOT_FOUND"),
    Case("DELETE", "/agents/a1", 405, "METHOD_NOT_ALLOWED"),
    Case("GET", "/admin/reports/q3", 404, "NOT_FOUND"),
    Case("GET", "/exports/a1", 200, "SERVICE_UNAVAILABLE", "breaks off", told=False, cut=True),
    Case("POST", "/exports", 202, "INTERNAL_ERROR", "background", told=False),
    Case("WS", "/agents/nobody/live", 404, "HEALTH_AGENT_NOT_FOUND", "refused"),
    Case("WS", "/agents/a1/live", 1013, "HEALTH_MODEL_UNAVAILABLE", "busy", says="a question", told=False),
    Case("WS", "/agents/a1/live", 1011, "INTERNAL_ERROR", "a bug", says="nonsense", told=False),
)


async def send_all(url: str, count: int, sent: Callable[[], object]) -> list[Answer]:
    """Send so many requests, each case in turn, several at once.

    Args:
        url: Where the service is.
        count: How many.
        sent: Called after each.
    """
    todo = iter(enumerate(islice(cycle(CASES), count)))
    answers: list[Answer] = []
    # A connection for each request: after an unexpected error uvicorn closes the one that it came on, and a request
    # that is on its way there already would be lost.
    fresh = httpx.Limits(max_keepalive_connections=0)
    client = httpx.AsyncClient(base_url=url, timeout=_PATIENCE, limits=fresh)
    async with client, asyncio.TaskGroup() as workers:
        for _ in range(_AT_ONCE):
            workers.create_task(_work(client, url, todo, answers, sent))
    return answers


async def _work(
    client: httpx.AsyncClient,
    url: str,
    todo: Iterator[tuple[int, Case]],
    answers: list[Answer],
    sent: Callable[[], object],
) -> None:
    for number, case in todo:
        # Every other round brings an id of its own; otherwise the service makes one.
        own = f"demo-{number:05d}" if number // len(CASES) % 2 == 0 else None
        headers = {"Origin": _ORIGIN} | ({"X-Request-ID": own} if own else {})
        asking = _talk(url, case, own, headers) if case.method == "WS" else _ask(client, case, own, headers)
        answers.append(await asking)
        sent()


async def _ask(client: httpx.AsyncClient, case: Case, own: str | None, headers: dict[str, str]) -> Answer:
    body, cut = b"", False
    async with client.stream(case.method, case.path, json=case.body, headers=headers) as response:
        try:
            async for chunk in response.aiter_raw():
                body += chunk
        except httpx.RemoteProtocolError:
            cut = True
        return Answer(case, own, response.status_code, tuple(response.headers.raw), body, cut)


async def _talk(url: str, case: Case, own: str | None, headers: dict[str, str]) -> Answer:
    address = url.replace("http://", "ws://") + case.path
    try:
        async with websockets.connect(
            address, additional_headers=headers, open_timeout=_PATIENCE, proxy=None
        ) as live:
            handshake = live.response
            await live.send(case.says or "")
            async with asyncio.timeout(_PATIENCE):
                await live.wait_closed()
            reason = (live.close_reason or "").encode()
            return Answer(case, own, live.close_code or 0, _raw(handshake), reason)
    except websockets.InvalidStatus as refused:
        denial = refused.response
        return Answer(case, own, denial.status_code, _raw(denial), bytes(denial.body or b""))


def _raw(response: Any) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode("latin-1")) for name, value in response.headers.raw_items())
