# SPDX-License-Identifier: MIT
"""An adapter as somebody else would write it: for Falcon, in one file, out of public names, held to the same table.

The adapter is what stands above the line; below it is the application that the table is run against. The page
"Write an adapter" in the documentation goes through it.
"""

from __future__ import annotations

import falcon
import falcon.asgi
import pytest

from errcore import AppError, Runtime
from errcore.errors import chosen_status
from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import BEHAVIOURS, CASES, LateError, Records, time_left
from errcore_asgi import Answers, ErrorMiddleware, is_disconnect

TEMPLATE = "falcon.uri_template"


def translate(exc: Exception) -> Exception:
    """What Falcon's own exceptions mean; any other as it is."""
    if not isinstance(exc, falcon.HTTPError):
        return exc
    return chosen_status(exc, exc.status_code, exc.description, dict(exc.headers or {}))


def guarded(app: falcon.asgi.App, runtime: Runtime) -> ErrorMiddleware:
    """The application with errcore: answers from inside of Falcon, so that its middleware sees them, and one guard."""
    answers = Answers(runtime, translate, lambda scope: scope.get(TEMPLATE))

    async def answer(req, resp, exc, params, ws=None) -> None:
        req.scope[TEMPLATE] = req.uri_template
        meant = answers.meant(exc)
        if ws is not None or is_disconnect(meant):
            raise meant  # the guard knows how far the handshake got, and that nobody is there to answer
        reply = answers.handle(exc, req.scope, "handler", meant).reply
        resp.status, resp.data, resp.text, resp.media, resp.stream = (
            reply.status,
            reply.body,
            None,
            None,
            None,
        )
        for name, value in reply.headers:
            resp.append_header(name, value) if name.lower() == "www-authenticate" else resp.set_header(
                name, value
            )

    for cls in (falcon.HTTPError, AppError, Exception):
        app.add_error_handler(cls, answer)
    return ErrorMiddleware(app, answers)


# ---------------------------------------------------------------------------------------------------------------------

# No background: what Falcon schedules is a task of its own, whose failure only asyncio's logger ever hears of.
CAPABILITIES = {"router", "abort", "stream", "deadline"}
MINE = [case for case in CASES if case.needs <= CAPABILITIES]


class Raising:
    """A resource whose handler raises, and does nothing else."""

    def __init__(self, act) -> None:
        self.act = act

    async def on_get(self, req, resp) -> None:
        self.act()


class Described:
    """The behaviours that need more than that, by the name of each."""

    async def on_get_fine(self, req, resp) -> None:
        resp.media = {"ok": True}

    async def on_get_timed(self, req, resp) -> None:
        resp.media = time_left()

    async def on_get_stream(self, req, resp) -> None:
        async def chunks():
            yield b"first"
            raise LateError

        resp.stream = chunks()


def abort(status, description=None, headers=None):
    def act():
        raise falcon.HTTPError(status, description=description, headers=headers)

    return act


ABORTS = {
    "framework-404": abort(404, "No agent a1."),
    "framework-401": abort(401, headers={"WWW-Authenticate": 'Basic realm="x"'}),
    "framework-429": abort(429, headers={"Retry-After": "30"}),
    "framework-204": abort(204),
    "framework-304": abort(304),
    "framework-499": abort(499, "Client closed request."),
    "framework-500": abort(500, "hunter2-s3cr3t"),
}


def build() -> ErrorMiddleware:
    """Every behaviour of the table that Falcon is capable of."""
    app = falcon.asgi.App()
    for behaviour in BEHAVIOURS:
        act = behaviour.act or ABORTS.get(behaviour.name)
        if act is not None:
            app.add_route(behaviour.path, Raising(act))
        elif behaviour.needs in {None, *CAPABILITIES}:
            app.add_route(behaviour.path, Described(), suffix=behaviour.name)
    return guarded(app, Runtime.for_tests(log_level="critical"))


@pytest.fixture(scope="module")
def driver():
    """The application in this process."""
    return AsgiDriver(build())


@pytest.mark.parametrize("case", MINE, ids=str)
def test_falcon_conforms(case, driver) -> None:
    """An adapter of forty lines passes every row that its kind of framework can have."""
    with Records() as records:
        case.check(driver, records)


def test_falcon_has_the_template() -> None:
    """The record names the route, never the path."""
    app = falcon.asgi.App()
    app.add_route("/agents/{number}", Raising(abort(404)))
    with Records() as records:
        AsgiDriver(guarded(app, Runtime.for_tests(log_level="critical"))).request("GET", "/agents/7")

    assert [record.route for record in records.seen] == ["/agents/{number}"]


def test_falcon_closes_its_websockets() -> None:
    """With the code of the error, by the guard."""

    class Echo:
        async def on_websocket(self, req, ws) -> None:
            await ws.accept()
            raise falcon.HTTPNotFound(description="No such thing.")

    app = falcon.asgi.App()
    app.add_route("/ws", Echo())
    seen = AsgiDriver(guarded(app, Runtime.for_tests(log_level="critical"))).converse(
        {"type": "websocket", "path": "/ws", "subprotocols": []}, [{"type": "websocket.connect"}]
    )

    assert (seen.sent[-1]["code"], seen.sent[-1]["reason"]) == (1008, "No such thing.")
