# SPDX-License-Identifier: MIT
"""What tests of FastAPI share: a real server."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import pytest
import uvicorn


@contextmanager
def _serving(app, *, http="auto", lifespan="off"):
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=http, log_config=None, lifespan=lifespan))
    listener = server.config.bind_socket()
    started = threading.Event()

    async def serve():
        running = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.001)
        started.set()
        await running

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    assert started.wait(10)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def serving():
    """What serves an application with a uvicorn in a thread, and gives its address."""
    return _serving
