# SPDX-License-Identifier: MIT
"""Deadlines of requests to Litestar and Quart: what happens after the answer is free of them."""

from __future__ import annotations

import asyncio

import litestar
import quart
from litestar.background_tasks import BackgroundTask

import errcore_asgi.litestar
import errcore_asgi.quart
from errcore import remaining
from errcore.policies import DEADLINE_HEADER
from errcore.testing.asgi import AsgiDriver


def get(app, sent="60000"):
    return AsgiDriver(app).request("GET", "/", [(DEADLINE_HEADER, sent)])


def test_litestar_lets_go_of_it(runtime) -> None:
    """A background task of Litestar's begins when the answer is sent."""
    seen, afterwards = [], []

    async def later():
        afterwards.append(remaining())

    @litestar.get("/")
    async def endpoint() -> litestar.Response[str]:
        seen.append(remaining())
        return litestar.Response("done", background=BackgroundTask(later))

    app = litestar.Litestar([endpoint], logging_config=None, openapi_config=None)
    errcore_asgi.litestar.install(app, runtime)

    assert get(app).status == 200
    assert get(app, "0").status == 504
    assert len(seen) == 1
    assert 0 < seen[0] <= 60
    assert afterwards == [None]


def test_quart_lets_go_of_it(runtime) -> None:
    """A background task of Quart's begins before, and goes on."""
    seen, afterwards = [], []
    app = quart.Quart("deadlines")
    errcore_asgi.quart.install(app, runtime)

    async def later():
        for _ in range(1000):
            if remaining() is None:
                break
            await asyncio.sleep(0)
        afterwards.append(remaining())

    @app.get("/")
    async def endpoint():
        seen.append(remaining())
        app.add_background_task(later)
        return "done"

    async def talk():
        body = {"type": "http.request", "body": b"", "more_body": False}
        try:
            return await AsgiDriver(app)._converse(
                {"type": "http", "method": "GET", "path": "/"}, [body], [(DEADLINE_HEADER, "60000")]
            )
        finally:
            await asyncio.gather(*app.background_tasks)

    assert asyncio.run(asyncio.wait_for(talk(), 10)).answer.status == 200
    assert get(app, "0").status == 504
    assert len(seen) == 1
    assert 0 < seen[0] <= 60
    assert afterwards == [None]
