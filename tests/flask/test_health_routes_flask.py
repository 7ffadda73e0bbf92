# SPDX-License-Identifier: MIT
"""Health in front of Flask, in process and on a real server whose dependencies hang."""

from __future__ import annotations

import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask

from errcore import Runtime
from errcore.testing.wire import WireDriver
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import install, mount_health

pytestmark = pytest.mark.usefixtures("no_policies")

BEARER = ("Authorization", "Bearer b")


def bearer(headers):
    """Who may read the details."""
    return headers.get("authorization") == "Bearer b"


class Quiet(WSGIRequestHandler):
    """Prints no line for each request."""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def test_a_service_whose_dependencies_hang() -> None:
    """On a real socket: live while everything is held, ready by what was marked, each check begun once."""
    held, begun = threading.Event(), []
    app, runtime = Flask("agents"), Runtime(service="agents", log_level="critical")
    install(app, runtime)
    mount_health(app, authorize=bearer)

    @runtime.health.check("database", gates_readiness=True)
    def database():
        begun.append("database")
        held.wait()
        raise ConnectionRefusedError("db-1.internal")

    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        driver = WireDriver(server.server_port)
        live = [driver.request("GET", "/health/live") for _ in range(20)]
        ready = [driver.request("GET", "/health") for _ in range(20)]
        detail = driver.request("GET", "/health/detail", [BEARER])
        assert not held.is_set()
    finally:
        held.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
        runtime.close()

    assert {(each.status, each.body) for each in live} == {(200, b'{"status":"pass"}')}
    assert {(each.status, each.body) for each in ready} == {(503, b'{"status":"fail"}')}
    assert live[0].one("content-type") == "application/health+json"
    assert begun == ["database"]
    assert b"db-1" not in detail.body


def test_it_is_before_the_functions_of_the_application(runtime) -> None:
    """Those may need what burns; so may the application."""
    app = Flask("agents")
    install(app, runtime)
    mount_health(app)

    @app.before_request
    def session():
        raise OSError("the session store is gone")

    driver = WsgiDriver(app)

    assert driver.request("GET", "/health").status == 200
    assert driver.request("GET", "/health/").status == 200
    assert driver.request("GET", "/anything").status == 500


def test_unknown_paths_are_the_applications(runtime) -> None:
    """The details, for those who may not read them, are answered as any unknown path is."""
    app = Flask("agents")
    install(app, runtime)
    mount_health(app, runtime, authorize=bearer)
    app.add_url_rule("/health/data", "data", lambda: "of the application")
    driver = WsgiDriver(app)
    same = [("X-Request-ID", "r1")]
    hidden, unknown = (driver.request("GET", path, same) for path in ("/health/detail", "/health/nowhere"))

    assert driver.request("GET", "/health/data").body == b"of the application"
    assert (hidden.status, hidden.headers, hidden.body) == (404, unknown.headers, unknown.body)
    assert driver.request("GET", "/health/detail", [BEARER]).status == 200
    refused = driver.request("POST", "/health", same)
    assert (refused.status, refused.one("allow"), refused.document()["request_id"]) == (
        405,
        "GET, HEAD",
        "r1",
    )
    head = driver.request("HEAD", "/health")
    assert (head.status, head.body, int(head.one("content-length")) > 0) == (200, b"", True)


def test_the_first_request_begins_the_checks() -> None:
    """Whatever it asks for, and none before: the process may still be forked."""
    ran = []
    with Runtime.for_tests() as runtime:
        app = Flask("agents")
        mount_health(app, runtime, "/-/health")
        runtime.health.check("database", lambda: ran.append(1), gates_readiness=True)
        assert ran == []
        driver = WsgiDriver(app)
        driver.request("GET", "/")
        assert ran == [1]
        assert driver.request("GET", "/-/health").status == 200
        assert driver.request("GET", "/health").status == 404


def test_a_service_that_shuts_down_is_not_started_again(runtime) -> None:
    """By the requests that still come."""
    app = Flask("agents")
    mount_health(app, runtime)
    driver = WsgiDriver(app)
    assert driver.request("GET", "/health").status == 200
    runtime.health.drain()

    assert driver.request("GET", "/health").status == 503
    assert driver.request("GET", "/health/live").document()["notes"] == ["shutting down"]


def test_what_an_authorize_sees(runtime) -> None:
    """Every header, with its name in lower case: of a request with a body, too."""
    seen = {}
    app = Flask("agents")
    mount_health(app, runtime, authorize=lambda headers: seen.update(headers) or True)
    sent = [("X-Api-Key", "k"), ("Content-Type", "application/json")]
    WsgiDriver(app).request("GET", "/health/detail", sent)

    assert (seen["x-api-key"], seen["content-type"]) == ("k", "application/json")


def test_refusals_are_negotiated() -> None:
    """In the format that the client would rather have; and only below the path there is health at all."""
    app = Flask("agents")
    with Runtime.for_tests(envelope=["problem", "text"]) as runtime:
        mount_health(app, runtime, "/ready")
        driver = WsgiDriver(app)
        refused = driver.request("POST", "/ready", [("Accept", "text/plain")])
        other = driver.request("GET", "/admin/ready")

    assert (refused.status, refused.one("content-type").partition(";")[0]) == (405, "text/plain")
    assert other.status == 404


def test_what_makes_no_sense_is_refused(runtime) -> None:
    """Where it is written."""
    app = Flask("agents")
    with pytest.raises(TypeError, match="because it is a str"):
        mount_health(app, "production")
    with pytest.raises(ValueError, match="Cannot serve health at"):
        mount_health(app, runtime, "/")
    with pytest.raises(TypeError, match="Cannot use this authorize"):
        mount_health(app, runtime, authorize=7)
    assert WsgiDriver(app).request("GET", "/health").status == 404
