# SPDX-License-Identifier: MIT
"""Requests that say how long they are waited for, to Flask: views, bodies in steps, and what comes after them."""

from __future__ import annotations

import logging
import threading
from contextvars import copy_context
from wsgiref.validate import validator

import pytest
from flask import Flask, Response, send_file

from errcore import NotFoundError, Runtime, clock, remaining
from errcore.policies import DEADLINE_HEADER, outgoing_headers
from errcore.testing import FakeClock
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import install


@pytest.fixture(autouse=True)
def now():
    """Time that takes none."""
    with clock.using(FakeClock(monotonic=1000.0)) as fake:
        yield fake


def build(runtime, **options):
    """An application, and what its parts note of the time that they have."""
    app, seen = Flask("deadlines"), []
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False
    install(app, runtime, **options)

    @app.before_request
    def before():
        seen.append(("before", remaining()))

    @app.get("/")
    @app.get("/v2")
    def view():
        seen.append(("view", remaining()))
        return "fine"

    @app.get("/stream")
    def stream():
        def chunks():
            for _ in range(2):
                seen.append(("chunk", remaining()))
                yield b"x"

        response = Response(chunks())
        response.call_on_close(lambda: seen.append(("close", remaining())))
        return response

    @app.get("/missing")
    def missing():
        raise NotFoundError

    @app.get("/bug")
    def bug():
        raise ValueError

    return app, seen


def ask(app, path, *sent, method="GET", headers=(), **environ):
    headers = [*headers, *((DEADLINE_HEADER, value) for value in sent)]
    return WsgiDriver(app).exchange(method, path, headers, environ=environ)


def test_view_has_the_callers_deadline(runtime) -> None:
    """And so have the functions before it."""
    app, seen = build(runtime)

    assert ask(app, "/", "1500").answer.body == b"fine"
    assert seen == [("before", 1.5), ("view", 1.5)]


def test_body_has_it_and_what_follows_has_not(runtime) -> None:
    """When the body is closed the answer is sent, and nobody waits."""
    app, seen = build(runtime)

    assert ask(app, "/stream", "1500").answer.body == b"xx"
    assert seen[1:] == [("chunk", 1.5), ("chunk", 1.5), ("close", None)]


