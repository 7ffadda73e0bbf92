# SPDX-License-Identifier: MIT
"""Ids and context of a request: the same everywhere in it, and gone after it, whoever sends the body."""

from __future__ import annotations

import threading

import pytest
from flask import Flask, Response, request, send_file, stream_with_context
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wsgi import FileWrapper

from errcore import NotFoundError, UnavailableError, context
from errcore.testing.conformance import Records
from errcore.testing.wsgi import WsgiDriver
from errcore_flask import failure, install


def seen_here():
    here = context.current()
    return f"{here.ids and here.ids.request_id} {here.actor}\n"


@pytest.fixture
def streaming(app):
    """An application whose body tells what it sees, at every step and when it is closed."""
    app.closed = []

    @app.get("/stream")
    def stream():
        def chunks():
            try:
                yield seen_here()
                with context.bind(actor="u1"):
                    yield seen_here()
                    yield seen_here()
                yield seen_here()
                if "break" in request_args:
                    raise UnavailableError("late")
            finally:
                app.closed.append(seen_here())

        request_args = set(request.args)
        response = Response(chunks())
        response.call_on_close(lambda: app.closed.append(seen_here()))
        return response

    return app


WHOLE = ["req_1 None\n", "req_1 u1\n", "req_1 u1\n", "req_1 None\n"]


@pytest.mark.parametrize("query", ["", "?break"])
def test_body_is_sent_in_the_context_of_its_request(query, streaming) -> None:
    """Every step of it, what it binds included, and what runs when it is closed; nothing of it is left outside."""
    with context.bind(tenant="outside"):
        seen = WsgiDriver(streaming).exchange("GET", f"/stream{query}", [("X-Request-ID", "req_1")])
        assert context.current().tenant == "outside"
        assert context.current().ids is None

    assert [chunk.decode() for chunk in seen.chunks] == WHOLE
    assert streaming.closed == ["req_1 None\n"] * 2
    assert context.current().ids is None
    assert "errcore.exchange" not in seen.environ


def test_bodies_of_one_thread_do_not_mix(streaming) -> None:
    """A server that sends several at a time, step by step, is in the right context at each step."""
    names = ["one", "two"]
    bodies = [begun(streaming, [("X-Request-ID", name)]) for name in names]
    steps = {name: [] for name in names}
    for _ in range(4):
        for name, body in zip(names, bodies, strict=True):
            steps[name].append(next(body).decode())
            assert context.current().ids is None
    for body in bodies:
        body.close()

    assert steps == {name: [line.replace("req_1", name) for line in WHOLE] for name in names}
    assert streaming.closed == ["one None\n", "one None\n", "two None\n", "two None\n"]


def begun(app, headers, path="/stream"):
    """The body of a response, not yet asked for anything."""
    held = {}

    def hold(environ, start_response):
        held["body"] = app(environ, start_response)
        return [b""]

    WsgiDriver(hold).exchange("GET", path, headers)
    return held["body"]


def test_body_may_be_sent_by_other_threads(streaming, records) -> None:
    """Each step by another one, as servers with pools may; none of them keeps anything."""
    body, steps, left = begun(streaming, [("X-Request-ID", "req_1")], "/stream?break"), [], []

    def step(action):
        def run():
            try:
                steps.append(action().decode())
            except UnavailableError:
                steps.append("broken")
            left.append(context.current().ids)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(10)

    for _ in range(5):
        step(lambda: next(body))
    step(lambda: body.close() or b"closed")

    # Also a `bind` that ends in another thread than where it began.
    assert steps == [*WHOLE, "broken", "closed"]
    assert left == [None] * 6
    assert records.the_one("req_1").phase == "stream"


def test_server_that_never_closes_leaks_nothing(streaming) -> None:
    """PEP 3333 asks it to; middleware forgets it all the same."""
    body = begun(streaming, [("X-Request-ID", "req_1")])
    next(body)

    assert context.current().ids is None
    assert failure() is None
    assert b"None" in WsgiDriver(streaming).exchange("GET", "/stream", [("X-Request-ID", "req_2")]).chunks[0]


def test_context_ends_where_the_application_raises(app) -> None:
    """Also with what may not be stopped, and with what the application forgot to unbind."""

    @app.before_request
    def bind():
        context.bind(actor="u1").__enter__()

    @app.get("/exit")
    def leave():
        raise SystemExit(3)

    app.add_url_rule("/actor", "actor", seen_here)
    driver = WsgiDriver(app)

    assert isinstance(driver.exchange("GET", "/exit").raised, SystemExit)
    assert driver.request("GET", "/actor", [("X-Request-ID", "req_1")]).body == b"req_1 u1\n"
    assert context.current() == context.ErrorContext()


def test_record_of_a_body_has_what_was_bound_for_the_request(app, records) -> None:
    """A hook that binds the actor binds it for the body as well."""

    @app.before_request
    def bind():
        context.bind(actor="u1").__enter__()

    @app.get("/")
    def stream():
        def chunks():
            yield "first"
            raise UnavailableError

        return Response(chunks())

    WsgiDriver(app).exchange("GET", "/", [("X-Request-ID", "req_1")])

    assert records.the_one("req_1").context.actor == "u1"


