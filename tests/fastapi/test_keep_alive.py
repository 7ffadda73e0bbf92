# SPDX-License-Identifier: MIT
"""A client that keeps its connections, against real servers: no request is lost after a bug."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from errcore import NotFoundError
from errcore_fastapi import install


@contextmanager
def serving(app, http):
    """The port of a uvicorn in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=http, log_config=None, lifespan="off"))
    listener = server.config.bind_socket()
    started = threading.Event()

    async def serve():
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0)
        started.set()
        await serving

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    assert started.wait(10)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_next_request_of_a_pool_is_answered(http, middleware, runtime) -> None:
    """The 500 says that the connection ends, so the client opens another; after a declared error it keeps it."""
    app = FastAPI()
    install(app, runtime)
    if middleware:

        @app.middleware("http")
        async def passing(request, call_next):
            return await call_next(request)

    @app.get("/bug")
    async def bug():
        raise ValueError

    @app.get("/missing")
    async def missing():
        raise NotFoundError

    with (
        serving(app, http) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        answers = [client.get("/bug" if number % 2 else "/missing") for number in range(40)]

    assert {(answer.status_code, answer.headers.get("connection")) for answer in answers} == {
        (404, None),
        (500, "close"),
    }
