# SPDX-License-Identifier: MIT
"""Teardown functions that commit unless something failed, with a real SQLite file: `failure()` tells them what did."""

from __future__ import annotations

import sqlite3

import pytest
from flask import Response, abort, g, stream_with_context
from werkzeug.exceptions import HTTPException

from errcore import ConflictError, UnavailableError
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import failure


class NotModified(HTTPException):
    code = 304


def raise_declared():
    raise ConflictError("Taken.")


def raise_group():
    raise ExceptionGroup("tasks", [ConflictError("Taken.")])


def raise_not_modified():
    raise NotModified


OUTCOMES = {
    "fine": (lambda: "fine", True),
    "not-modified": (raise_not_modified, True),
    "declared": (raise_declared, False),
    "group": (raise_group, False),
    "bug": (lambda: 1 / 0, False),
    "aborted": (lambda: abort(409), False),
    "chosen": (lambda: abort(409, response=Response("mine", 409)), False),
    "chosen-bare": (lambda: abort(Response("mine", 409)), False),
    "chosen-fine": (lambda: abort(Response("mine", 202)), True),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "orders.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (name TEXT)")
    connection.close()
    return path


def orders(path):
    """What is in the file, seen by somebody else."""
    connection = sqlite3.connect(path)
    try:
        return [name for (name,) in connection.execute("SELECT name FROM orders")]
    finally:
        connection.close()


def order(path):
    """Begin a transaction that the teardown function has to end."""
    g.connection = sqlite3.connect(path)
    g.connection.execute("INSERT INTO orders VALUES ('one')")


def settle(exc):
    """What the how-to page tells people to write."""
    connection = g.pop("connection", None)
    if connection is not None:
        if exc is None and failure() is None:
            connection.commit()
        else:
            connection.rollback()
        connection.close()


@pytest.mark.parametrize("hook", ["teardown_request", "teardown_appcontext"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_whatever_failed_is_rolled_back(outcome, hook, path, app) -> None:
    """Flask tells teardown functions of bugs alone; of the others `failure()` does, in both kinds of them."""
    act, committed = OUTCOMES[outcome]
    getattr(app, hook)(settle)

    @app.post("/orders")
    def create():
        order(path)
        return act()

    for _ in range(2):
        WsgiDriver(app).request("POST", "/orders")

    assert orders(path) == (["one"] * 2 if committed else [])
    assert failure() is None


def test_without_it_a_declared_error_would_commit(path, app) -> None:
    """Which is why it is there: to Flask, an error that was answered has been handled."""
    told = []

    @app.teardown_request
    def naive(exc):
        told.append(exc)

    app.add_url_rule("/", "declared", raise_declared)
    WsgiDriver(app).request("GET", "/")

    assert told == [None]


def test_failure_is_the_exception_itself(app) -> None:
    """Of a bug, the one that teardown functions get; of `abort`, what it raised."""
    seen = []

    @app.teardown_request
    def look(exc):
        seen.append((exc, failure()))

    for name in ("bug", "aborted", "declared"):
        app.add_url_rule(f"/{name}", name, OUTCOMES[name][0])
    for name in ("bug", "aborted", "declared"):
        WsgiDriver(app).request("GET", f"/{name}")

    bug, aborted, declared = seen
    assert bug[0] is bug[1] is not None
    assert (aborted[0], aborted[1].code) == (None, 409)
    assert (declared[0], declared[1].code) == (None, "CONFLICT")


def test_body_that_breaks_is_rolled_back(path, app) -> None:
    """With `stream_with_context` the request is torn down at the end of its body, and with the error."""
    app.teardown_request(settle)

    @app.get("/<how>")
    def stream(how):
        def chunks():
            order(path)
            yield "first"
            if how == "broken":
                raise UnavailableError

        return Response(stream_with_context(chunks()))

    WsgiDriver(app).request("GET", "/broken")
    assert orders(path) == []
    WsgiDriver(app).request("GET", "/whole")
    assert orders(path) == ["one"]
