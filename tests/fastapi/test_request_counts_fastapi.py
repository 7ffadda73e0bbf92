# SPDX-License-Identifier: MIT
"""Requests of FastAPI and Starlette are counted by the templates of their routes, and scanners find nothing to multiply."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

from errcore import NotFoundError, clock
from errcore.testing import FakeClock
from errcore.testing.asgi import AsgiDriver
from errcore_fastapi import install


def totals_of(runtime):
    by_route = runtime.monitor.stats("5m")["requests"]["by_route"]
    return {route: of["total"] for route, of in by_route.items()}


def test_routes_are_templates(runtime) -> None:
    """Of the application, of an included router, of a mounted application, of files: never a path that was asked for."""
    app, router, mounted = FastAPI(), APIRouter(), FastAPI()

    @router.get("/{agent}")
    @app.get("/plain/{agent}")
    @mounted.get("/{agent}")
    async def agent(agent: str) -> str:
        return agent

    app.include_router(router, prefix="/agents")
    app.mount("/v1/{tenant}", mounted)
    for each in (app, mounted):
        install(each, runtime)
    for path in (
        "/agents/a1",
        "/agents/a2",
        "/plain/a1",
        "/v1/t1/a1",
        "/v1/t2/a2",
        "/v1/t3/nowhere/at/all",
        "/nowhere",
    ):
        AsgiDriver(app).request("GET", path)

    assert totals_of(runtime) == {
        "/agents/{agent}": 2,
        "/plain/{agent}": 1,
        "/v1/{tenant}/{agent}": 2,
        "/v1/{tenant}": 1,
        "<unmatched>": 1,
    }


def test_routes_of_starlette(runtime, tmp_path) -> None:
    """A mount without routes is a route; one with routes, of which none fits, is none."""
    (tmp_path / "logo.svg").write_text("<svg/>")

    async def fine(request):
        return PlainTextResponse("fine")

    app = Starlette(
        routes=[
            Route("/fine/{name}", fine),
            Mount("/static", app=StaticFiles(directory=tmp_path)),
            Mount("/deep", routes=[Route("/fine", fine)]),
        ],
        middleware=[Middleware(GZipMiddleware)],
    )
    install(app, runtime)
    for path in ("/fine/a", "/fine/b", "/static/logo.svg", "/static/../.env", "/deep/fine", "/deep/nowhere"):
        AsgiDriver(app).request("GET", path)

    assert totals_of(runtime)["/fine/{name}"] == 2
    assert totals_of(runtime)["/static"] == 2
    assert totals_of(runtime)["<unmatched>"] == 1
    assert sum(totals_of(runtime).values()) == 6


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
def test_errors_and_requests_have_the_same_routes(middleware, runtime) -> None:
    """So a share of failures can be computed for each; a limit on prefixes holds for both."""
    app = FastAPI()
    install(app, runtime, prefixes=["/v2"])
    if middleware:

        @app.middleware("http")
        async def passing(request, call_next):
            return await call_next(request)

    @app.get("/v1/lost/{thing}")
    @app.get("/v2/lost/{thing}")
    async def lost(thing: str) -> None:
        raise NotFoundError

    for path in ("/v1/lost/a", "/v2/lost/a", "/v2/lost/b"):
        AsgiDriver(app).request("GET", path)
    stats = runtime.monitor.stats("5m")

    assert stats["by_route"] == {"/v2/lost/{thing}": 2}
    assert totals_of(runtime) == {"/v2/lost/{thing}": 2}
    assert stats["requests"]["by_outcome"] == {"client_error": 2}


def test_background_tasks_take_no_time_of_a_request(runtime) -> None:
    """They run when the client has its answer."""
    with clock.using(FakeClock()) as fake:
        app = FastAPI()
        install(app, runtime)

        @app.get("/quick")
        async def quick(tasks: BackgroundTasks) -> str:
            fake.advance(0.05)
            tasks.add_task(fake.advance, 20.0)
            return "done"

        AsgiDriver(app).request("GET", "/quick")
        took = runtime.monitor.stats("5m")["requests"]["by_route"]["/quick"]["p99"]

    assert took == pytest.approx(0.05, rel=0.03)


def test_client_that_leaves_a_stream(runtime) -> None:
    """Starlette stops the stream and says nothing: the answer has no end, so somebody has gone."""
    app = FastAPI()
    install(app, runtime)

    @app.get("/endless")
    async def endless():
        async def parts():
            while True:
                yield b"part"
                await asyncio.sleep(0)

        return StreamingResponse(parts())

    AsgiDriver(app).converse(
        {"type": "http", "method": "GET", "path": "/endless"},
        [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}],
    )

    assert runtime.monitor.stats("5m")["requests"]["by_outcome"] == {"cancelled": 1}
