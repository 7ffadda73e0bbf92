# SPDX-License-Identifier: MIT
"""The conformance table against Quart: bare and with the usual middleware, in process and behind servers.

Quart reads no models out of a request, so the rows about validation are not for it.
"""

from __future__ import annotations

import pytest
from quart import Quart, abort
from werkzeug.exceptions import HTTPException, TooManyRequests, Unauthorized

from errcore import Runtime
from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import BEHAVIOURS, CASES, LateError, Records, time_left
from errcore.testing.conformance.behaviours import SECRET
from errcore_asgi.quart import install

CAPABILITIES = {"router", "abort", "stream", "background", "deadline"}
DESCRIBED = {behaviour.name: behaviour.path for behaviour in BEHAVIOURS if behaviour.act is None}
MINE = [case for case in CASES if case.needs <= CAPABILITIES]


def raising(act):
    async def endpoint():
        act()

    return endpoint


def status(code: int, description: str | None = None) -> HTTPException:
    """werkzeug has no class for every status; it lets anybody make one."""
    return type("Chosen", (HTTPException,), {"code": code})(description)


def build(*, middleware: bool) -> Quart:
    """Every behaviour of the table; `install` comes before the routes, the hooks after it."""
    app = Quart("errcore.conformance.quart")
    install(app, Runtime.for_tests(log_level="critical"))
    for behaviour in BEHAVIOURS:
        if behaviour.act is not None:
            app.add_url_rule(
                behaviour.path, behaviour.name, raising(behaviour.act), methods=[behaviour.method]
            )

    @app.get(DESCRIBED["fine"])
    async def fine():
        return {"ok": True}

    @app.get(DESCRIBED["stream"])
    async def stream():
        async def chunks():
            yield b"first"
            raise LateError

        return chunks()

    @app.get(DESCRIBED["background"])
    async def background():
        async def fail():
            raise LateError

        app.add_background_task(fail)
        return "done"

    @app.get(DESCRIBED["timed"])
    def timed():  # in a thread
        return time_left()

    @app.get(DESCRIBED["framework-404"])
    async def not_there():
        abort(404, "No agent a1.")

    @app.get(DESCRIBED["framework-401"])
    async def challenged():
        raise Unauthorized(www_authenticate=['Basic realm="x"'])

    @app.get(DESCRIBED["framework-429"])
    async def throttled():
        raise TooManyRequests(retry_after=30)

    @app.get(DESCRIBED["framework-204"])
    async def nothing():
        raise status(204)

    @app.get(DESCRIBED["framework-304"])
    async def unchanged():
        raise status(304)

    @app.get(DESCRIBED["framework-499"])
    async def gone():
        raise status(499, "Client closed request.")

    @app.get(DESCRIBED["framework-500"])
    async def broken():
        abort(500, SECRET)

    if middleware:
        inside = app.asgi_app

        async def passing(scope, receive, send):
            await inside(scope, receive, send)

        app.asgi_app = passing

        @app.before_request
        async def before():
            return None

        @app.after_request
        async def after(response):
            response.headers["X-After"] = "1"
            return response

    return app


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("server", ["none", "h11", "hypercorn"])
@pytest.mark.parametrize("case", MINE, ids=str)
def test_quart_conforms(case, server, middleware, drivers) -> None:
    """Quart passes every row that its kind of framework can have, whatever stands around it."""
    with Records() as records:
        case.check(drivers(build, server, middleware=middleware), records)


def test_every_behaviour_of_quart_is_served(all_are_served) -> None:
    """The application under test answers each behaviour, so no row passes for want of a route."""
    all_are_served(AsgiDriver(build(middleware=False)), CAPABILITIES)
