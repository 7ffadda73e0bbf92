# SPDX-License-Identifier: MIT
"""The conformance table against Flask: in process, watched by a validator of WSGI, and behind a threaded server."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from wsgiref.validate import validator

import pytest
from flask import Flask, Response
from werkzeug.exceptions import HTTPException, NotFound, TooManyRequests, Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import WSGIRequestHandler, make_server

from errcore import Runtime
from errcore.testing.conformance import BEHAVIOURS, CASES, LateError, Records, time_left
from errcore.testing.conformance.behaviours import SECRET
from errcore.testing.wire import WireDriver
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import install

CAPABILITIES = {"router", "abort", "stream", "background", "deadline"}
DESCRIBED = {behaviour.name: behaviour.path for behaviour in BEHAVIOURS if behaviour.act is None}
MINE = [case for case in CASES if case.needs <= CAPABILITIES]


class NoContent(HTTPException):
    code = 204


class NotModified(HTTPException):
    code = 304


class ClosedRequest(HTTPException):
    code = 499
    description = "Client closed request."


class Broken(HTTPException):
    code = 500


class Challenged(Unauthorized):
    def get_headers(self, environ=None, scope=None):
        return [*super().get_headers(environ, scope), ("WWW-Authenticate", 'Basic realm="x"')]


class Chunked(WSGIRequestHandler):
    """With HTTP/1.0 nobody could tell a broken stream from a whole one."""

    protocol_version = "HTTP/1.1"

    def log(self, *_):
        """The lines of requests and errors are not what is tested."""


ABORTED = {
    "framework-404": lambda: NotFound("No agent a1."),
    "framework-401": Challenged,
    "framework-429": lambda: TooManyRequests(retry_after=30),
    "framework-204": NoContent,
    "framework-304": NotModified,
    "framework-499": ClosedRequest,
    "framework-500": lambda: Broken(SECRET),
}


def raising(act):
    def view():
        act()

    return view


def failing(make):
    def view():
        raise make()

    return view


def build(*, middleware: bool) -> Flask:
    """Every behaviour of the table; `install` comes before the routes."""
    app = Flask("conformance")
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False
    if middleware:
        app.wsgi_app = ProxyFix(app.wsgi_app)
    install(app, Runtime.for_tests(log_level="critical"))
    for behaviour in BEHAVIOURS:
        if behaviour.act is not None:
            app.add_url_rule(
                behaviour.path, behaviour.name, raising(behaviour.act), methods=[behaviour.method]
            )
    for name, make in ABORTED.items():
        app.add_url_rule(DESCRIBED[name], name, failing(make))

    @app.get(DESCRIBED["fine"])
    def fine():
        return {"ok": True}

    @app.get(DESCRIBED["stream"])
    def stream():
        def chunks():
            yield b"first"
            raise LateError

        return Response(chunks())

    @app.get(DESCRIBED["background"])
    def background():
        response = Response(b"done")

        @response.call_on_close
        def late():
            raise LateError

        return response

    @app.get(DESCRIBED["timed"])
    def timed():
        return time_left()

    if middleware:
        app.wsgi_app = ProxyFix(app.wsgi_app)

        @app.after_request
        def passing(response):
            response.headers["X-Passed"] = "1"
            return response

    return app


@contextmanager
def served(app, _server):
    """A driver for an application behind werkzeug's server; the server is gone afterwards, whatever happens."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Chunked)
    server.log = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield WireDriver(server.port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize("middleware", [False, True], ids=["bare", "middleware"])
@pytest.mark.parametrize("way", ["none", "threaded"])
@pytest.mark.parametrize("case", MINE, ids=str)
def test_flask_conforms(case, way, middleware, drivers) -> None:
    """Flask passes every row but those about validation, of which it has none."""
    with Records() as records:
        driver = drivers(build, way, serve=served, directly=WsgiDriver, middleware=middleware)
        case.check(driver, records)


@pytest.mark.parametrize(
    "behaviour",
    [behaviour for behaviour in BEHAVIOURS if behaviour.needs != "validation"],
    ids=lambda it: it.name,
)
def test_what_is_sent_is_sound_wsgi(behaviour) -> None:
    """A validator on both sides of errcore finds nothing to complain of."""
    app = build(middleware=False)
    app.wsgi_app.wsgi_app = validator(app.wsgi_app.wsgi_app)

    seen = WsgiDriver(validator(app)).exchange(behaviour.method, behaviour.path)

    assert not isinstance(seen.raised, AssertionError), seen.raised
    assert not isinstance(seen.raised_in_close, AssertionError), seen.raised_in_close
    assert seen.starts


def test_every_behaviour_of_flask_is_served(all_are_served) -> None:
    """The application under test answers each behaviour, so no row passes for want of a route."""
    all_are_served(WsgiDriver(build(middleware=False)), CAPABILITIES)
