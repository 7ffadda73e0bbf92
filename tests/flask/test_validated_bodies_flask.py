# SPDX-License-Identifier: MIT
"""Request bodies that an errcore validator checks, in Flask: what views get, and what clients read."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Annotated

import attrs
import pytest
from flask import Flask, request

import errcore_flask
from errcore import ConfigurationError, InputValidator, Validator, rule
from errcore.testing.wsgi import WsgiDriver
from errcore.validation import Email, JsonBody, Range

JSON = [("Content-Type", "application/json")]
GOOD = {"email": "ada@example.org", "age": 36}


@attrs.define
class Signup:
    email: Annotated[str, Email()]
    age: Annotated[int, Range(18, 120)] = 18


def post(app, document, headers=JSON, **environ):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return WsgiDriver(app).exchange("POST", "/", headers, content, environ).answer


def told(answer):
    return [(each["pointer"], each["code"], each["location"]) for each in answer.document()["errors"]]


@pytest.fixture
def taking(app):
    """An application whose view takes what it is told to."""

    def take(what, limits=None):
        @app.post("/")
        def view():
            given = errcore_flask.body(what) if limits is None else errcore_flask.body(what, limits=limits)
            return {"given": attrs.asdict(given) if attrs.has(type(given)) else given}

        return app

    return take


def test_view_gets_what_the_class_says(taking) -> None:
    """An instance for a good body; for a bad one 422 with everything that is wrong, and where."""
    app = taking(Signup)

    assert post(app, GOOD).document() == {"given": GOOD}
    answer = post(app, {"age": True})
    assert answer.status == 422
    assert told(answer) == [("#/email", "REQUIRED", "body"), ("#/age", "WRONG_TYPE", "body")]


@pytest.mark.parametrize("kind", ["validator", "builder"])
def test_whatever_says_what_is_wanted(taking, kind) -> None:
    """A validator, or a builder of one."""
    builder = InputValidator()
    builder.field("age").required().type(int)
    app = taking(builder.build() if kind == "validator" else builder)

    assert post(app, {"age": 36, "more": 1}).document() == {"given": {"age": 36}}


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{}", [("Content-Type", "text/plain")], 415, "MEDIA_TYPE_UNSUPPORTED"),
        (b"{}", [], 415, "MEDIA_TYPE_UNSUPPORTED"),
        (b" " * 65, JSON, 413, "PAYLOAD_TOO_LARGE"),
        (b"", [], 422, "VALIDATION_ERROR"),
        (b"{", JSON, 422, "VALIDATION_ERROR"),
        (b'{"a": NaN}', JSON, 422, "VALIDATION_ERROR"),
        (b"[[[[[[]]]]]]", JSON, 422, "VALIDATION_ERROR"),
    ],
)
def test_what_is_no_body(taking, content, headers, status, code) -> None:
    """Another type, too long, missing, broken, too deep."""
    answer = post(taking(Signup, JsonBody(max_bytes=64, max_depth=5)), content, headers)

    assert (answer.status, answer.document()["code"]) == (status, code)
    if status == 422:
        assert [(pointer, location) for pointer, _, location in told(answer)] == [("#", "body")]


def in_chunks(content: bytes) -> dict[str, object]:
    """An environ in which nobody has said how long the body is."""
    return {"wsgi.input": io.BytesIO(content), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}


def test_bodies_whose_length_nobody_has_said(app) -> None:
    """Read in pieces up to the limit, and kept for others."""

    @app.post("/")
    def view():
        signup = errcore_flask.body(Signup, limits=JsonBody(max_bytes=100_000))
        return {"age": signup.age, "again": request.json, "and again": errcore_flask.body(Signup).age}

    environ = in_chunks(json.dumps(GOOD).encode())
    environ.pop("CONTENT_LENGTH")
    headers = [*JSON, ("Transfer-Encoding", "chunked")]
    exchanged = WsgiDriver(_without_length(app)).exchange("POST", "/", headers, b"", environ)
    assert exchanged.answer.document() == {"age": 36, "again": GOOD, "and again": 36}

    environ["wsgi.input"] = io.BytesIO(b" " * 200_000)
    exchanged = WsgiDriver(_without_length(app)).exchange("POST", "/", headers, b"", environ)
    assert exchanged.answer.status == 413
    assert environ["wsgi.input"].tell() < 200_000


def _without_length(app):
    def wrapped(environ, start_response):
        environ.pop("CONTENT_LENGTH", None)
        return app(environ, start_response)

    return wrapped


def test_others_may_read_the_body_too(app) -> None:
    """Before and after."""

    @app.before_request
    def early():
        request.get_data()

    @app.post("/")
    def view():
        return {"age": errcore_flask.body(Signup).age, "again": request.json}

    assert post(app, GOOD).document() == {"age": 36, "again": GOOD}


def test_rules_that_wait(app) -> None:
    """In an `async` view, or wherever else a coroutine runs."""

    @rule(code="EMAIL_TAKEN", message="Is taken.")
    async def free(email: str) -> bool:
        return not email.startswith("ada")

    what = Validator.of(Signup).with_async_rules({"email": free})

    @app.post("/")
    def view():
        signup = asyncio.run(errcore_flask.abody(what, limits=JsonBody(max_bytes=100)))
        return {"email": signup.email}

    assert post(app, {"email": "bob@example.org"}).document() == {"email": "bob@example.org"}
    assert told(post(app, GOOD)) == [("#/email", "EMAIL_TAKEN", "body")]
    assert post(app, {"email": "x" * 100}).status == 413


def test_crashed_rule_is_our_fault(taking, records) -> None:
    """500 without a word about it, and the traceback in the log without its text."""

    @rule(code="SLUG_FORMAT", message="must be a slug")
    def slug(value: str) -> bool:
        return {"known": True}[value]

    v = InputValidator()
    v.field("slug").required().rule(slug)

    answer = post(taking(v), {"slug": "canary-4711"})

    assert (answer.status, answer.document()["code"]) == (500, "VALIDATION_RULE_CRASHED")
    assert b"canary" not in answer.body
    record = records.the_one()
    assert "canary" not in repr(record.internal)
    [cause] = record.internal["causes"]
    assert cause["message"] == "KeyError in the rule slug"
    assert cause["at"].endswith(".slug")


def test_a_validator_that_waits_is_named_with_the_remedy() -> None:
    """Before it is looked for something that it has not."""

    @rule(code="TAKEN", message="is taken")
    async def is_free(value: str) -> bool:
        return True

    waiting = Validator.of(Signup).with_async_rules({"email": is_free})
    app = Flask("waiting")
    with app.test_request_context(method="POST", json={}), pytest.raises(ConfigurationError, match="abody"):
        errcore_flask.body(waiting)