def test_stream_with_context_is_as_ever(app, records) -> None:
    """Flask's own way to keep the request while the body is sent, and its teardown at the end of it."""
    torn_down = []
    app.teardown_request(lambda exc: torn_down.append((repr(exc), repr(failure()))))

    @app.get("/<how>")
    def stream(how):
        def chunks():
            yield request.args["name"]
            if how == "broken":
                raise UnavailableError("late")

        return Response(stream_with_context(chunks()))

    whole = WsgiDriver(app).exchange("GET", "/whole?name=a")
    broken = WsgiDriver(app).exchange("GET", "/broken?name=a", [("X-Request-ID", "req_1")])

    assert (whole.answer.body, whole.raised) == (b"a", None)
    assert (broken.answer.body, type(broken.raised)) == (b"a", UnavailableError)
    assert records.the_one("req_1").route == "/<how>"
    assert "UnavailableError" in torn_down[-1][0]


def test_ids_of_the_application_win(app) -> None:
    """A response that has the header keeps it; one that has it twice keeps one, ours if that is among them."""

    @app.get("/ours")
    def ours():
        return Response("ours", headers=[("X-Request-ID", "own"), ("X-Request-ID", "req_1")])

    @app.get("/<int:count>")
    def own(count):
        response = Response("own")
        for turn in range(count):
            response.headers.add("x-request-id", f"own-{turn}")
        return response

    driver = WsgiDriver(app)
    for count, kept in ((0, "req_1"), (1, "own-0"), (2, "own-0"), ("ours", "req_1")):
        answer = driver.request("GET", f"/{count}", [("X-Request-ID", "req_1")])
        assert answer.one("x-request-id") == kept


def test_mounted_application_shares_the_id_and_the_record(app, runtime, records) -> None:
    """Two applications with errcore, one in the other: one id, one record, one header."""
    inner = Flask("inner")
    install(inner, runtime)

    @inner.get("/stream")
    def stream():
        def chunks():
            yield "first"
            raise UnavailableError

        return Response(chunks())

    app.wsgi_app.wsgi_app = DispatcherMiddleware(app.wsgi_app.wsgi_app, {"/inner": inner})
    driver = WsgiDriver(app)
    missing = driver.request("GET", "/inner/nowhere", [("X-Request-ID", "req_1")])
    driver.exchange("GET", "/inner/stream", [("X-Request-ID", "req_2")])

    assert missing.document()["request_id"] == missing.one("x-request-id") == "req_1"
    assert records.the_one("req_1").code == "NOT_FOUND"
    assert records.the_one("req_2").phase == "stream"


def test_request_within_a_request_is_its_own(app, records) -> None:
    """A view that asks its own application has its context back afterwards, and its own failure."""

    @app.get("/inner")
    def inner():
        raise NotFoundError("inner")

    @app.get("/outer")
    def outer():
        answer = WsgiDriver(app).request("GET", "/inner", [("X-Request-ID", "inner")])
        return f"{answer.one('x-request-id')} {context.current().ids.request_id} {failure()}"

    assert WsgiDriver(app).request("GET", "/outer", [("X-Request-ID", "outer")]).body == b"inner outer None"


def test_trace_of_the_caller_is_taken_over(app) -> None:
    """`traceparent` and `X-Correlation-ID` are read as everywhere else."""
    app.add_url_rule("/", "ids", lambda: vars(context.current().ids))
    trace = "a" * 32
    answer = WsgiDriver(app).request(
        "GET", "/", [("traceparent", f"00-{trace}-{'b' * 16}-01"), ("X-Correlation-ID", "c1")]
    )

    assert answer.document() == {
        "request_id": trace,
        "correlation_id": "c1",
        "trace_id": trace,
        "span_id": "b" * 16,
        "client_request_id": None,
    }
    assert answer.one("x-request-id") == trace


def test_files_are_left_to_the_server(app, tmp_path) -> None:
    """A server that sends files in its own way recognizes them by their class."""
    path = tmp_path / "file.txt"
    path.write_bytes(b"content")
    app.add_url_rule("/", "file", lambda: send_file(path))
    bodies = []

    def watched(environ, start_response):
        bodies.append(app({**environ, "wsgi.file_wrapper": FileWrapper}, start_response))
        return bodies[0]

    answer = WsgiDriver(watched).request("GET", "/", [("X-Request-ID", "req_1")])

    assert type(bodies[0]) is FileWrapper
    assert (answer.body, answer.one("x-request-id")) == (b"content", "req_1")


def test_body_may_be_any_iterable(app) -> None:
    """Middleware that is inside may send a plain list, which nobody can close."""

    def plain(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"plain"]

    app.wsgi_app.wsgi_app = plain
    answer = WsgiDriver(app).request("GET", "/", [("X-Request-ID", "req_1")])

    assert (answer.body, answer.one("x-request-id")) == (b"plain", "req_1")


def fail_in_middleware(app):
    def failing(environ, start_response):
        raise ValueError("inside")

    app.wsgi_app.wsgi_app = failing


