# SPDX-License-Identifier: MIT
"""The requests that the demo sends, and what came back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice
from typing import Any

import attrs
import httpx
import websockets
from cases import CASES, ROUND, Case

_AT_ONCE = 16
_PATIENCE = 30.0  # seconds for one request
_ORIGIN = "https://app.example"


@attrs.frozen
class Asked:
    """One request.

    Attributes:
        number: Its place in the order of sending.
        service: Who is asked.
        case: What is asked.
        sent_id: The request id that is sent, if any.
    """

    number: int
    service: str
    case: Case
    sent_id: str | None

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with it."""
        return {"Origin": _ORIGIN} | ({"X-Request-ID": self.sent_id} if self.sent_id else {})


@attrs.frozen
class Answer:
    """What came back for one request.

    Attributes:
        asked: The request.
        status: HTTP status, or close code.
        headers: As they came.
        body: As it came; of a closed websocket, the reason.
        cut: Whether it broke off.
    """

    asked: Asked
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    cut: bool = False

    @property
    def case(self) -> Case:
        """What was asked."""
        return self.asked.case

    @property
    def label(self) -> str:
        """How a finding names it."""
        return f"{self.asked.service}: {self.case.label}"

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


def caller() -> httpx.AsyncClient:
    """A client with a connection for each request.

    After an unexpected error uvicorn closes the one that it came on, and a request that is on its way there already would
    be lost.
    """
    return httpx.AsyncClient(timeout=_PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))


async def send_all(urls: Mapping[str, str], number: int, sent: Callable[[], object]) -> list[Answer]:
    """Send so many requests, each of the round in turn, several at once.

    Args:
        urls: Where each service is.
        number: How many.
        sent: Called after each.
    """
    todo = islice(_asked(), number)
    answers: list[Answer] = []

    async def work(client: httpx.AsyncClient) -> None:
        for asked in todo:
            send = _talk if asked.case.method == "WS" else ask
            answers.append(await send(client, urls[asked.service], asked))
            sent()

    async with caller() as client, asyncio.TaskGroup() as workers:
        for _ in range(_AT_ONCE):
            workers.create_task(work(client))
    return answers


def _asked() -> Iterator[Asked]:
    """Round after round. Every other one brings ids of its own, the same to each service; else a service makes one."""
    numbers = count()
    for turn in count():
        for case, service in ROUND:
            own = f"demo-{turn:03d}-{CASES.index(case):02d}" if turn % 2 == 0 else None
            yield Asked(next(numbers), service, case, own)


async def ask(client: httpx.AsyncClient, url: str, asked: Asked) -> Answer:
    """Send one request; gives what came back, even if it broke off."""
    body, cut, case = b"", False, asked.case
    async with client.stream(case.method, url + case.path, json=case.body, headers=asked.headers) as response:
        try:
            async for chunk in response.aiter_raw():
                body += chunk
        except httpx.RemoteProtocolError:
            cut = True
        return Answer(asked, response.status_code, tuple(response.headers.raw), body, cut)


async def _talk(_client: httpx.AsyncClient, url: str, asked: Asked) -> Answer:
    address = url.replace("http://", "ws://") + asked.case.path
    try:
        async with websockets.connect(
            address, additional_headers=asked.headers, open_timeout=_PATIENCE, proxy=None
        ) as live:
            handshake = live.response
            await live.send(asked.case.says or "")
            async with asyncio.timeout(_PATIENCE):
                await live.wait_closed()
            reason = (live.close_reason or "").encode()
            return Answer(asked, live.close_code or 0, _raw(handshake), reason)
    except websockets.InvalidStatus as refused:
        denial = refused.response
        return Answer(asked, denial.status_code, _raw(denial), bytes(denial.body or b""))


def _raw(response: Any) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode("latin-1")) for name, value in response.headers.raw_items())
