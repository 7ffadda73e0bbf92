# SPDX-License-Identifier: MIT
"""A laboratory that is well, flaky or down, as it is told, and remembers every request that it got.

It runs in the demo's own process, behind a socket of its own: what it remembers is what has really arrived.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle

import attrs
from planted import API_KEY, DATABASE_URL

LOOPBACK = "127.0.0.1"

WELL, FLAKY, DOWN = "well", "flaky", "down"
RARELY = 10  # a flaky lab fails one call in so many, and never the same one twice

_AT_ONCE = 128
_VALUE = {"glucose": 5.1}
_COMPLAINT = f"could not connect to {DATABASE_URL}"


@attrs.frozen
class Receipt:
    """A request that arrived.

    Attributes:
        request: Its own id.
        call: The id of the call that it was sent for.
        mood: What the lab was like.
        answered: Whether it was served.
    """

    request: str
    call: str
    mood: str
    answered: bool


class Lab:
    """The laboratory. Its port is taken from the beginning, so others can be told; it answers while it is `open`.

    Attributes:
        mood: What it is like.
        receipts: Everything that arrived, in order.
    """

    def __init__(self) -> None:
        self.mood = WELL
        self.receipts: list[Receipt] = []
        self._socket = socket.create_server((LOOPBACK, 0), backlog=_AT_ONCE)
        self._calls: set[str] = set()
        self._flaky = 0
        self._failures = cycle((_unavailable(), b""))  # in words, or without a word

    @property
    def url(self) -> str:
        """Where it is, with a key that should stay between the two of us."""
        return f"http://{LOOPBACK}:{self._socket.getsockname()[1]}/?key={API_KEY}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answer."""
        server = await asyncio.start_server(self._converse, sock=self._socket)
        async with server:
            yield

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
            call = headers["x-correlation-id"]
            answered = self._serves(call)
            self.receipts.append(Receipt(headers["x-request-id"], call, self.mood, answered))
            writer.write(_served() if answered else next(self._failures))
            await writer.drain()
        writer.close()

    def _serves(self, call: str) -> bool:
        """Whether it serves the next request, which is for this call."""
        is_new = call not in self._calls
        self._calls.add(call)
        if self.mood == FLAKY and is_new:
            self._flaky += 1
            return self._flaky % RARELY != 0
        return self.mood != DOWN


def _served() -> bytes:
    return _response("200 OK", json.dumps(_VALUE))


def _unavailable() -> bytes:
    return _response("503 Service Unavailable", _COMPLAINT)


def _response(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
