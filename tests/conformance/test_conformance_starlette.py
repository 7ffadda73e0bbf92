# SPDX-License-Identifier: MIT
"""The conformance table against plain Starlette: bare and with the usual middleware, in process and behind servers.

Starlette reads no models out of a request, so the rows about validation are not for it.
"""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse

from errcore import Runtime
from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import BEHAVIOURS, CASES, LateError, Records, time_left
from errcore.testing.conformance.behaviours import SECRET
from errcore_fastapi import install

CAPABILITIES = {"router", "abort", "stream", "background", "deadline"}
DESCRIBED = {behaviour.name: behaviour.path for behaviour in BEHAVIOURS if behaviour.act is None}
MINE = [case for case in CASES if case.needs <= CAPABILITIES]
ABORTS = {
    "framework-404": {"status_code": 404, "detail": "No agent a1."},
    "framework-401": {"status_code": 401, "headers": {"WWW-Authenticate": 'Basic realm="x"'}},
    "framework-429": {"status_code": 429, "headers": {"Retry-After": "30"}},
    "framework-204": {"status_code": 204},
    "framework-304": {"status_code": 304},
    "framework-499": {"status_code": 499, "detail": "Client closed request."},
    "framework-500": {"status_code": 500, "detail": SECRET},
}


def raising(act):
    async def endpoint(request):
        act()

    return endpoint


def aborting(said):
    async def endpoint(request):
        raise HTTPException(**said)

    return endpoint


async def fine(request):
    return JSONResponse({"ok": True})


async def stream(request):
    async def chunks():
        yield b"first"
        raise LateError

    return StreamingResponse(chunks())


async def background(request):
    def fail():
        raise LateError

    return PlainTextResponse("done", background=BackgroundTask(fail))


async def timed(request):
    return JSONResponse(time_left())


async def passing(request, call_next):
    return await call_next(request)


def build(*, middleware: bool) -> Starlette:
    """Every behaviour of the table; `install` comes before the routes, the middleware after it."""
    app = Starlette()
    install(app, Runtime.for_tests(log_level="critical"))
    for behaviour in BEHAVIOURS:
        if behaviour.act is not None:
            app.add_route(behaviour.path, raising(behaviour.act), [behaviour.method])
    for endpoint in (fine, stream, background, timed):
        app.add_route(DESCRIBED[endpoint.__name__], endpoint)
    for name, said in ABORTS.items():
        app.add_route(DESCRIBED[name], aborting(said))
    if middleware:
        app.add_middleware(GZipMiddleware, minimum_size=1)
        app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    return app


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("server", ["none", "h11"])
@pytest.mark.parametrize("case", MINE, ids=str)
def test_starlette_conforms(case, server, middleware, drivers) -> None:
    """Starlette passes every row that its kind of framework can have, whatever stands around it."""
    with Records() as records:
        case.check(drivers(build, server, middleware=middleware), records)


def test_every_behaviour_of_starlette_is_served(all_are_served) -> None:
    """The application under test answers each behaviour, so no row passes for want of a route."""
    all_are_served(AsgiDriver(build(middleware=False)), CAPABILITIES)
