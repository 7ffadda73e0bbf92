# SPDX-License-Identifier: MIT
"""Beside what an application has already: its own handlers, and the paths that are not errcore's yet."""

from __future__ import annotations

import logging

import pytest
from flask import Blueprint, Flask, Response, abort, got_request_exception, request
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from errcore import AppError, NotFoundError, UnavailableError, context
from errcore.testing.conformance import Records
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import install


class LegacyError(Exception):
    """What the application raised so far."""


def legacy(exc):
    return f"legacy: {type(exc).__name__}", 418


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("what", [LegacyError, HTTPException, NotFound, 404, AppError, NotFoundError])
def test_handlers_of_the_application_win(what, before, runtime, records) -> None:
    """For a class of its own, a status or the very classes that errcore handles, whenever it was registered."""
    app = Flask("agents")
    if before:
        app.register_error_handler(what, legacy)
    install(app, runtime)
    if not before:
        app.register_error_handler(what, legacy)

    @app.get("/")
    def view():
        if what is LegacyError:
            raise LegacyError
        raise NotFoundError if what in (AppError, NotFoundError) else NotFound

    answer = WsgiDriver(app).request("GET", "/", [("X-Request-ID", "req_1")])

    assert (answer.status, answer.body[:7]) == (418, b"legacy:")
    assert answer.one("x-request-id") == "req_1"
    assert records.seen == []


def test_blueprints_handlers_win(app) -> None:
    """A blueprint that answers its own errors goes on doing so."""
    blueprint = Blueprint("old", __name__)
    blueprint.register_error_handler(NotFoundError, legacy)
    blueprint.register_error_handler(404, legacy)

    @blueprint.get("/declared")
    def declared():
        raise NotFoundError

    @blueprint.get("/aborted")
    def aborted():
        abort(404)

    app.register_blueprint(blueprint, url_prefix="/old")

    for path in ("/old/declared", "/old/aborted"):
        assert WsgiDriver(app).request("GET", path).status == 418
    assert WsgiDriver(app).request("GET", "/nowhere").status == 404


def test_handler_for_everything_keeps_what_it_has(app, records) -> None:
    """A handler for `Exception` answers bugs as before; what is more specific is errcore's."""
    app.register_error_handler(Exception, legacy)
    app.add_url_rule("/bug", "bug", lambda: 1 / 0)

    assert WsgiDriver(app).request("GET", "/bug").body == b"legacy: ZeroDivisionError"
    assert WsgiDriver(app).request("GET", "/nowhere").document()["code"] == "NOT_FOUND"
    assert len(records.seen) == 1


@pytest.mark.parametrize("what", [500, InternalServerError, HTTPException])
def test_own_answer_to_bugs_is_sent_and_the_bug_is_reported(what, app, records) -> None:
    """The page for errors is the application's; the record is errcore's all the same, since Flask told it."""
    app.register_error_handler(what, legacy)
    app.add_url_rule("/bug", "bug", lambda: 1 / 0)

    answer = WsgiDriver(app).request("GET", "/bug", [("X-Request-ID", "req_1")])

    assert answer.body == b"legacy: InternalServerError"
    assert records.the_one("req_1").type_name == "ZeroDivisionError"


def noisy(app, tell):
    """Everything that can happen to a request, below any prefix."""

    @app.route("/<where>/<what>", methods=["GET", "POST"])
    def fail(where, what):
        tell(context.current().ids)
        if what == "bug":
            raise ValueError("bug")
        if what == "group":
            raise ExceptionGroup("tasks", [NotFoundError("in a group")])
        if what == "declared":
            raise NotFoundError("declared")
        if what == "form":
            return request.form["field"]
        if what == "nameless":
            raise HTTPException("no status")
        if what == "stream":
            return Response(chunks())
        if what == "response":
            abort(Response("mine", 409))
        abort(int(what))

    def chunks():
        yield "first"
        raise UnavailableError("late")

    @app.get("/<where>/slash/")
    def slash(where):
        return "slash"


WHATS = ["bug", "group", "declared", "form", "nameless", "stream", "response", "404", "503", "slash", "x/y/z"]


@pytest.mark.parametrize(
    "config", [{}, {"DEBUG": True}, {"TESTING": True}, {"TRAP_HTTP_EXCEPTIONS": True}], ids=str
)
@pytest.mark.parametrize(
    "handlers", [(), (Exception,), (Exception, 500, 404), (LookupError, HTTPException)], ids=str
)
def test_other_paths_are_as_if_errcore_were_not_there(config, handlers, runtime) -> None:
    """No id, no envelope, no report, and whatever Flask or the application's own handlers would have done."""
    said = {}
    for name in ("without", "with"):
        app = Flask("agents")
        app.logger.addHandler(logging.NullHandler())
        app.logger.propagate = False
        app.config.update(config)
        if name == "with":
            install(app, runtime, prefixes=["/new", "/news/today/"])
        for what in handlers:
            app.register_error_handler(what, legacy)
        ids, signalled, torn_down = [], [], []
        noisy(app, ids.append)
        app.teardown_request(lambda exc, seen=torn_down: seen.append(repr(exc)))

        def listen(sender, exception, seen=signalled, **_):
            seen.append(repr(exception))

        answers = []
        with Records() as records, got_request_exception.connected_to(listen, app):
            for what in WHATS:
                for method in ("GET", "PUT"):
                    seen = WsgiDriver(app).exchange(
                        method, f"/newsletter/{what}", [("X-Request-ID", "req_1")]
                    )
                    answers.append((what, seen.answer, repr(seen.raised), seen.starts))
        said[name] = (answers, signalled, torn_down)
        assert records.seen == []
        assert set(ids) == {None}
        app.logger.handlers.clear()

    for (what, *mine), (_, *plain) in zip(said["with"][0], said["without"][0], strict=True):
        assert mine == plain, what
    assert said["with"][1:] == said["without"][1:]


def test_paths_below_a_prefix_are_errcores(app, runtime) -> None:
    """The prefix itself and what is below it, on the border of a segment, whatever the spelling."""
    app = Flask("agents")
    install(app, runtime, prefixes=["/new", "/größe/x/"])

    covered = {
        path: bool(WsgiDriver(app).request("GET", path).all("x-request-id"))
        for path in (
            "/new",
            "/new/",
            "/new/a",
            "/newer",
            "/",
            "/a/new",
            "/größe/x",
            "/größe/x/y",
            "/größe",
            "/New",
        )
    }

    assert [path for path, ours in covered.items() if ours] == [
        "/new",
        "/new/",
        "/new/a",
        "/größe/x",
        "/größe/x/y",
    ]


def test_a_slash_covers_everything(runtime) -> None:
    """`/` is a prefix of every path."""
    app = Flask("agents")
    install(app, runtime, prefixes=["/v1", "/"])

    assert WsgiDriver(app).request("GET", "/nowhere").document()["code"] == "NOT_FOUND"


def test_slashes_at_the_front_leave_nobodys_reach(runtime) -> None:
    """Flask's router takes several slashes for one, so a prefix covers such a path, too."""
    app = Flask("agents")
    install(app, runtime, prefixes=["/v2"])

    for path in ("/v2/nowhere", "//v2/nowhere", "///v2/nowhere"):
        assert WsgiDriver(app).request("GET", path).document()["code"] == "NOT_FOUND"