def test_body_that_another_thread_sends(now, runtime) -> None:
    """Each step has what is left, whoever makes it; the threads are as they were."""
    app, seen = build(runtime)
    environ = WsgiDriver(app).exchange("GET", "/missing").environ
    environ = {**environ, "PATH_INFO": "/stream", "HTTP_X_REQUEST_TIMEOUT_MS": "1500"}
    del seen[:]
    body = app(environ, lambda *_: None)
    chunks = iter(body)
    sent, left = [], []

    def step():
        sent.append(next(chunks, None))
        left.append(remaining())

    for _ in range(3):
        thread = threading.Thread(target=copy_context().run, args=(step,))
        thread.start()
        thread.join()
        now.advance(1)
    body.close()

    assert sent == [b"x", b"x", None]
    assert left == [None, None, None]
    assert seen == [("before", 1.5), ("chunk", 1.5), ("chunk", 0.5), ("close", None)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/", "/no/such/path"])
def test_request_without_time_is_refused(path, method, runtime, records) -> None:
    """Flask hears nothing of it; the error is answered and recorded like any other, once, and the WSGI is sound."""
    app, seen = build(runtime)
    app.wsgi_app.wsgi_app = validator(app.wsgi_app.wsgi_app)

    exchanged = ask(validator(app), path, "0", method=method)

    assert (exchanged.raised, exchanged.raised_in_close, seen) == (None, None, [])
    assert [status for status, _ in exchanged.starts] == ["504 Gateway Timeout"]
    answer = exchanged.answer
    assert answer.one("x-request-id") == records.seen[0].context.ids.request_id
    if method == "HEAD":
        assert answer.body == b""
    else:
        assert answer.document()["code"] == "DEADLINE_EXCEEDED"
        assert answer.one("content-length") == str(len(answer.body))
    assert [(record.verdict.fault, record.phase) for record in records.seen] == [("caller", "handler")]
    assert "errcore.exchange" not in exchanged.environ


def test_status_that_has_no_name() -> None:
    """A service may have a status of its own for it."""
    with Runtime.for_tests(statuses={"DEADLINE_EXCEEDED": 599}) as runtime:
        app, _ = build(runtime)
        assert ask(app, "/", "0").starts[0][0] == "599 Unknown"


@pytest.mark.parametrize(
    "sent", [(), ("-1",), ("1e9",), ("1,5",), ("5", "5"), ("0", "0"), ("",), ("9" * 20,)]
)
def test_nonsense_is_no_deadline(sent, runtime) -> None:
    """Nor is none."""
    app, seen = build(runtime)

    assert ask(app, "/", *sent).answer.status == 200
    assert seen == [("before", None), ("view", None)]


@pytest.mark.parametrize("path", ["/", "/stream", "/missing", "/bug", "/no/such/path"])
def test_deadline_ends_with_its_request(path, runtime) -> None:
    """A thread serves many requests, one after the other; however each of them ended."""
    app, seen = build(runtime)

    ask(app, path, "1500")
    assert remaining() is None
    del seen[:]
    ask(app, "/")

    assert seen == [("before", None), ("view", None)]


def test_threads_that_go_on_are_free_of_it(runtime) -> None:
    """Those that were given the context, once the answer is sent, or the request has failed."""
    app, _ = build(runtime)
    contexts = []

    @app.get("/starts")
    def starts():
        contexts.append(copy_context())
        return "fine"

    @app.get("/starts/bug")
    def starts_bug():
        contexts.append(copy_context())
        raise ValueError

    app.config["PROPAGATE_EXCEPTIONS"] = True
    for path in ("/starts", "/starts/bug"):
        ask(app, path, "1500")

    assert [context.run(remaining) for context in contexts] == [None, None]


def test_file_that_the_server_sends_itself(runtime, tmp_path) -> None:
    """The request is over when Flask has handed it over."""
    app, _ = build(runtime)
    contexts = []
    (tmp_path / "a.txt").write_text("text")

    @app.get("/file")
    def file():
        contexts.append(copy_context())
        return send_file(tmp_path / "a.txt")

    class Wrapper:
        def __init__(self, file, size=8192):
            self.file = file

        def __iter__(self):
            return self.file

        def close(self):
            self.file.close()

    exchanged = ask(app, "/file", "1500", **{"wsgi.file_wrapper": Wrapper})

    assert exchanged.answer.status == 200
    assert contexts[0].run(remaining) is None


def test_websockets_have_no_deadline(runtime) -> None:
    """Extensions serve them out of a view; nobody waits for the end of a conversation."""
    app, seen = build(runtime)

    for sent in ("1500", "0"):
        ask(app, "/", sent, headers=[("Upgrade", "WebSocket")])
    assert seen == [("before", None), ("view", None)] * 2
    ask(app, "/", "1500", headers=[("Upgrade", "h2c")])
    assert seen[4:] == [("before", 1.5), ("view", 1.5)]


def test_only_requests_below_the_prefixes_have_a_deadline(runtime, records) -> None:
    """All others pass as if errcore were not there, also those without time."""
    app, seen = build(runtime, prefixes=["/v2"])

    for sent in ("1500", "0"):
        assert ask(app, "/", sent).answer.status == 200
    assert ask(app, "/v2", "1500").answer.status == 200
    assert [left for _, left in seen] == [None] * 4 + [1.5] * 2
    assert records.seen == []
    assert ask(app, "/v2", "0").answer.status == 504


def test_setting_switches_it_off() -> None:
    """Then a header is a header."""
    with Runtime.for_tests(deadlines=False) as runtime:
        app, seen = build(runtime)
        for sent in ("1500", "0"):
            assert ask(app, "/", sent).answer.status == 200

    assert [left for _, left in seen] == [None] * 4


def test_view_passes_on_what_is_left(now, runtime) -> None:
    """Less the time that it took itself, and the id of the request."""
    app, _ = build(runtime)

    @app.get("/sends")
    def sends():
        now.advance(1)
        return outgoing_headers()

    answer = ask(app, "/sends", "1500").answer
    assert answer.document() == {DEADLINE_HEADER: "500", "X-Request-ID": answer.one("X-Request-ID")}