def fail_in_handler(app):
    def fine():
        raise KeyError("first")

    def handler(exc):
        raise ValueError("second")

    app.add_url_rule("/a/<name>", "fine", lambda name: fine())
    app.register_error_handler(500, handler)


def fail_in_teardown(app):
    @app.teardown_request
    def tear_down(_exc):
        raise ValueError("late")


@pytest.mark.parametrize(
    ("arrange", "phase", "route"),
    [
        (fail_in_middleware, "handler", "/a/<name>"),
        (fail_in_handler, "handler", "/a/<name>"),
        (fail_in_teardown, "teardown", "/a/<name>"),
    ],
)
def test_what_escapes_from_flask_is_reported_and_goes_on(arrange, phase, route, app, records) -> None:
    """From middleware that is inside, from a handler of the application, from a teardown function."""
    arrange(app)
    if "fine" not in app.view_functions:
        app.add_url_rule("/a/<name>", "fine", lambda name: "fine")

    seen = WsgiDriver(app).exchange("GET", "/a/b", [("X-Request-ID", "req_1")])

    assert isinstance(seen.raised, ValueError)
    assert seen.answer.status == 0
    record = records.of("req_1")[-1]
    assert (record.type_name, record.phase, record.route) == ("ValueError", phase, route)
    assert [each.type_name for each in records.of("req_1")].count("ValueError") == 1
    assert context.current().ids is None
    assert "errcore.exchange" not in seen.environ


def test_failure_of_a_path_that_has_no_route_has_no_label(app, records) -> None:
    """Not even where looking for the route fails; a path is no label."""
    fail_in_middleware(app)
    WsgiDriver(app).exchange("GET", "/no/such/path", [("X-Request-ID", "req_1")])
    app.config["SERVER_NAME"] = "a.test"
    app.subdomain_matching = True
    WsgiDriver(app).exchange("GET", "/", [("X-Request-ID", "req_2"), ("Host", "[")])

    assert [record.route for record in records.seen] == [None, None]


def test_stop_iteration_when_closing_is_an_error_like_others(app, records) -> None:
    """Only from a step of the body does it mean the end."""

    def stop():
        raise StopIteration

    @app.get("/")
    def view():
        response = Response("fine")
        response.call_on_close(stop)
        return response

    seen = WsgiDriver(app).exchange("GET", "/", [("X-Request-ID", "req_1")])

    assert (seen.answer.body, type(seen.raised_in_close)) == (b"fine", StopIteration)
    assert records.the_one("req_1").phase == "background"


@pytest.mark.parametrize(
    "shared", [ValueError("made once"), UnavailableError("made once")], ids=["bug", "declared"]
)
def test_error_that_is_made_once_fails_each_request(shared, app, records) -> None:
    """One object raised by many threads at a time: each request has its own report, id and failure."""
    app.add_url_rule("/", "fail", lambda: raising(shared))
    gate, answers = threading.Barrier(8), []

    def ask(name):
        gate.wait(10)
        for turn in range(10):
            request_id = f"{name}-{turn}"
            answer = WsgiDriver(app).request("GET", "/", [("X-Request-ID", request_id)])
            answers.append((request_id, answer.document()["request_id"]))

    threads = [threading.Thread(target=ask, args=[f"thread-{number}"]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(answers) == 80
    assert all(sent == told for sent, told in answers)
    assert {len(records.of(sent)) for sent, _ in answers} == {1}


def raising(exc):
    raise exc


@pytest.mark.parametrize("part", [None, 7], ids=["none", "number"])
def test_part_of_a_body_that_is_no_bytes_breaks_it(part, app) -> None:
    """A body must not end as if it were whole where the application sent something that is no part of one."""
    app.add_url_rule("/odd", "odd", lambda: Response(iter([b"one", part, b"two"])))
    with Records() as records:
        seen = WsgiDriver(app).exchange("GET", "/odd", [("X-Request-ID", "req_odd")])

    assert seen.answer.body == b"one"
    assert isinstance(seen.raised, TypeError)
    assert records.the_one("req_odd").phase == "stream"


def test_body_that_cannot_be_iterated_is_closed(app) -> None:
    """Whoever opened something for a body gets it closed, also where the body cannot even begin."""
    closed = []

    class Broken(Response):
        def __call__(self, environ, start_response):
            start_response("200 OK", [])
            return self

        def __iter__(self):
            raise UnavailableError("no body")

        def close(self):
            closed.append(True)

    app.add_url_rule("/broken", "broken", lambda: Broken())
    seen = WsgiDriver(app).exchange("GET", "/broken")

    assert isinstance(seen.raised, UnavailableError)
    assert closed == [True]


def test_body_that_is_nothing_like_one_is_no_trouble_of_ours(app) -> None:
    """Something that can neither be iterated nor closed fails as what it is."""

    class Odd(Response):
        def __call__(self, environ, start_response):
            start_response("200 OK", [])
            return 7

    app.add_url_rule("/seven", "seven", lambda: Odd())

    assert isinstance(WsgiDriver(app).exchange("GET", "/seven").raised, TypeError)
