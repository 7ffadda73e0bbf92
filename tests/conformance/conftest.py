# SPDX-License-Identifier: MIT
"""Real servers for the conformance table: uvicorn in a thread, on a free port of this host."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn

from errcore.testing.wire import WireDriver


class Announced(uvicorn.Server):
    """A uvicorn that says when it is ready, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def served(app: object, http: str):
    """A driver for an application behind uvicorn; the server is gone afterwards, whatever happens."""
    listener = socket.create_server(("127.0.0.1", 0))
    # `log_config=None`: the process's logging belongs to the tests.
    config = uvicorn.Config(
        app, http=http, loop="asyncio", log_config=None, access_log=False, lifespan="on", ws="none"
    )
    server = Announced(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        assert server.ready.wait(10)
        yield WireDriver(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def serve():
    """A context manager that serves an application: it takes the application and the name of the HTTP parser."""
    return served
