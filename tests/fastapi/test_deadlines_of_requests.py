# SPDX-License-Identifier: MIT
"""Deadlines of requests to FastAPI and Starlette: endpoints, dependencies, threads, streams, and what comes after them."""

from __future__ import annotations

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.responses import StreamingResponse
from starlette.middleware.base import BaseHTTPMiddleware

from errcore import remaining
from errcore.policies import DEADLINE_HEADER
from errcore.testing.asgi import AsgiDriver
from errcore_fastapi import install


def build(runtime, *, middleware=False, **options):
    app = FastAPI()
    install(app, runtime, **options)
    if middleware:
        app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    return app


async def passing(request, call_next):
    return await call_next(request)


def get(app, path, sent="60000"):
    return AsgiDriver(app).request("GET", path, [(DEADLINE_HEADER, sent)])


def in_time(left):
    return left is not None and 0 < left <= 60


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
def test_endpoints_and_dependencies_have_it(middleware, runtime) -> None:
    """Coroutine functions, functions in threads, and generators, whatever stands around the application."""
    app = build(runtime, middleware=middleware)
    seen = []

    def plain():
        seen.append(remaining())

    async def asynchronous():
        seen.append(remaining())

    def generator():
        seen.append(remaining())
        yield

    @app.get("/thread", dependencies=[Depends(plain), Depends(asynchronous), Depends(generator)])
    def thread():
        seen.append(remaining())

    @app.get("/task")
    async def task():
        seen.append(remaining())

    for path in ("/thread", "/task"):
        assert get(app, path).status == 200

    assert len(seen) == 5
    assert all(map(in_time, seen))


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_background_tasks_are_free_of_it(stream, middleware, runtime) -> None:
    """A caller must not cut off, by a header, what happens after its answer; until then all parts of a stream have it."""
    app = build(runtime, middleware=middleware)
    streamed, afterwards = [], []

    async def later():
        afterwards.append(remaining())

    def later_in_a_thread():
        afterwards.append(remaining())

    def chunks():
        for _ in range(3):
            streamed.append(remaining())
            yield b"x"

    @app.get("/")
    async def endpoint(tasks: BackgroundTasks):
        tasks.add_task(later)
        tasks.add_task(later_in_a_thread)
        return StreamingResponse(chunks(), background=tasks) if stream else {"ok": True}

    assert get(app, "/").complete

    assert afterwards == [None, None]
    assert len(streamed) == (3 if stream else 0)
    assert all(map(in_time, streamed))


def test_nothing_of_the_application_runs_without_time(runtime, records) -> None:
    """Not even its middleware: the refusal costs next to nothing."""
    app = build(runtime, middleware=True)
    seen = []
    app.add_middleware(BaseHTTPMiddleware, dispatch=lambda *_: seen.append("middleware"))

    @app.get("/")
    async def endpoint():
        seen.append("endpoint")

    answer = get(app, "/", "0")

    assert (answer.status, answer.one("content-type")) == (504, "application/problem+json")
    assert seen == []
    assert len(records.seen) == 1


def test_mounted_application_has_the_deadline_of_the_request(runtime) -> None:
    """It was read once, outside; also where the outer application leaves the path to the inner one."""
    seen = []
    for options in ({}, {"prefixes": ["/other"]}):
        outer, inner = build(runtime, **options), build(runtime)

        @inner.get("/a")
        async def endpoint():
            seen.append(remaining())

        outer.mount("/inner", inner)
        assert get(outer, "/inner/a").status == 200

    assert len(seen) == 2
    assert all(map(in_time, seen))


def test_only_below_the_prefixes(runtime) -> None:
    """An application that is taken in one path at a time keeps its ways elsewhere."""
    app = build(runtime, prefixes=["/v2"])

    @app.get("/v1")
    @app.get("/v2")
    def endpoint():
        return remaining()

    assert get(app, "/v1").body == b"null"
    assert get(app, "/v1", "0").status == 200
    assert in_time(float(get(app, "/v2").body))
    assert get(app, "/v2", "0").status == 504
