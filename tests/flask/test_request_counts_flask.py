# SPDX-License-Identifier: MIT
"""Requests of Flask are counted when their body has ended, each once, by the rule that was chosen."""

from __future__ import annotations

import gc
import weakref

import pytest
from flask import Flask, Response, request, send_file
from werkzeug.test import EnvironBuilder

from errcore import NotFoundError, clock
from errcore.testing import FakeClock
from errcore_flask import install


def build(runtime, **settings):
    app = Flask("errcore.tests.counts")
    install(app, runtime, **settings)

    @app.get("/fine/<name>")
    def fine(name):
        return name

    @app.get("/v2/lost/<thing>")
    @app.get("/lost/<thing>", endpoint="old")
    def lost(thing):
        raise NotFoundError

    @app.get("/bug")
    def bug():
        raise ValueError

    @app.get("/exit")
    def leave():
        raise SystemExit

    @app.get("/parts")
    def parts():
        def made():
            if request.args.get("early"):
                raise ValueError
            yield b"first"
            if request.args.get("late"):
                raise ValueError
            yield b"second"

        from flask import stream_with_context

        return Response(stream_with_context(made()))

    return app


def environ(path):
    builder = EnvironBuilder(path)
    try:
        return builder.get_environ()
    finally:
        builder.close()


def start(status, headers, exc_info=None):
    return lambda data: None


def serve(app, path, *, parts=None, given=None):
    """What a server does: so many parts of the body, all of them where None, and the end of it."""
    given = environ(path) if given is None else given
    body = app.wsgi_app(given, start)
    try:
        for number, _ in enumerate(body, 1):
            if number == parts:
                break
    finally:
        getattr(body, "close", list)()


def requests_of(runtime):
    return runtime.monitor.stats("5m")["requests"]


def totals_of(runtime):
    return {route: of["total"] for route, of in requests_of(runtime)["by_route"].items()}


@pytest.mark.parametrize(
    ("path", "parts", "outcome"),
    [
        ("/fine/a", None, "ok"),
        ("/lost/a", None, "client_error"),
        ("/bug", None, "server_error"),
        ("/exit", None, "server_error"),
        ("/parts", None, "ok"),
        ("/parts", 1, "cancelled"),
        ("/parts?early=1", None, "server_error"),
        ("/parts?late=1", None, "ok"),
    ],
)
def test_outcome_is_that_of_the_answer(path, parts, outcome, runtime) -> None:
    """What was started counts once; a server that does not ask for the end has lost its client."""
    app = build(runtime)
    try:
        serve(app, path, parts=parts)
    except (ValueError, SystemExit):
        pass

    assert requests_of(runtime)["by_outcome"] == {outcome: 1}


def test_routes_are_rules(runtime) -> None:
    """Never a path that was asked for; scanners share one name."""
    app = build(runtime)
    for path in ("/fine/a", "/fine/b", "/lost/a", "/nowhere/1", "/nowhere/2", "/.env"):
        serve(app, path)

    assert totals_of(runtime) == {"/fine/<name>": 2, "/lost/<thing>": 1, "<unmatched>": 3}


def test_only_what_is_ours_is_counted(runtime) -> None:
    """A request outside of the prefixes passes as if nobody were there."""
    app = build(runtime, prefixes=["/v2"])
    for path in ("/lost/a", "/v2/lost/a", "/v2/nowhere"):
        serve(app, path)

    assert totals_of(runtime) == {"/v2/lost/<thing>": 1, "<unmatched>": 1}


def test_application_inside_of_another_counts_once(runtime) -> None:
    """The outer one does, which has the whole request."""
    outer, inner = build(runtime), build(runtime)
    front = outer.wsgi_app
    front.wsgi_app = inner.wsgi_app
    serve(outer, "/fine/a")

    assert requests_of(runtime)["total"] == 1


def test_file_that_the_server_sends(runtime, tmp_path) -> None:
    """It is over for us when the server has it."""
    from wsgiref.util import FileWrapper

    app = build(runtime)
    path = tmp_path / "report.txt"
    path.write_text("report")

    @app.get("/file")
    def file():
        return send_file(path)

    serve(app, "/file", given={**environ("/file"), "wsgi.file_wrapper": FileWrapper})

    assert totals_of(runtime) == {"/file": 1}
    assert requests_of(runtime)["by_outcome"] == {"ok": 1}


def test_duration_ends_with_the_body(runtime) -> None:
    """What runs when it is closed, nobody waits for."""
    with clock.using(FakeClock()) as fake:
        app = build(runtime)

        @app.get("/slow")
        def slow():
            def parts():
                fake.advance(0.1)
                yield b"first"
                fake.advance(0.3)
                yield b"second"

            response = Response(parts())
            response.call_on_close(lambda: fake.advance(30.0))
            return response

        serve(app, "/slow")
        took = requests_of(runtime)["by_route"]["/slow"]["p50"]

    assert took == pytest.approx(0.4, rel=0.03)


def test_status_line_that_is_none(runtime) -> None:
    """A server refuses it and answers by itself; nothing breaks here. Without Flask's request there is no route."""
    app = build(runtime)

    def wsgi_app(given, begin):
        begin("fine", [])
        return [b"body"]

    app.wsgi_app.wsgi_app = wsgi_app
    serve(app, "/a")

    assert totals_of(runtime) == {"<unmatched>": 1}
    assert requests_of(runtime)["by_outcome"] == {"server_error": 1}


def test_test_client_counts_what_it_reads(runtime) -> None:
    """With or without closing the response."""
    app = build(runtime)
    client = app.test_client()
    assert client.get("/fine/a").text == "a"
    with client.get("/fine/b") as response:
        assert response.text == "b"

    assert requests_of(runtime)["by_outcome"] == {"ok": 2}


@pytest.mark.parametrize("path", ["/fine/a", "/lost/a"])
def test_nothing_of_a_request_is_kept(path, runtime) -> None:
    """Counting does not keep a request alive."""
    app = build(runtime)
    kept = []

    @app.after_request
    def note(response):
        kept.append(weakref.ref(response))
        return response

    gc.collect()
    gc.disable()
    try:
        serve(app, path)
        alive = [ref() for ref in kept]
    finally:
        gc.enable()

    assert alive == [None]
