# SPDX-License-Identifier: MIT
"""What exceptions of werkzeug become in Flask and in Quart: the same, and of their words only those that are public."""

from __future__ import annotations

import logging

import flask
import pytest
import quart
from markupsafe import Markup
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    ClientDisconnected,
    HTTPException,
    MethodNotAllowed,
    NotFound,
    SecurityError,
    ServiceUnavailable,
    Unauthorized,
)

import errcore_asgi.quart
import errcore_flask
from errcore import NotFoundError, Runtime
from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import Records
from errcore.testing.wsgi import WsgiDriver

SECRET = "hunter2-s3cr3t"


class Teapot(HTTPException):
    """One whose words are the application's."""

    code = 418
    description = "Short and stout."


class Computed(HTTPException):
    """One whose words depend on what happened."""

    code = 400

    @property
    def description(self):
        return SECRET

    @description.setter
    def description(self, value):
        raise AssertionError


class Headless(NotFound):
    """One that fails while it is asked."""

    def get_headers(self, environ=None, scope=None):
        raise RuntimeError(SECRET)


class Unheard(HTTPException):
    """One with a status that no response can have."""

    code = "404"


class Loud(NotFound):
    """One whose headers are the application's."""

    def get_headers(self, environ=None, scope=None):
        return [("content-type", "text/html"), ("X-One", "1"), ("X-One", "2")]


def by_flask(make, *, debug=False):
    """A Flask application that raises; what is sent to it is read as JSON first, if anything is."""
    app = flask.Flask("errcore_tests_werkzeug")
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False
    app.debug = debug
    errcore_flask.install(app, Runtime.for_tests(log_level="critical"))

    @app.route("/", methods=["GET", "POST"])
    def view():
        if flask.request.method == "POST":
            flask.request.get_json()
        raise make()

    return WsgiDriver(app)


def by_quart(make, *, debug=False):
    """The same in Quart."""
    app = quart.Quart("errcore.tests.werkzeug")
    app.debug = debug
    errcore_asgi.quart.install(app, Runtime.for_tests(log_level="critical"))

    @app.route("/", methods=["GET", "POST"])
    async def view():
        if quart.request.method == "POST":
            await quart.request.get_json()
        raise make()

    return AsgiDriver(app)


both = pytest.mark.parametrize("served_by", [by_flask, by_quart], ids=["flask", "quart"])


@both
@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (lambda: NotFound("No agent a1."), 404, {"detail": "No agent a1."}),
        (lambda: NotFound(Markup("No <b>agent</b>.")), 404, {"detail": "No <b>agent</b>."}),
        (lambda: NotFound({"agent_id": "a1"}), 404, {"agent_id": "a1"}),
        (lambda: NotFound(["a1", "a2"]), 404, {"details": ["a1", "a2"]}),
        (lambda: NotFound({"status": 200, "type": "evil"}), 404, {"status": 404, "type": "about:blank"}),
        (lambda: BadRequestKeyError("pin", "Which pin?"), 400, {"detail": "Which pin?"}),
        (Teapot, 418, {"detail": "Short and stout."}),
        (lambda: Teapot("Tall."), 418, {"detail": "Tall."}),
        (ClientDisconnected, 499, {"code": "CLIENT_DISCONNECTED"}),
        (lambda: ExceptionGroup("tasks", [ExceptionGroup("more", [Teapot()])]), 418, {"code": "IM_A_TEAPOT"}),
        (lambda: ExceptionGroup("tasks", [NotFoundError("One.")]), 404, {"detail": "One."}),
    ],
    ids="text markup mapping list forged key class class-text left group declared-in-group".split(),
)
def test_what_the_application_wrote_is_public(make, status, said, served_by) -> None:
    """A text is the message, anything else is details; neither can forge a member of the envelope."""
    document = served_by(make).request("GET", "/").document()

    assert {"status": status} | {name: document.get(name) for name in said} == {"status": status} | said


@both
@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda: ServiceUnavailable(SECRET), 503),
        (lambda: ServiceUnavailable({"upstream": SECRET}), 503),
        (lambda: ServiceUnavailable([SECRET]), 503),
        (lambda: BadRequestKeyError(SECRET), 400),
        (lambda: SecurityError(f"Host {SECRET!r} is not trusted."), 400),
        (lambda: BadRequest(f"Failed to decode JSON object: {SECRET}"), 400),
        (lambda: BadRequest(f"Failed to decode JSON: {SECRET}"), 400),
        (Computed, 400),
        (Headless, 404),
        (Unheard, 500),
        (lambda: ExceptionGroup("tasks", [Teapot(), ValueError(SECRET)]), 500),
    ],
    ids="text mapping list key host parser parser-of-quart computed headless unheard mixed".split(),
)
def test_what_it_did_not_write_is_not(make, status, served_by) -> None:
    """The words of a server's fault, of werkzeug and of a parser stay inside, and what is broken is a bug, once."""
    with Records() as records:
        answer = served_by(make).request("GET", "/", [("X-Request-ID", "req_1")])

        assert answer.status == answer.document()["status"] == status
        assert SECRET.encode() not in answer.body
        assert records.the_one("req_1").status == status


@both
@pytest.mark.parametrize(
    ("make", "name", "sent"),
    [
        (lambda: MethodNotAllowed(["GET", "PUT"]), "allow", "GET, PUT"),
        (lambda: Unauthorized(www_authenticate=["Basic", "Bearer"]), "www-authenticate", "Basic, Bearer"),
        (Loud, "x-one", "1, 2"),
        (Loud, "content-type", "application/problem+json"),
    ],
    ids=["allow", "challenges", "own", "type"],
)
def test_headers_come_along(make, name, sent, served_by) -> None:
    """Those of one name as one list; the type is that of the envelope."""
    assert served_by(make).request("GET", "/").one(name) == sent


@both
@pytest.mark.parametrize("debug", [False, True], ids=["production", "debug"])
def test_words_of_a_parser_are_not_sent(debug, served_by) -> None:
    """In debug mode both frameworks add them to the description."""
    driver = served_by(NotFound, debug=debug)
    answer = driver.request("POST", "/", [("content-type", "application/json")], b'{"a": ')

    assert (answer.status, answer.document()["code"]) == (400, "INVALID_REQUEST")
    assert b"Failed" not in answer.body
    assert b"Expecting" not in answer.body
