# SPDX-License-Identifier: MIT
"""A client that keeps its connections, against real servers: no request is lost after a bug."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from errcore import NotFoundError
from errcore_fastapi import install


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_next_request_of_a_pool_is_answered(http, middleware, runtime, serving) -> None:
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
        serving(app, http=http) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        answers = [client.get("/bug" if number % 2 else "/missing") for number in range(40)]

    assert {(answer.status_code, answer.headers.get("connection")) for answer in answers} == {
        (404, None),
        (500, "close"),
    }
