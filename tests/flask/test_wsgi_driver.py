# SPDX-License-Identifier: MIT
"""The WSGI driver of the testing kit: it shows what a server would see, and insists on what PEP 3333 says."""

from __future__ import annotations

import subprocess
import sys
from wsgiref.validate import validator

import pytest

from errcore.testing.wsgi import WsgiDriver


def started(start_response, status="200 OK", headers=(("Content-Type", "text/plain"),), *rest):
    return start_response(status, list(headers), *rest)


def test_request_arrives_as_servers_hand_it_over() -> None:
    """Method, path, query, headers of one name joined, body; a validator has nothing to complain of."""
    seen = {}

    def app(environ, start_response):
        seen.update(environ, body=environ["wsgi.input"].read(4))
        print("hello", file=environ["wsgi.errors"])
        started(start_response)
        return [b"fine"]

    exchanged = WsgiDriver(validator(app)).exchange(
        "POST",
        "/größe?a=b&c",
        [("X-Many", "1"), ("x-many", "2"), ("Content-Type", "text/plain")],
        b"body",
        {"errcore.tests": "more"},
    )

    assert exchanged.answer.body == b"fine" and exchanged.raised is exchanged.raised_in_close is None
    assert exchanged.errors == "hello\n"
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/größe"
    assert {
        name: seen[name] for name in ("QUERY_STRING", "HTTP_X_MANY", "CONTENT_TYPE", "CONTENT_LENGTH", "body")
    } == {
        "QUERY_STRING": "a=b&c",
        "HTTP_X_MANY": "1,2",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "4",
        "body": b"body",
    }
    assert seen["errcore.tests"] == "more"


def test_cut_body_is_not_complete() -> None:
    """What was sent was sent; what raised is there, and so is what raised when the body was closed."""

    class Body:
        def __init__(self, *chunks):
            self.chunks = iter(chunks)

        def __iter__(self):
            yield from self.chunks
            raise ValueError("late")

        def close(self):
            raise KeyError("later")

    def app(environ, start_response):
        started(start_response)
        return Body(*([] if environ["PATH_INFO"] == "/empty" else [b"", b"first"]))

    cut, empty = WsgiDriver(app).exchange("GET", "/"), WsgiDriver(app).exchange("GET", "/empty")

    assert (cut.answer.status, cut.answer.body, cut.answer.complete) == (200, b"first", False)
    assert (type(cut.raised), type(cut.raised_in_close)) == (ValueError, KeyError)
    assert (empty.answer.status, empty.answer.complete) == (0, False)


def test_status_may_be_changed_until_something_was_sent() -> None:
    """With `exc_info`; afterwards the exception is raised again."""

    def app(environ, start_response):
        write = started(start_response)
        if environ["PATH_INFO"] == "/late":
            write(b"first")
        try:
            raise ValueError("no")
        except ValueError:
            started(start_response, "500 Oh", (), sys.exc_info())
        return [b"sorry"]

    early, late = WsgiDriver(app).exchange("GET", "/"), WsgiDriver(app).exchange("GET", "/late")

    assert (early.answer.status, early.answer.body) == (500, b"sorry")
    assert isinstance(late.raised, ValueError)
    assert (late.answer.status, late.answer.body, late.answer.complete) == (200, b"first", False)


@pytest.mark.parametrize(
    ("calls", "words"), [(0, "before start_response was called"), (2, "start_response was called twice")]
)
def test_broken_applications_are_told(calls, words) -> None:
    """An application that a server may refuse does not pass here."""

    def app(environ, start_response):
        for _ in range(calls):
            started(start_response)
        return [b"body"]

    exchanged = WsgiDriver(app).exchange("GET", "/")

    assert words in str(exchanged.raised)


def test_it_needs_no_framework() -> None:
    """It is for every WSGI application."""
    program = (
        "import sys, errcore.testing.wsgi\n"
        "print([name for name in ('werkzeug', 'flask', 'pytest') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
