# SPDX-License-Identifier: MIT
"""What everybody expects of error handling in Flask, each as one request: its own ways stay as they are."""

from __future__ import annotations

import pytest
from flask import Response, abort, got_request_exception, request
from werkzeug.exceptions import HTTPException, TooManyRequests, Unauthorized

from errcore import NotFoundError, UnavailableError
from errcore.testing.wsgi import WsgiDriver


def raising(make):
    """A view that raises what it is told to make."""

    def view():
        raise make()

    view.__name__ = f"view_{id(make)}"  # which is how Flask names the endpoint
    return view


@pytest.fixture
def driver(app):
    return WsgiDriver(app)


def test_unknown_error_keeps_flasks_own_path(app, driver, records) -> None:
    """F1: a bug is answered in the envelope; the signal is sent once, and teardown functions get the error."""
    app.add_url_rule("/bug", view_func=raising(lambda: ValueError("postgres://u:hunter2@db")))
    signalled, torn_down = [], []
    app.teardown_request(torn_down.append)

    def listen(sender, exception, **_):
        signalled.append(exception)

    with got_request_exception.connected_to(listen, app):
        answer = driver.request("GET", "/bug", [("X-Request-ID", "req_1")])

    assert (answer.status, answer.document()["code"]) == (500, "INTERNAL_ERROR")
    assert answer.document()["request_id"] == answer.one("x-request-id") == "req_1"
    assert b"hunter2" not in answer.body
    assert [type(each) for each in signalled] == [ValueError]
    assert torn_down == signalled
    record = records.the_one("req_1")
    assert (record.type_name, record.route, record.phase) == ("ValueError", "/bug", "handler")


@pytest.mark.parametrize("setting", ["TESTING", "PROPAGATE_EXCEPTIONS", "DEBUG"])
def test_error_propagates_where_flask_lets_it(setting, app, driver, records) -> None:
    """F2: with TESTING, debug or PROPAGATE_EXCEPTIONS a bug reaches the caller, reported all the same, once."""
    app.config[setting] = True
    app.add_url_rule("/bug", view_func=raising(lambda: ValueError("no")))
    app.add_url_rule("/declared", view_func=raising(NotFoundError))

    seen = driver.exchange("GET", "/bug", [("X-Request-ID", "req_1")])

    assert isinstance(seen.raised, ValueError)
    assert records.the_one("req_1").type_name == "ValueError"
    assert driver.request("GET", "/declared").status == 404
    with pytest.raises(ValueError, match="no"):
        app.test_client().get("/bug")


def test_redirects_and_chosen_responses_stay_as_they_are(app, driver, records) -> None:
    """F3: the slash redirect is a 308, and a response that was aborted with is that response."""

    @app.get("/slash/")
    def slash():
        return "slash"

    @app.get("/response")
    def response():
        abort(Response("mine", 409, {"X-Mine": "1"}))

    @app.get("/with-response")
    def with_response():
        abort(404, response=Response("also mine", 410))

    class Moved(HTTPException):
        code = 302

        def get_response(self, environ=None, scope=None):
            return Response("", 302, {"Location": "/elsewhere"})

    app.add_url_rule("/moved", view_func=raising(Moved))

    redirect = driver.request("GET", "/slash")
    assert (redirect.status, redirect.one("location")) == (308, "http://testserver/slash/")
    assert redirect.one("x-request-id")
    first = driver.request("GET", "/response")
    assert (first.status, first.body, first.one("x-mine")) == (409, b"mine", "1")
    second = driver.request("GET", "/with-response")
    assert (second.status, second.body) == (410, b"also mine")
    assert driver.request("GET", "/moved").one("location") == "/elsewhere"
    assert records.seen == []


def test_routers_own_errors_are_in_the_envelope(app, driver, records) -> None:
    """F4: what the router does not know, and a method that is not served."""
    app.add_url_rule("/known", view_func=lambda: "known", methods=["GET", "PUT"])

    missing = driver.request("GET", "/prefix/unknown")
    refused = driver.request("DELETE", "/known")

    assert (missing.status, missing.document()["code"]) == (404, "NOT_FOUND")
    assert (refused.status, refused.document()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(refused.one("allow").split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}
    assert [record.route for record in records.seen] == [None, None]


@pytest.mark.parametrize("debug", [False, True])
def test_what_was_asked_for_is_not_told(debug, app, driver) -> None:
    """F5: neither the name of a missing form field nor the words of the JSON parser are in the answer."""
    app.debug = debug

    @app.post("/form")
    def form():
        return request.form["secret_field"]

    @app.post("/json")
    def json():
        return request.get_json()

    missing = driver.request("POST", "/form")
    broken = driver.request("POST", "/json", [("Content-Type", "application/json")], b'{"pin": hunter2')

    for answer in (missing, broken):
        assert (answer.status, answer.document()["code"]) == (400, "INVALID_REQUEST")
        for word in (b"secret_field", b"hunter2", b"KeyError", b"Expecting", b"char"):
            assert word not in answer.body


def test_headers_of_the_exception_are_kept(app, driver) -> None:
    """F6: Allow, Retry-After and every challenge; but what describes werkzeug's own page is not."""
    from werkzeug.datastructures import WWWAuthenticate

    app.add_url_rule("/busy", view_func=raising(lambda: TooManyRequests(retry_after=30)))
    challenges = [WWWAuthenticate("basic", {"realm": "x"}), WWWAuthenticate("bearer", token="t")]
    app.add_url_rule("/who", view_func=raising(lambda: Unauthorized(www_authenticate=challenges)))

    busy, who = driver.request("GET", "/busy"), driver.request("GET", "/who")

    assert (busy.status, busy.one("retry-after"), busy.document()["retry_after"]) == (429, "30", 30)
    assert (who.status, who.one("www-authenticate")) == (401, "Basic realm=x, Bearer t")
    assert busy.one("content-type") == who.one("content-type") == "application/problem+json"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body_are_empty(status, app, driver) -> None:
    """F7: there is no content type either, and the answer is no failure."""
    app.add_url_rule("/nothing", view_func=raising(type("Nothing", (HTTPException,), {"code": status})))

    answer = driver.request("GET", "/nothing")

    assert (answer.status, answer.body, answer.all("content-type")) == (status, b"", [])


def test_head_has_headers_and_no_body(app, driver) -> None:
    """F8: the length is that of the answer to GET."""
    app.add_url_rule("/missing", view_func=raising(lambda: NotFoundError("No such agent.")))
    headers = [("X-Request-ID", "req_1")]

    head, get = driver.request("HEAD", "/missing", headers), driver.request("GET", "/missing", headers)

    assert (head.status, head.body) == (404, b"")
    assert sorted(head.headers) == sorted(get.headers)
    assert int(head.one("content-length")) == len(get.body)


def test_broken_stream_reaches_the_server(app, driver, records) -> None:
    """F9: the error is recorded once, under its own code and with its route, and goes on to who can cut the connection."""

    @app.get("/stream/<name>")
    def stream(name):
        def chunks():
            yield "first"
            raise UnavailableError("late")

        return Response(chunks())

    seen = driver.exchange("GET", "/stream/a", [("X-Request-ID", "req_1")])

    assert isinstance(seen.raised, UnavailableError)
    assert (seen.answer.status, seen.answer.body, seen.answer.complete) == (200, b"first", False)
    record = records.the_one("req_1")
    assert (record.code, record.phase, record.route) == ("SERVICE_UNAVAILABLE", "stream", "/stream/<name>")
