# SPDX-License-Identifier: MIT
"""A service that other services would rather not depend on: it hangs, breaks off, or has no time for anybody."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOOPBACK = "127.0.0.1"

_OVERLOADED = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await reader.readline()
    if b"/hangs" in request:
        await reader.read()  # until the client has had enough
    elif b"/overloaded" in request:
        writer.write(_OVERLOADED)
        await writer.drain()
    writer.close()  # "/breaks": without a word


@asynccontextmanager
async def running() -> AsyncIterator[dict[str, str]]:
    """Run it on a free port. Gives the address for each way to fail, `refuses` included, where nobody listens."""
    server = await asyncio.start_server(_answer, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    with socket.socket() as silent:
        silent.bind((LOOPBACK, 0))  # bound, so that nobody else gets the port; not listening, so it refuses
        try:
            yield {
                "refuses": f"http://{LOOPBACK}:{silent.getsockname()[1]}/",
                **{way: f"http://{LOOPBACK}:{port}/{way}" for way in ("hangs", "breaks", "overloaded")},
            }
        finally:
            server.close()
