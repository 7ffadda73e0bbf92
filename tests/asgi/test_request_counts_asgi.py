# SPDX-License-Identifier: MIT
"""Requests are counted when they are over, each once: by status, by the template of the route, and how long they took."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import suppress

import pytest
from litestar import Litestar, get
from litestar.params import FromPath
from quart import Quart
from quart import websocket as quart_websocket
from starlette.requests import ClientDisconnect

import errcore_asgi.litestar
import errcore_asgi.quart
from errcore import ConflictError, NotFoundError, Runtime, clock
from errcore.errors import error_for_status
from errcore.testing import FakeClock
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import Answers, ErrorMiddleware, InnerGuard

START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"part", "more_body": True}
END = {"type": "http.response.body", "body": b""}
FILE = {"type": "http.response.pathsend", "path": "/tmp/x"}
PIECE = {"type": "http.response.zerocopysend", "file": 3, "more_body": True}
GONE = {"type": "http.disconnect"}


def requests_of(runtime):
    return runtime.monitor.stats("5m")["requests"]


def outcomes_of(runtime):
    return requests_of(runtime)["by_outcome"]


def sending(*messages, error=None):
    """An application that sends these, and raises that."""

    async def app(scope, receive, send):
        for message in messages:
            await send(dict(message))
        if error is not None:
            raise error

    return app


def ask(app, runtime, **scope):
    guarded = ErrorMiddleware(app, runtime)
    return AsgiDriver(guarded).converse({"type": "http", "method": "GET", "path": "/a", **scope})


@pytest.mark.parametrize(
    ("app", "outcome"),
    [
        (sending(START, END), "ok"),
        (sending(START, FILE), "ok"),
        (sending(START, PIECE, {**PIECE, "more_body": False}), "ok"),
        (sending(START, PIECE), "cancelled"),
        (sending({**START, "status": 404}, END), "client_error"),
        (sending({**START, "status": 429}, END), "limited"),
        (sending({**START, "status": 503}, END), "server_error"),
        (sending(error=NotFoundError()), "client_error"),
        (sending(error=ValueError()), "server_error"),
        (sending(START, END, error=ValueError()), "ok"),
        (sending(START, BODY, error=ValueError()), "ok"),
        (sending(START, BODY), "cancelled"),
        (sending(START, BODY, error=ConnectionResetError()), "ok"),
        (sending(), "server_error"),
        (sending(error=asyncio.CancelledError()), "cancelled"),
        (sending(START, BODY, error=asyncio.CancelledError()), "cancelled"),
        (sending(START, END, error=asyncio.CancelledError()), "ok"),
        (sending(error=SystemExit()), "server_error"),
        (sending(error=error_for_status(499)), "cancelled"),
    ],
    ids=[
        "answered",
        "file",
        "file in pieces",
        "half a file",
        "missing",
        "limited",
        "away",
        "declared",
        "bug",
        "bug in the background",
        "bug in the middle",
        "stopped in the middle",
        "reset of something else",
        "silent",
        "cancelled",
        "cancelled in the middle",
        "cancelled at the end",
        "exit",
        "closed by the client of a proxy",
    ],
)
def test_outcome_is_that_of_the_answer(app, outcome, runtime) -> None:
    """What was started counts; where nothing was it is the server that answers, or there is nobody to answer."""
    try:
        ask(app, runtime)
    except SystemExit:
        pass

    assert outcomes_of(runtime) == {outcome: 1}


@pytest.mark.parametrize("started", [False, True])
def test_client_that_left_is_no_failure(started, runtime) -> None:
    """Neither of ours nor of its own, with and without a guard further in."""
    messages = [START, BODY] if started else []
    app = sending(*messages, error=ClientDisconnect())

    ask(app, runtime)
    ask(InnerGuard(app, runtime), runtime)
    ask(sending(START, END, error=ClientDisconnect()), runtime)

    assert outcomes_of(runtime) == {"cancelled": 2, "ok": 1}


def test_middleware_that_hides_a_failure_is_no_client_that_left(runtime) -> None:
    """The response broke off in the middle, whoever says what about it: it counts as it does where it is raised."""
    inner = InnerGuard(sending(START, BODY, error=ValueError()), runtime)

    async def hiding(scope, receive, send):
        with suppress(ValueError):
            await inner(scope, receive, send)
        await send(dict(END))

    ask(hiding, runtime)

    assert outcomes_of(runtime) == {"ok": 1}


def test_nested_guards_count_once(runtime) -> None:
    """A request that passes four of them is one request, whatever becomes of it."""
    app = ErrorMiddleware(InnerGuard(sending(START, END), runtime), runtime)
    failing = ErrorMiddleware(InnerGuard(sending(error=ConflictError()), runtime), runtime)

    ask(InnerGuard(app, runtime), runtime)
    ask(InnerGuard(failing, runtime), runtime)

    assert outcomes_of(runtime) == {"ok": 1, "client_error": 1}


def test_only_what_is_ours_is_counted(runtime) -> None:
    """Requests outside of the prefixes, websockets and the lifespan are nobody's business here."""
    app = ErrorMiddleware(sending(START, END), runtime, prefixes=["/v2"])
    driver = AsgiDriver(app)
    for path in ("/v1/a", "/v2/a", "/v2", "/v20"):
        driver.request("GET", path)
    driver.converse({"type": "websocket", "path": "/v2/a", "subprotocols": []})
    driver.converse({"type": "lifespan"})

    assert requests_of(runtime)["total"] == 2


