# SPDX-License-Identifier: MIT
"""The assertions read whatever a client gives: test clients in this process, and clients of a real server."""

from __future__ import annotations

import logging
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask, make_response
from starlette.responses import Response, StreamingResponse

import errcore_fastapi
import errcore_flask
from errcore import NotFoundError, Runtime
from errcore.testing import assert_envelope, assert_no_secret, assert_problem_details
from errcore.testing.answers import answer_of, is_response
from errcore.testing.asgi import AsgiDriver
from errcore.testing.wire import WireDriver
from errcore.testing.wsgi import WsgiDriver

CANARY = "hunter2-Xy7"


class Quiet(WSGIRequestHandler):
    """Does not print a line for each request."""

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def by_fastapi(runtime):
    """A FastAPI service whose one route fails, and one that leaks."""
    app = FastAPI()
    errcore_fastapi.install(app, runtime)

    @app.get("/missing")
    async def missing():
        raise NotFoundError("No such agent.", internal={"password": CANARY})

    @app.get("/leak")
    async def leak():
        return Response(b"fine", headers={"X-Debug": CANARY})

    return app


@pytest.fixture
def by_flask(runtime):
    """The same by Flask."""
    app = Flask("errcore_tests_answers")
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False
    errcore_flask.install(app, runtime)

    @app.get("/missing")
    def missing():
        raise NotFoundError("No such agent.", internal={"password": CANARY})

    @app.get("/leak")
    def leak():
        return make_response("fine", 200, {"X-Debug": CANARY})

    yield app
    app.logger.handlers.clear()


@pytest.fixture
def port(by_flask):
    """Where the Flask service is served, over a real socket."""
    server = make_server("127.0.0.1", 0, by_flask, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)
    server.server_close()


def check(get):
    """The failing route is a clean problem, and the leak is found where it is."""
    answer = get("/missing")
    told = assert_envelope(answer, code="NOT_FOUND", status=404, retriable=False, format="problem")
    assert assert_problem_details(answer, code="NOT_FOUND").request_id == told.request_id
    assert assert_no_secret(answer, canary=CANARY) > 3
    with pytest.raises(AssertionError, match=r"header '[Xx]-[Dd]ebug'") as failure:
        assert_no_secret(get("/leak"), canary=CANARY)
    assert CANARY not in str(failure.value)
    with pytest.raises(AssertionError, match="came 'NOT_FOUND'"):
        assert_envelope(answer, code="GONE")


def test_starlette_test_client(by_fastapi):
    """The client of FastAPI's own documentation."""
    with TestClient(by_fastapi) as client:
        check(client.get)


def test_flask_test_client(by_flask):
    """The client of Flask's own documentation, with Werkzeug's responses."""
    check(by_flask.test_client().get)


@pytest.mark.parametrize("drive", ["asgi", "wsgi"])
def test_drivers(drive, by_fastapi, by_flask):
    """What errcore's own drivers give, and all that they know of a connection."""
    driver = AsgiDriver(by_fastapi) if drive == "asgi" else WsgiDriver(by_flask)
    check(lambda path: driver.request("GET", path))
    if drive == "asgi":
        check(lambda path: driver.converse({"type": "http", "method": "GET", "path": path}))
    else:
        check(lambda path: driver.exchange("GET", path))


def test_requests_over_a_socket(port):
    """Its headers are a mapping, its body is `content`."""
    with requests.Session() as session:
        session.trust_env = False
        check(lambda path: session.get(f"http://127.0.0.1:{port}{path}", timeout=10))


def test_httpx_over_a_socket(port):
    """Its headers may repeat, its body is `content`."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        check(client.get)


def test_the_wire(port):
    """Bytes as they came."""
    driver = WireDriver(port)
    check(lambda path: driver.request("GET", path))


def test_replies_of_a_runtime():
    """Without any framework."""
    with Runtime.for_tests() as runtime:
        assert_envelope(runtime.reply(NotFoundError()), code="NOT_FOUND")


def test_headers_that_repeat_are_all_read():
    """By httpx and Werkzeug, which keep them apart."""
    pairs = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    assert answer_of(httpx.Response(200, headers=pairs, content=b"")).all("set-cookie") == ["a=1", "b=2"]
    assert answer_of(Response(b"x", headers={"a": "1"})).all("a") == ["1"]


def test_what_has_no_body_yet_is_no_response():
    """A stream would have to be used up, and then the test could not read it."""
    stream = StreamingResponse(iter([b"x"]))

    assert not is_response(stream)
    with pytest.raises(TypeError, match="Cannot read a StreamingResponse"):
        answer_of(stream)
