# SPDX-License-Identifier: MIT
"""The two guards on HTTP: what is answered, what is raised again, and what a broken response looks like."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys

import pytest
import structlog.testing

from errcore import NotFoundError, Runtime, UnavailableError, context, map_exception
from errcore.context import RequestIds
from errcore.runtime import runtime_for
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import Answers, ErrorMiddleware, InnerGuard, is_disconnect
from errcore_asgi.exchange import Exchange

GET = {"type": "http", "method": "GET", "path": "/things/7"}
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
CHUNK = {"type": "http.response.body", "body": b"part", "more_body": True}
END = {"type": "http.response.body", "body": b"", "more_body": False}


class Gone(Exception):
    """What some server raises when the client has gone."""


map_exception(Gone, kind="cancelled", code="CLIENT_DISCONNECTED")


def app_of(*steps):
    """An application that sends the messages and raises the exceptions, in order."""

    async def app(scope, receive, send):
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            await send(step)

    return app


def converse(app, scope=GET, incoming=(), headers=()):
    return AsgiDriver(app).converse(scope, incoming, headers)


def test_unexpected_error_is_answered_and_raised_again(runtime, records) -> None:
    """Servers and test clients see a bug after the client has its answer."""
    bug = ValueError("text")

    seen = converse(ErrorMiddleware(app_of(bug), runtime))

    assert seen.raised is bug
    assert (seen.answer.status, seen.answer.complete) == (500, True)
    assert len(records.seen) == 1


@pytest.mark.parametrize(
    ("scope", "told"),
    [({"http_version": "1.1"}, ["close"]), ({"http_version": "1.0"}, ["close"]), ({"http_version": "2"}, [])],
    ids=["1.1", "1.0", "2"],
)
def test_end_of_the_connection_is_told(scope, told, runtime) -> None:
    """Servers for HTTP/1 close it after an exception that reaches them, and none that stops here."""
    bug = converse(ErrorMiddleware(InnerGuard(app_of(ValueError()), runtime), runtime), {**GET, **scope})
    expected = converse(ErrorMiddleware(app_of(NotFoundError()), runtime), {**GET, **scope})

    assert bug.answer.all("connection") == told
    assert expected.answer.all("connection") == []


def test_expected_error_stops_at_the_guard(runtime, records) -> None:
    """A declared error is no news for the server."""
    seen = converse(ErrorMiddleware(app_of(NotFoundError("no")), runtime))

    assert seen.raised is None
    assert seen.answer.status == 404
    assert [record.code for record in records.seen] == ["NOT_FOUND"]


def test_two_guards_are_one_record_one_header_one_answer(runtime, records) -> None:
    """The inner guard answers; the outer one only lets pass."""
    seen = converse(ErrorMiddleware(InnerGuard(app_of(ValueError()), runtime), runtime))

    assert seen.types == ["http.response.start", "http.response.body"]
    assert isinstance(seen.raised, ValueError)
    assert len(seen.answer.all("x-request-id")) == len(records.seen) == 1


def test_inner_guard_alone_still_answers(runtime, records) -> None:
    """Without an outer guard it opens the exchange itself."""
    seen = converse(InnerGuard(app_of(NotFoundError()), runtime))

    assert seen.answer.status == 404
    assert seen.answer.document()["request_id"] == seen.answer.one("x-request-id")


def test_inner_guard_alone_breaks_off(runtime, records) -> None:
    """And it raises what came too late."""
    seen = converse(InnerGuard(app_of(START, CHUNK, NotFoundError()), runtime))

    assert isinstance(seen.raised, NotFoundError)
    assert not seen.answer.complete


def test_file_sent_by_the_server_is_a_whole_response(runtime, records) -> None:
    """The server sends what is at the path; there is no last chunk to wait for."""
    path = {"type": "http.response.pathsend", "path": "/tmp/file"}
    seen = converse(ErrorMiddleware(InnerGuard(app_of(START, path, NotFoundError()), runtime), runtime))

    assert seen.raised is None
    assert [record.phase for record in records.seen] == ["background"]


def test_messages_of_extensions_pass(runtime) -> None:
    """What the guards do not know they do not touch."""
    hint = {"type": "http.response.early_hint", "links": []}
    seen = converse(ErrorMiddleware(InnerGuard(app_of(hint, START, END), runtime), runtime))

    assert seen.types == ["http.response.early_hint", "http.response.start", "http.response.body"]


def test_inner_guard_leaves_other_scopes_alone(runtime) -> None:
    """The lifespan is the outer guard's business."""
    bug = ValueError()

    assert converse(InnerGuard(app_of(bug), runtime), {"type": "lifespan"}).raised is bug