def test_duration_ends_with_the_answer(runtime) -> None:
    """What goes on in the background, nobody waits for; where there is no end it lasts until all is over."""
    with clock.using(FakeClock()) as fake:

        def app(*messages):
            async def run(scope, receive, send):
                fake.advance(0.2)
                for message in messages:
                    await send(dict(message))
                fake.advance(30.0)

            return run

        for messages in ((START, END), (START, FILE), ()):
            ask(app(*messages), runtime, route=Route(f"/{len(messages)}-{messages == (START, FILE)}"))
        took = {route: of["p50"] for route, of in requests_of(runtime)["by_route"].items()}

    assert took["/2-False"] == pytest.approx(0.2, rel=0.03)
    assert took["/2-True"] == pytest.approx(0.2, rel=0.03)
    assert took["/0-False"] == pytest.approx(30.2, rel=0.03)


class Route:
    """What Starlette leaves in the scope."""

    def __init__(self, path):
        self.path = path


def test_route_of_a_scope_of_its_own(runtime) -> None:
    """Middleware between the guards may hand on a copy, in which the router leaves its route."""

    async def routed(scope, receive, send):
        scope["route"] = Route("/agents/{id}")
        await sending(START, END)(scope, receive, send)

    inner = InnerGuard(routed, runtime)

    async def copying(scope, receive, send):
        await inner(dict(scope), receive, send)

    ask(copying, runtime)
    ask(InnerGuard(copying, runtime), runtime)  # which sees no route, and takes none away
    ask(routed, runtime)
    ask(sending(START, END), runtime)

    assert {route: of["total"] for route, of in requests_of(runtime)["by_route"].items()} == {
        "/agents/{id}": 3,
        "<unmatched>": 1,
    }


def test_broken_template_costs_the_label_and_nothing_else(runtime) -> None:
    """An adapter's function may fail; the request is counted without its route."""

    def template(scope):
        raise LookupError

    ask(InnerGuard(sending(START, END), runtime), Answers(runtime, template=template))

    assert {route: of["total"] for route, of in requests_of(runtime)["by_route"].items()} == {
        "<unmatched>": 1
    }


def test_nothing_of_a_request_is_kept(runtime) -> None:
    """Counting does not keep a scope alive, nor an exchange."""
    kept = []

    class Scope(dict):
        """One that can be looked after."""

    async def app(scope, receive, send):
        await sending(START, END)(scope, receive, send)

    async def serve():
        scope = Scope(type="http", method="GET", path="/a", headers=[])
        kept.append(weakref.ref(scope))
        await ErrorMiddleware(app, runtime)(scope, None, nowhere)

    async def nowhere(message):
        return

    gc.disable()
    try:
        asyncio.run(serve())
        alive = [ref() for ref in kept]
    finally:
        gc.enable()

    assert alive == [None]
    assert requests_of(runtime)["total"] == 1


def test_litestar_tells_templates(runtime) -> None:
    """Of what its router has found; what it has not found has none."""

    @get("/agents/{agent:str}")
    async def agent(agent: FromPath[str]) -> str:
        return agent

    app = Litestar([agent], openapi_config=None, logging_config=None)
    errcore_asgi.litestar.install(app, runtime)
    for path in ("/agents/a1", "/agents/a2", "/nowhere"):
        AsgiDriver(app).request("GET", path)

    assert {route: of["total"] for route, of in requests_of(runtime)["by_route"].items()} == {
        "/agents/{agent}": 2,
        "<unmatched>": 1,
    }


def test_quart_tells_templates(runtime) -> None:
    """Of HTTP, with and without an error; a websocket is counted nowhere, nor is what is not ours."""
    app = Quart("errcore.tests.counts")
    errcore_asgi.quart.install(app, runtime, prefixes=["/v2"])

    @app.get("/v2/agents/<agent>")
    @app.get("/v1/agents/<agent>", endpoint="old")
    async def agent(agent):
        if agent == "a2":
            raise NotFoundError
        return agent

    @app.websocket("/v2/ws")
    async def ws():
        await quart_websocket.accept()

    driver = AsgiDriver(app)
    for path in ("/v2/agents/a1", "/v2/agents/a2", "/v2/nowhere", "/v1/agents/a1"):
        driver.request("GET", path)
    driver.converse(
        {"type": "websocket", "path": "/v2/ws", "subprotocols": []}, [{"type": "websocket.connect"}]
    )

    assert {route: of["total"] for route, of in requests_of(runtime)["by_route"].items()} == {
        "/v2/agents/<agent>": 2,
        "<unmatched>": 1,
    }
    assert outcomes_of(runtime) == {"ok": 1, "client_error": 2}


def test_shutdown_tells_what_was_counted(runtime) -> None:
    """Before the server hears that all is done, for it may end the process in any way; also where the shutdown fails."""
    seen = []

    class Noting(Runtime):
        """A runtime whose flushes can be counted, and fail."""

        def flush(self):
            seen.append("flush")
            raise OSError

    def stopping(error):
        async def app(scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            if error is not None:
                raise error
            await send({"type": "lifespan.shutdown.complete"})

        return app

    told = []
    for error in (None, ValueError()):
        with Noting.for_tests(log_level="critical") as noting:
            incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
            told.append(
                AsgiDriver(ErrorMiddleware(stopping(error), noting)).converse({"type": "lifespan"}, incoming)
            )
    assert seen == ["flush", "flush"]
    assert told[0].types == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert isinstance(told[1].raised, ValueError)
