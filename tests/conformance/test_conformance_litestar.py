# SPDX-License-Identifier: MIT
"""The conformance table against Litestar: bare and with the usual middleware, in process and behind servers."""

from __future__ import annotations

import pytest
from litestar import Litestar, get, post
from litestar.background_tasks import BackgroundTask
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    NotAuthorizedException,
    NotFoundException,
    TooManyRequestsException,
)
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.params import JSONBody
from litestar.response import Response, Stream
from pydantic import BaseModel, Field, field_validator

from errcore import Runtime
from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import BEHAVIOURS, CASES, LateError, Records, time_left
from errcore.testing.conformance.behaviours import SECRET
from errcore_asgi.litestar import install

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


def raising(behaviour) -> HTTPRouteHandler:
    @get(behaviour.path, name=behaviour.name)
    async def endpoint() -> None:
        behaviour.act()

    return endpoint


@get(DESCRIBED["fine"])
async def fine() -> dict[str, bool]:
    return {"ok": True}


@get(DESCRIBED["stream"])
async def stream() -> Stream:
    async def chunks():
        yield b"first"
        raise LateError

    return Stream(chunks())


@get(DESCRIBED["background"])
async def background() -> Response[bytes]:
    async def fail():
        raise LateError

    return Response(b"done", media_type="text/plain", background=BackgroundTask(fail))


@get(DESCRIBED["timed"], sync_to_thread=True)
def timed() -> dict[str, float | None]:
    return time_left()


@get(DESCRIBED["framework-404"])
async def missing() -> None:
    raise NotFoundException("No agent a1.")


@get(DESCRIBED["framework-401"])
async def challenged() -> None:
    raise NotAuthorizedException(headers={"WWW-Authenticate": 'Basic realm="x"'})


@get(DESCRIBED["framework-429"])
async def limited() -> None:
    raise TooManyRequestsException(headers={"Retry-After": "30"})


@get(DESCRIBED["framework-204"])
async def nothing() -> None:
    raise HTTPException(status_code=204)


@get(DESCRIBED["framework-304"])
async def unchanged() -> None:
    raise HTTPException(status_code=304)


@get(DESCRIBED["framework-499"])
async def gone() -> None:
    raise HTTPException("Client closed request.", status_code=499)


@get(DESCRIBED["framework-500"])
async def broken() -> None:
    raise InternalServerException(SECRET)


@post(DESCRIBED["validated"])
async def validated(data: JSONBody[Submitted]) -> dict[str, bool]:
    return {"ok": True}


HANDLERS = [
    fine,
    stream,
    background,
    timed,
    missing,
    challenged,
    limited,
    nothing,
    unchanged,
    gone,
    broken,
    validated,
]


class Passing:
    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        await self.app(scope, receive, send)


def build(*, middleware: bool) -> Litestar:
    """Every behaviour of the table; `install` comes before some of the routes."""
    more = {}
    if middleware:
        more = {
            "middleware": [DefineMiddleware(Passing)],
            "compression_config": CompressionConfig(backend="gzip", minimum_size=1),
            "cors_config": CORSConfig(allow_origins=["*"]),
        }
    app = Litestar(
        [raising(behaviour) for behaviour in BEHAVIOURS if behaviour.act is not None],
        openapi_config=None,
        logging_config=None,
        **more,
    )
    install(app, Runtime.for_tests(log_level="critical"))
    for handler in HANDLERS:
        app.register(handler)
    return app


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("server", ["none", "httptools", "hypercorn"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_litestar_conforms(case, server, middleware, drivers) -> None:
    """Litestar passes every row, whatever stands around it."""
    with Records() as records:
        case.check(drivers(build, server, middleware=middleware), records)


def test_every_behaviour_of_litestar_is_served(all_are_served) -> None:
    """The application under test answers each behaviour, so no row passes for want of a route."""
    all_are_served(AsgiDriver(build(middleware=False)), CAPABILITIES)