def test_error_of_middleware_between_the_guards_is_answered(runtime, records) -> None:
    """What user middleware raises by itself has the same envelope."""
    inner = InnerGuard(app_of(START, END), runtime)

    async def middleware(scope, receive, send):
        raise NotFoundError("middleware says no")

    assert converse(ErrorMiddleware(middleware, runtime)).answer.document()["detail"] == "middleware says no"
    assert converse(ErrorMiddleware(inner, runtime)).answer.status == 200
    assert len(records.seen) == 1


def test_late_error_breaks_the_response_off(runtime, records) -> None:
    """After the start there is no other answer: recorded, raised, and never ended by us."""
    seen = converse(
        ErrorMiddleware(InnerGuard(app_of(START, CHUNK, NotFoundError("late")), runtime), runtime)
    )

    assert isinstance(seen.raised, NotFoundError)
    assert seen.types == ["http.response.start", "http.response.body"]
    assert not seen.answer.complete
    assert [(record.code, record.phase) for record in records.seen] == [("NOT_FOUND", "stream")]


def test_middleware_cannot_end_a_broken_response(runtime) -> None:
    """A middleware that closes the stream whatever happened is overruled."""
    inner = InnerGuard(app_of(START, CHUNK, UnavailableError("late")), runtime)

    async def closing(scope, receive, send):
        try:
            await inner(scope, receive, send)
        finally:
            await send(END)

    seen = converse(ErrorMiddleware(closing, runtime))

    assert seen.answer.body == b"part"
    assert not seen.answer.complete


@pytest.mark.parametrize("status", [400, 502])
def test_middleware_may_answer_a_broken_response_it_held_back(status, runtime) -> None:
    """Nothing has gone out yet, and it is an error that goes out: that is a whole answer."""
    inner = InnerGuard(app_of(START, CHUNK, UnavailableError("late")), runtime)

    async def holding(scope, receive, send):
        async def drop(message):
            return None

        try:
            await inner(scope, receive, drop)
        except UnavailableError:
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b"upstream"})

    seen = converse(ErrorMiddleware(holding, runtime))

    assert (seen.raised, seen.answer.status, seen.answer.body, seen.answer.complete) == (
        None,
        status,
        b"upstream",
        True,
    )


def test_a_part_that_middleware_gathered_is_not_sent_as_a_whole(runtime) -> None:
    """Middleware that reads the body before it answers has only a part of it, and must not end it either."""
    inner = InnerGuard(app_of(START, CHUNK, UnavailableError("late")), runtime)

    async def gathering(scope, receive, send):
        async def drop(message):
            return None

        try:
            await inner(scope, receive, drop)
        finally:
            await send(START)
            await send({"type": "http.response.body", "body": b"part"})

    assert not converse(ErrorMiddleware(gathering, runtime)).answer.complete


def test_error_behind_a_start_that_was_held_back_is_answered(runtime, records) -> None:
    """The outer guard judges by what has passed itself: nothing, so the client gets a proper answer."""
    inner = InnerGuard(app_of(START, UnavailableError("late")), runtime)

    async def holding(scope, receive, send):
        async def hold(message):
            return None

        await inner(scope, receive, hold)

    seen = converse(ErrorMiddleware(holding, runtime))

    assert (seen.answer.status, seen.answer.complete) == (503, True)
    assert len(records.seen) == 1


@pytest.mark.parametrize(
    "last", [END, {"type": "http.response.pathsend", "path": "/tmp/file"}], ids=["body", "path"]
)
def test_failure_after_a_whole_response(last, runtime, records) -> None:
    """The client has everything; the failure is recorded as one in the background."""
    expected = converse(ErrorMiddleware(app_of(START, last, NotFoundError("later")), runtime))
    unexpected = converse(ErrorMiddleware(app_of(START, last, ValueError("later")), runtime))

    assert expected.raised is None
    assert isinstance(unexpected.raised, ValueError)
    assert expected.types == unexpected.types == ["http.response.start", last["type"]]
    assert [record.phase for record in records.seen] == ["background", "background"]


