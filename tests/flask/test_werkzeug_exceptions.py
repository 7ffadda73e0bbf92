# SPDX-License-Identifier: MIT
"""What werkzeug's exceptions become: which of their words are public, and what they cannot do."""

from __future__ import annotations

import io

import pytest
from flask import Flask, Response, abort, request
from werkzeug.exceptions import (
    BadRequestKeyError,
    HTTPException,
    NotFound,
)
from werkzeug.routing import RequestRedirect

from errcore import NotFoundError, UnavailableError, secret
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import install
from errcore_flask.translation import translate

SECRET = "hunter2-s3cr3t"


def answer_to(app, make, method="GET", **more):
    """What a client gets where a view raises."""

    def view():
        raise make()

    app.add_url_rule("/", "raising", view, methods=["GET", "POST"])
    return WsgiDriver(app).request(method, "/", **more)


@pytest.mark.parametrize(
    "make",
    [lambda: HTTPException(SECRET), lambda: ExceptionGroup("tasks", [HTTPException(SECRET)])],
    ids=["nameless", "in-group"],
)
def test_what_has_no_status_is_a_bug(make, app, records) -> None:
    """It is answered like any other, and reported once."""
    answer = answer_to(app, make, headers=[("X-Request-ID", "req_1")])

    assert answer.status == answer.document()["status"] == 500
    assert SECRET.encode() not in answer.body
    assert records.the_one("req_1").status == 500


def test_exception_without_a_status_is_a_bug_that_tests_see(app) -> None:
    """Flask would answer it with 200 and a page."""
    app.testing = True

    with pytest.raises(HTTPException, match="nameless"):
        app.add_url_rule("/", "nameless", lambda: abort_with(HTTPException("nameless")))
        app.test_client().get("/")


def test_exception_that_is_a_response_goes_on(app, records) -> None:
    """One without a status that brings its own response is no mistake."""

    class Own(HTTPException):
        def get_response(self, environ=None, scope=None):
            return Response("own", 202)

    app.add_url_rule("/given", "given", lambda: abort(Response("", 202)))
    app.add_url_rule("/class", "class", lambda: abort_with(Own()))

    assert WsgiDriver(app).request("GET", "/given").status == 202
    assert WsgiDriver(app).request("GET", "/class").body == b"own"
    assert records.seen == []


def abort_with(exc):
    raise exc


def test_redirect_in_a_group_is_a_redirect(app) -> None:
    """A task that redirects does what the view would have done."""
    answer = answer_to(app, lambda: ExceptionGroup("tasks", [RequestRedirect("http://a.test/b")]))

    assert (answer.status, answer.one("location")) == (308, "http://a.test/b")


def test_words_of_debug_mode_stay_inside(app) -> None:
    """In debug mode werkzeug appends the key of a missing field to the description, also to one that was given."""
    app.debug = True

    @app.get("/given")
    def given():
        raise BadRequestKeyError(SECRET, "Which pin?")

    assert WsgiDriver(app).request("GET", "/given").document()["detail"] == "Which pin?"


def test_client_that_left_is_no_bad_request(app, records) -> None:
    """Nobody reads the answer, and nobody is to be paged: 499, as nginx has it."""

    @app.post("/upload")
    def upload():
        return request.get_data()

    WsgiDriver(app).exchange(
        "POST",
        "/upload",
        [("X-Request-ID", "req_1")],
        environ={"CONTENT_LENGTH": "10", "wsgi.input": io.BytesIO(b"half")},
    )

    record = records.the_one("req_1")
    assert (record.status, record.verdict.kind) == (499, "cancelled")


def test_too_large_a_body_is_in_the_envelope(app) -> None:
    """werkzeug's own limits are answered like everything else."""
    app.config["MAX_CONTENT_LENGTH"] = 4

    @app.post("/upload")
    def upload():
        return request.get_data()

    answer = WsgiDriver(app).request("POST", "/upload", body=b"too much")

    assert (answer.status, answer.document()["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    "make", [lambda: NotFoundError("Late."), lambda: NotFound("Late.")], ids=["ours", "theirs"]
)
def test_error_of_an_after_request_function_keeps_its_status(make, app, records) -> None:
    """Flask makes a 500 of whatever happens there; what was raised on purpose is answered as what it is."""
    calls = []

    @app.after_request
    def late(response):
        calls.append(response.status_code)
        if len(calls) == 1:
            raise make()
        return response

    app.add_url_rule("/", "fine", lambda: "fine")
    answer = WsgiDriver(app).request("GET", "/", [("X-Request-ID", "req_1")])

    assert (answer.status, answer.document()["detail"]) == (404, "Late.")
    assert records.the_one("req_1").code == "NOT_FOUND"


class Returned(NotFoundError, code="T_FLASK_RETURNED"):
    """Somebody wrote return."""

    session: str = secret()


@pytest.mark.parametrize(
    "wrap",
    [lambda e: e, lambda e: (e, 404), lambda e: {"errors": [e]}, lambda e: [e]],
    ids=["bare", "status", "dict", "list"],
)
def test_a_returned_error_is_a_bug_and_sends_nothing(wrap, app, records) -> None:
    """It is answered like any other bug; no field of it is in the answer, nor in what is logged about it."""
    app.add_url_rule("/", "slip", lambda: wrap(Returned(session=SECRET)))

    answer = WsgiDriver(app).request("GET", "/", [("X-Request-ID", "req_1")])

    assert (answer.status, answer.document()["code"]) == (500, "INTERNAL_ERROR")
    record = records.the_one("req_1")
    assert record.type_name == "TypeError"
    assert SECRET not in f"{answer.body!r}{record.internal!r}"


def test_custom_response_class_is_used(runtime) -> None:
    """The answer is one of the application's own responses, with the headers of the reply and no others."""

    class Own(Response):
        default_mimetype = "application/x-own"

    app = Flask("agents")
    app.response_class = Own
    install(app, runtime)
    seen = []
    app.after_request(lambda response: seen.append(type(response)) or response)

    answer = WsgiDriver(app).request("GET", "/nowhere")

    assert seen == [Own]
    assert answer.one("content-type") == "application/problem+json"


def test_declared_server_error_is_answered_and_not_signalled(app, records) -> None:
    """It is no news to anybody: Flask's signal and log are for what nobody foresaw."""
    from flask import got_request_exception

    seen = []

    def listen(sender, **_):
        seen.append(sender)

    with got_request_exception.connected_to(listen, app):
        answer = answer_to(app, lambda: UnavailableError(SECRET, retry_after=1.2))

    assert (answer.status, answer.one("retry-after")) == (503, "2")
    assert seen == []


def test_translation_leaves_others_alone() -> None:
    """Only werkzeug's exceptions with a status, alone or in groups of one, are something else in truth."""
    group = ExceptionGroup("tasks", [NotFound(), NotFound()])
    for exc in (ValueError(), HTTPException(), group):
        assert translate(exc, {}) is exc
    error = translate(NotFound("No."), {})
    assert str(error) == "No."
