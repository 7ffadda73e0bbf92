# SPDX-License-Identifier: MIT
"""`install(app, prefixes=...)`: a FastAPI or Starlette application that errcore takes over bit by bit."""

from __future__ import annotations

import warnings

import pytest
from fastapi import FastAPI, HTTPException, WebSocket
from fastapi.middleware.gzip import GZipMiddleware
from starlette.applications import Starlette
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.exceptions import WebSocketException
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from errcore import NotFoundError
from errcore.testing.asgi import AsgiDriver
from errcore_fastapi import InstallWarning, install

CONNECT = {"type": "websocket.connect"}


def service(*, middleware: bool) -> FastAPI:
    app = FastAPI()
    for version in ("/v1", "/v2"):

        @app.get(f"{version}/missing")
        async def missing():
            raise HTTPException(404, {"agent": "a1"}, headers={"X-Own": "1"})

        @app.get(f"{version}/agents/{{number}}")
        async def agent(number: int):
            raise NotFoundError("No such agent.")

        @app.get(f"{version}/fine")
        async def fine():
            return {"ok": True}

        @app.websocket(f"{version}/ws")
        async def ws(websocket: WebSocket, number: int):
            raise HTTPException(404)

    if middleware:
        app.add_middleware(GZipMiddleware, minimum_size=1)
    return app


def converse(app, path, kind="http"):
    incoming = [{"type": "http.request", "body": b""}] if kind == "http" else [CONNECT]
    seen = AsgiDriver(app).converse({"type": kind, "method": "GET", "path": path}, incoming)
    for message in seen.sent:
        message.pop("reason", None)  # FastAPI's own is a list with the input in it
    return seen.sent, type(seen.raised)


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
def test_rest_of_an_application_is_left_alone(middleware, runtime, records) -> None:
    """Outside of the prefixes every message is what it was before; inside, everything is errcore's."""
    plain, app = service(middleware=middleware), service(middleware=middleware)
    install(app, runtime, prefixes=["/v2"])

    for path in ("/v1/missing", "/v1/agents/x", "/v1/agents/7", "/v1/fine", "/v2beta", "/nowhere"):
        assert converse(app, path) == converse(plain, path)
    for path in ("/v1/ws", "/v1/ws?number=7"):
        assert converse(app, path, "websocket") == converse(plain, path, "websocket")
    assert records.seen == []

    for path, code in [
        ("/v2/missing", "NOT_FOUND"),
        ("/v2/agents/x", "VALIDATION_ERROR"),
        ("/v2/agents/7", "NOT_FOUND"),
        ("/v2/nowhere", "NOT_FOUND"),
    ]:
        answer = AsgiDriver(app).request("GET", path)
        assert answer.document()["code"] == code
        assert answer.document()["request_id"] == answer.one("x-request-id")
    assert len(AsgiDriver(app).request("GET", "/v2/fine").all("x-request-id")) == 1
    assert len(records.seen) == 4


def test_rest_of_a_starlette_is_left_alone(runtime) -> None:
    """Its own answer to an HTTPException is a text."""

    async def missing(request):
        raise StarletteHTTPException(404, "No agent.")

    async def closed(websocket):
        raise WebSocketException(4321, "Chosen.")

    routes = [Route("/v1", missing), Route("/v2", missing), WebSocketRoute("/ws", closed)]
    plain, app = Starlette(routes=routes), Starlette(routes=routes)
    install(app, runtime, prefixes=["/v2"])

    assert converse(app, "/v1") == converse(plain, "/v1")
    assert converse(app, "/ws", "websocket") == converse(plain, "/ws", "websocket")
    assert AsgiDriver(app).request("GET", "/v1").body == b"No agent."
    assert AsgiDriver(app).request("GET", "/v2").document()["detail"] == "No agent."


def test_prefix_counts_from_the_outermost_application(runtime, records) -> None:
    """A mounted application sees the path with its mount, so one list of prefixes fits all of them."""
    inner, outer = service(middleware=False), FastAPI()
    outer.mount("/api", inner)
    install(inner, runtime, prefixes=["/api/v2"])
    install(outer, runtime, prefixes=["/api/v2"])

    assert AsgiDriver(outer).request("GET", "/api/v2/missing").document()["code"] == "NOT_FOUND"
    assert AsgiDriver(outer).request("GET", "/api/v1/missing").document() == {"detail": {"agent": "a1"}}
    assert len(records.seen) == 1


@pytest.mark.parametrize(
    ("prefixes", "warned"),
    [([], True), (["/old"], True), (["/"], True), (["/old/v2"], True), (["/v2"], False)],
)
def test_mount_that_no_prefix_reaches_is_not_missed(prefixes, warned, runtime) -> None:
    """An application that errcore was told to leave alone is left alone without a word."""
    app = FastAPI()
    app.mount("/old", FastAPI())
    install(app, runtime, prefixes=prefixes)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        AsgiDriver(app).request("GET", "/fine")

    assert [warning.category for warning in seen] == ([InstallWarning] if warned else [])


def test_handler_for_everything_answers_the_rest(runtime) -> None:
    """Outside of the prefixes its response is sent, so nobody is warned of it."""
    app = service(middleware=False)

    @app.exception_handler(Exception)
    async def everything(request, exc):
        return PlainTextResponse("theirs", 500)

    install(app, runtime, prefixes=["/v2"])

    assert AsgiDriver(app).request("GET", "/v1/agents/7").body == b"theirs"
    assert AsgiDriver(app).request("GET", "/v2/agents/7").document()["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("prefixes", "error"), [("/v2", TypeError), (["v2"], ValueError)])
def test_wrong_prefixes_of_install_are_refused(prefixes, error, runtime) -> None:
    """Before anything is changed: a second call with the right ones works."""
    app = FastAPI()
    with pytest.raises(error, match="Cannot limit errcore"):
        install(app, runtime, prefixes=prefixes)

    assert install(app, runtime, prefixes=["/v2"]) is runtime


def test_rest_of_an_application_is_documented_as_it_was(runtime) -> None:
    """Its operations answer with FastAPI's own 422, and say so; nothing promises them an envelope."""
    plain, app = service(middleware=False), service(middleware=False)
    install(app, runtime, prefixes=["/v2"])

    was, now = plain.openapi()["paths"], app.openapi()["paths"]

    for path in ("/v1/missing", "/v1/agents/{number}", "/v1/fine"):
        assert now[path] == was[path]
    for path in ("/v2/missing", "/v2/agents/{number}", "/v2/fine"):
        assert now[path] != was[path]