@pytest.mark.parametrize("ending", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
def test_cancellation_is_not_touched(ending, runtime, records) -> None:
    """Whoever ends a task or the process is not held up, and is no error."""
    seen = converse(ErrorMiddleware(InnerGuard(app_of(ending()), runtime), runtime))

    assert type(seen.raised) is ending
    assert seen.sent == records.seen == []


def test_group_with_a_cancellation_is_not_touched(runtime, records) -> None:
    """Part of it is not ours to handle, so none of it is."""
    group = BaseExceptionGroup("tasks", [asyncio.CancelledError(), ValueError()])

    assert converse(ErrorMiddleware(app_of(group), runtime)).raised is group
    assert records.seen == []


def test_group_is_answered_by_its_leaf(runtime) -> None:
    """A task group with one failure is that failure."""
    seen = converse(ErrorMiddleware(app_of(ExceptionGroup("tasks", [NotFoundError("leaf")])), runtime))

    assert (seen.raised, seen.answer.document()["detail"]) == (None, "leaf")


@pytest.mark.parametrize("sent", [[], [START, CHUNK]], ids=["before", "after"])
def test_client_that_left_is_no_error(sent, runtime, records) -> None:
    """Nothing is sent, nothing is raised, and what is recorded is below 500."""
    seen = converse(ErrorMiddleware(InnerGuard(app_of(*sent, Gone()), runtime), runtime))

    assert seen.raised is None
    assert len(seen.sent) == len(sent)
    assert [(record.status, record.phase) for record in records.seen] == [(499, "disconnect")]


def test_mappings_of_the_application_win() -> None:
    """Importing the adapter changes no verdict, whichever came first."""
    program = (
        "import errcore\n"
        'errcore.map_exception("starlette.requests:ClientDisconnect", kind="aborted", code="UPLOAD_BROKEN_OFF")\n'
        "import errcore_asgi\n"
        "from starlette.requests import ClientDisconnect\n"
        "print(errcore.classify(ClientDisconnect()).code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "UPLOAD_BROKEN_OFF"


def test_inner_guard_lets_a_disconnect_pass(runtime) -> None:
    """Middleware that waits for a response has to see that there will be none."""
    gone = Gone()

    assert converse(InnerGuard(app_of(gone), runtime)).raised is gone
    assert is_disconnect(gone)
    assert not is_disconnect(ValueError())


def test_server_that_refuses_the_answer_is_survived(runtime, records) -> None:
    """A server may raise OSError when the client has gone; the error is recorded all the same."""

    async def send(message):
        raise OSError("gone")

    asyncio.run(ErrorMiddleware(app_of(NotFoundError()), runtime)({**GET, "headers": []}, None, send))

    assert [record.code for record in records.seen] == ["NOT_FOUND"]


def test_masked_error_is_found(runtime, records) -> None:
    """Starlette hides a late error that has a handler behind a RuntimeError; the record has the real one."""
    mask = RuntimeError("Caught handled exception, but response already started.")
    mask.__cause__ = NotFoundError("real")

    seen = converse(ErrorMiddleware(InnerGuard(app_of(START, CHUNK, mask), runtime), runtime))

    assert seen.raised is mask
    assert [record.code for record in records.seen] == ["NOT_FOUND"]


def test_same_words_without_a_cause_are_no_mask(runtime, records) -> None:
    """Only the framework's own mask is looked behind."""
    converse(
        ErrorMiddleware(
            app_of(RuntimeError("Caught handled exception, but response already started.")), runtime
        )
    )

    assert [record.type_name for record in records.seen] == ["RuntimeError"]


def test_translation_is_made_once(records) -> None:
    """Both guards see the same error, so the framework's exception is one record, and is marked for the server."""
    runtime = Runtime.for_tests(log_level="debug", logger=structlog.testing.CapturingLogger())

    class Abort(Exception):
        pass

    def translate(exc):
        return NotFoundError("translated") if isinstance(exc, Abort) else exc

    answers = Answers(runtime, translate)
    seen = converse(ErrorMiddleware(InnerGuard(app_of(START, CHUNK, Abort()), answers), answers))
    server = logging.getLogger("uvicorn.error")
    record = server.makeRecord(
        "x", logging.ERROR, "f", 1, "Exception", (), (type(seen.raised), seen.raised, None)
    )

    assert isinstance(seen.raised, Abort)
    assert [record.code for record in records.seen] == ["NOT_FOUND"]
    assert server.filter(record)
    assert record.exc_info is None
    assert records.seen[0].id in record.getMessage()


def test_broken_template_costs_the_label_only(runtime, records) -> None:
    """A router that left something odd in the scope does not cost the answer."""

    def template(scope):
        raise KeyError("route")

    seen = converse(ErrorMiddleware(app_of(NotFoundError()), Answers(runtime, template=template)))

    assert seen.answer.status == 404
    assert records.seen[0].route is None


def test_framework_exception_may_be_raised_in_every_request(runtime, records) -> None:
    """One that was made once, at import, is another failure each time."""
    abort = LookupError()
    answers = Answers(runtime, lambda exc: NotFoundError())
    app = ErrorMiddleware(InnerGuard(app_of(START, CHUNK, abort), answers), answers)

    converse(app)
    converse(app)

    assert [record.code for record in records.seen] == ["NOT_FOUND", "NOT_FOUND"]


def test_errors_leave_no_ring_of_references(runtime) -> None:
    """What a request held is free when it is over, without the garbage collector."""
    import gc
    import weakref

    class Held:
        pass

    references = []

    async def app(scope, receive, send):
        held = scope["held"] = Held()
        references.append(weakref.ref(held))
        raise NotFoundError

    gc.disable()
    try:
        converse(ErrorMiddleware(InnerGuard(app, runtime), runtime))
        assert references[0]() is None
    finally:
        gc.enable()


def test_broken_translation_changes_nothing(runtime, records) -> None:
    """An adapter's own failure never hides the error."""

    def translate(exc):
        raise KeyError("translate")

    bug = ValueError()
    seen = converse(ErrorMiddleware(app_of(bug), Answers(runtime, translate)))

    assert (seen.raised, seen.answer.status) == (bug, 500)
    assert [record.type_name for record in records.seen] == ["ValueError"]


def test_context_is_bound_for_the_application(runtime) -> None:
    """Whatever logs inside of a request knows its id."""
    seen = []

    async def app(scope, receive, send):
        seen.append(context.current().ids)
        await send(START)
        await send(END)

    answer = converse(
        ErrorMiddleware(app, runtime), headers=[("accept", "*/*"), ("x-request-id", "req_1")]
    ).answer

    assert seen[0].request_id == answer.one("x-request-id") == "req_1"
    assert context.current().ids is None


def test_label_of_the_application_wins(runtime) -> None:
    """An application that labels its responses is not labelled again."""
    start = {**START, "headers": [(b"X-Request-Id", b"own")]}

    assert converse(ErrorMiddleware(app_of(start, END), runtime)).answer.all("x-request-id") == ["own"]


@pytest.mark.parametrize(("present", "kept"), [(["a", "req_1"], "req_1"), (["a", "b"], "a")])
def test_never_two_labels(present, kept, runtime) -> None:
    """Of several, ours stays, else the first."""
    start = {**START, "headers": [(b"x-request-id", value.encode()) for value in present]}

    seen = converse(ErrorMiddleware(app_of(start, END), runtime), headers=[("x-request-id", "req_1")])

    assert seen.answer.all("x-request-id") == [kept]


def test_headers_of_a_reused_response_do_not_grow(runtime) -> None:
    """A response object may be sent many times."""
    headers = [(b"content-type", b"text/plain")]
    guarded = ErrorMiddleware(app_of({**START, "headers": headers}, END), runtime)

    converse(guarded)
    converse(guarded)

    assert headers == [(b"content-type", b"text/plain")]


def test_start_without_headers_is_labelled(runtime) -> None:
    """ASGI lets an application leave them out."""
    seen = converse(ErrorMiddleware(app_of({"type": "http.response.start", "status": 200}, END), runtime))

    assert len(seen.answer.all("x-request-id")) == 1


def test_route_is_the_template(runtime, records) -> None:
    """A router that leaves its route in the scope gives the record a label; a path never does."""

    class Route:
        path = "/things/{id}"

    async def app(scope, receive, send):
        scope["route"] = Route
        raise NotFoundError

    converse(ErrorMiddleware(app, runtime))
    converse(ErrorMiddleware(app_of(NotFoundError()), runtime))

    assert [record.route for record in records.seen] == ["/things/{id}", None]


def test_guard_in_a_guard_shares_the_exchange(runtime, records) -> None:
    """A guarded application inside of another: one id, one record, one header."""

    async def outside(scope, receive, send):
        await ErrorMiddleware(app_of(ValueError()), runtime)(scope, receive, send)

    seen = converse(ErrorMiddleware(outside, runtime), headers=[("x-request-id", "req_1")])

    assert seen.answer.document()["request_id"] == "req_1"
    assert seen.answer.all("x-request-id") == ["req_1"]
    assert len(records.seen) == 1


def test_guard_in_a_guard_has_the_same_id(runtime) -> None:
    """Also where the client sent none, and whatever the inside is told."""
    seen = []

    async def inside(scope, receive, send):
        seen.append(context.current().ids.request_id)
        raise NotFoundError

    async def outside(scope, receive, send):
        seen.append(context.current().ids.request_id)
        await ErrorMiddleware(inside, runtime)(scope, receive, send)

    answer = converse(ErrorMiddleware(outside, runtime)).answer

    assert len({*seen, answer.one("x-request-id"), answer.document()["request_id"]}) == 1


def test_answers_work_without_a_guard(runtime, records) -> None:
    """An adapter may ask for an answer where no exchange was opened."""
    handled = Answers(runtime).handle(
        NotFoundError(), {**GET, "headers": [(b"x-request-id", b"req_1")]}, "handler"
    )

    assert handled.reply.status == 404
    assert records.seen[0].context.ids.request_id == "req_1"


def test_wrong_runtime_is_refused() -> None:
    """The message says what is wrong and what to do."""
    with pytest.raises(TypeError, match=r"because it is a dict; give an errcore\.Runtime"):
        ErrorMiddleware(app_of(), {})


def test_runtime_comes_from_the_environment(monkeypatch) -> None:
    """Without one, the environment says which."""
    monkeypatch.setenv("ERRCORE_ENV", "development")

    assert runtime_for(None).settings.debug is True


def test_server_loggers_are_guarded_once(runtime) -> None:
    """However many applications are wrapped, a record passes one filter."""
    server = logging.getLogger("hypercorn.error")
    ErrorMiddleware(app_of(), runtime)
    ErrorMiddleware(app_of(), runtime)

    assert len(server.filters) == 1


async def test_exception_made_once_is_reported_once_for_each_request(runtime, records) -> None:
    """Requests overlap, and all raise the same object: the guards of each know what they have handled."""
    shared = ValueError("made once")
    inner = InnerGuard(app_of(shared), runtime)
    begun = asyncio.Barrier(3)

    async def middleware(scope, receive, send):
        try:
            await inner(scope, receive, send)
        finally:
            await begun.wait()

    outer = ErrorMiddleware(middleware, runtime)

    async def send(message): ...

    async def request(name: bytes):
        with pytest.raises(ValueError, match="made once"):
            await outer({**GET, "headers": [(b"x-request-id", name)]}, None, send)

    await asyncio.gather(*map(request, [b"a", b"b", b"c"]))

    assert sorted(record.context.ids.request_id for record in records.seen) == ["a", "b", "c"]


def test_another_exception_at_the_same_address_is_another_failure(runtime) -> None:
    """The address of one that is gone says nothing: what has no mark, or one of this request, is asked of the runtime."""
    exchange = Exchange(RequestIds("req_1"))
    fresh, own, early, shared = (ValueError() for _ in range(4))
    with context.bind(ids=exchange.ids):
        runtime.report(own)
    runtime.report(early)
    with context.bind(ids=RequestIds("req_2")):
        runtime.report(shared)

    assert exchange.handled_before(shared, runtime) is None
    handled = runtime.handle(ValueError("gone"))
    exchange.remember(handled, runtime, fresh, own, early, shared)

    assert [exchange.handled_before(each, runtime) for each in (fresh, own, early)] == [None, None, None]
    assert exchange.handled_before(shared, runtime) is handled
    with Runtime.for_tests() as other:
        assert exchange.handled_before(shared, other) is None


def test_report_from_a_thread_without_ids_is_the_report(runtime, records) -> None:
    """An executor does not hand on the context; what is reported there and raised again is one failure, of the request."""
    bug = ValueError()

    async def app(scope, receive, send):
        await asyncio.get_running_loop().run_in_executor(None, runtime.report, bug)
        raise bug

    seen = converse(ErrorMiddleware(app, runtime), headers=[("x-request-id", "req_1")])

    assert len(records.seen) == 1
    assert seen.answer.document()["request_id"] == "req_1"
