# SPDX-License-Identifier: MIT
"""The conformance table against FastAPI: bare and with the usual middleware, in process and behind servers."""

from __future__ import annotations

import pytest
from fastapi import BackgroundTasks, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field, field_validator

from errcore import Runtime
from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import BEHAVIOURS, CASES, LateError, Records, time_left
from errcore.testing.conformance.behaviours import SECRET
from errcore_fastapi import install

CAPABILITIES = {"router", "abort", "stream", "background", "validation", "deadline"}
DESCRIBED = {behaviour.name: behaviour.path for behaviour in BEHAVIOURS if behaviour.act is None}


class Submitted(BaseModel):
    user: str
    password: str = Field(min_length=16)
    age: int = Field(ge=18)
    nickname: str | None = None

    @field_validator("nickname")
    @classmethod
    def refuse(cls, value: str) -> str:
        raise ValueError(SECRET)


def raising(act):
    async def endpoint():
        act()

    return endpoint


def build(*, middleware: bool) -> FastAPI:
    """Every behaviour of the table; `install` comes before the routes, the middleware after it."""
    app = FastAPI()
    install(app, Runtime.for_tests(log_level="critical"))
    for behaviour in BEHAVIOURS:
        if behaviour.act is not None:
            app.add_api_route(behaviour.path, raising(behaviour.act), methods=[behaviour.method])

    @app.get(DESCRIBED["fine"])
    async def fine():
        return {"ok": True}

    @app.get(DESCRIBED["stream"])
    async def stream():
        async def chunks():
            yield b"first"
            raise LateError

        return StreamingResponse(chunks())

    @app.get(DESCRIBED["background"])
    async def background(tasks: BackgroundTasks):
        def fail():
            raise LateError

        tasks.add_task(fail)
        return PlainTextResponse("done", background=tasks)

    @app.get(DESCRIBED["timed"])
    def timed():  # in a thread
        return time_left()

    @app.get(DESCRIBED["framework-404"])
    async def missing():
        raise HTTPException(404, "No agent a1.")

    @app.get(DESCRIBED["framework-401"])
    async def challenged():
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    @app.get(DESCRIBED["framework-429"])
    async def limited():
        raise HTTPException(429, headers={"Retry-After": "30"})

    @app.get(DESCRIBED["framework-204"])
    async def nothing():
        raise HTTPException(204)

    @app.get(DESCRIBED["framework-304"])
    async def unchanged():
        raise HTTPException(304)

    @app.get(DESCRIBED["framework-499"])
    async def gone():
        raise HTTPException(499, "Client closed request.")

    @app.get(DESCRIBED["framework-500"])
    async def broken():
        raise HTTPException(500, SECRET)

    @app.post(DESCRIBED["validated"])
    async def validated(submitted: Submitted):
        return {"ok": True}

    if middleware:
        app.add_middleware(GZipMiddleware, minimum_size=1)
        app.add_middleware(CORSMiddleware, allow_origins=["*"])

        @app.middleware("http")
        async def passing(request, call_next):
            return await call_next(request)

    return app


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("http", ["none", "h11", "httptools", "hypercorn"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_fastapi_conforms(case, http, middleware, drivers) -> None:
    """FastAPI passes every row, whatever stands around it."""
    with Records() as records:
        case.check(drivers(build, http, middleware=middleware), records)


def test_every_behaviour_of_fastapi_is_served(all_are_served) -> None:
    """The application under test answers each behaviour, so no row passes for want of a route."""
    all_are_served(AsgiDriver(build(middleware=False)), CAPABILITIES)
