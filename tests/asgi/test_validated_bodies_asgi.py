# SPDX-License-Identifier: MIT
"""Request bodies that an errcore validator checks, in plain ASGI."""

from __future__ import annotations

import json
from typing import Annotated

import attrs
import pytest

from errcore import InputValidator, Validator, rule
from errcore.testing.asgi import AsgiDriver
from errcore.validation import JsonBody, Range
from errcore_asgi import ErrorMiddleware, body

JSON = [("Content-Type", "application/json")]


@attrs.define
class Signup:
    age: Annotated[int, Range(18, 120)]


def taking(what, runtime, **options) -> AsgiDriver:
    """An application that takes it."""

    async def app(scope, receive, send):
        given = await body(scope, receive, what, **options)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(str(given)).encode()})

    return AsgiDriver(ErrorMiddleware(app, runtime))


def test_application_gets_what_is_declared(runtime) -> None:
    """By a class, a validator, a builder of one, or with rules that wait."""

    @rule(code="TAKEN", message="Is taken.")
    async def free(value: int) -> bool:
        return value != 36

    builder = InputValidator()
    builder.field("age").type(int)
    waiting = Validator.of(Signup).with_async_rules({"age": free})

    assert taking(Signup, runtime).request("POST", "/", JSON, b'{"age": 20}').body == b'"Signup(age=20)"'
    assert taking(builder, runtime).request("POST", "/", JSON, b'{"age": 20}').status == 200
    assert taking(waiting, runtime).request("POST", "/", JSON, b'{"age": 20}').status == 200
    for what, pointer, code, document in (
        (Signup, "#/age", "TOO_SMALL", b'{"age": 7}'),
        (waiting, "#/age", "TAKEN", b'{"age": 36}'),
        (builder, "#", "INVALID_FORMAT", b"{"),
    ):
        answer = taking(what, runtime).request("POST", "/", JSON, document)
        [error] = answer.document()["errors"]
        assert (answer.status, error["pointer"], error["code"], error["location"]) == (
            422,
            pointer,
            code,
            "body",
        )


@pytest.mark.parametrize(
    ("headers", "parts", "status"),
    [
        ([("Content-Type", "text/plain")], [b"{}"], 415),
        ([], [b"{}"], 415),
        ([*JSON, ("Content-Length", "11")], [b"{}"], 413),
        (JSON, [b" " * 6, b" " * 5, b" "], 413),
        (JSON, [b'{"ag', b'e":2', b"0}"], 200),
    ],
)
def test_limits(runtime, headers, parts, status) -> None:
    """By the headers, or as it arrives."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts[:-1]]
    driver = taking(Signup, runtime, limits=JsonBody(max_bytes=10))

    conversation = driver.converse(
        {"type": "http", "method": "POST", "path": "/"},
        [*messages, {"type": "http.request", "body": parts[-1]}],
        headers,
    )

    assert conversation.answer.status == status


def test_client_that_goes_away(runtime, records) -> None:
    """Nobody is answered, and nothing failed."""
    conversation = taking(Signup, runtime).converse(
        {"type": "http", "method": "POST", "path": "/"}, [{"type": "http.disconnect"}], JSON
    )

    assert (conversation.sent, conversation.raised) == ([], None)
    assert [record.code for record in records.seen] == ["CLIENT_DISCONNECTED"]
