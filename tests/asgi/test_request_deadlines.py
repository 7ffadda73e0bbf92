# SPDX-License-Identifier: MIT
"""Requests that say how long they are waited for, to plain ASGI applications: under a deadline, until the answer is sent."""

from __future__ import annotations

import asyncio
import json

import pytest

from errcore import Runtime, clock, policy, remaining
from errcore.policies import DEADLINE_HEADER, deadline, outgoing_headers
from errcore.testing import FakeClock
from errcore.testing.asgi import AsgiDriver
from errcore_asgi import ErrorMiddleware, InnerGuard


@pytest.fixture(autouse=True)
def now():
    """Time that takes none."""
    with clock.using(FakeClock(monotonic=1000.0)) as fake:
        yield fake


class Application:
    """Notes what time it has; then does what it is told, and answers."""

    def __init__(self, act=lambda: None) -> None:
        self.seen = []
        self.act = act

    async def __call__(self, scope, receive, send) -> None:
        self.seen.append(remaining())
        self.act()
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        self.seen.append(remaining())
        await send({"type": "http.response.body", "body": b"end"})
        self.seen.append(remaining())


def ask(app, *sent, kind="http", path="/", method="GET"):
    return AsgiDriver(app).converse(
        {"type": kind, "method": method, "path": path},
        [{"type": f"{kind}.connect" if kind == "websocket" else "http.request"}],
        [(DEADLINE_HEADER, value) for value in sent],
    )


@pytest.mark.parametrize("layout", ["outer", "both"])
def test_deadline_holds_until_the_answer_is_sent(layout, runtime) -> None:
    """The stream of a body has it; what follows nobody waits for."""
    app = Application()

    seen = ask(ErrorMiddleware(InnerGuard(app, runtime) if layout == "both" else app, runtime), "1500")

    assert seen.answer.body == b"partend"
    assert app.seen == [1.5, 1.5, None]


@pytest.mark.parametrize(("inner", "left"), [(True, None), (False, 1.5)])
def test_middleware_that_sends_later(inner, left, runtime) -> None:
    """What runs the application in a task of its own may be slower than that; the guard inside of it knows first."""
    app = Application()
    inside = InnerGuard(app, runtime) if inner else app

    async def holding(scope, receive, send):
        held = []

        async def hold(message):
            held.append(message)

        await asyncio.create_task(inside(scope, receive, hold))
        for message in held:
            await send(message)

    assert ask(ErrorMiddleware(holding, runtime), "1500").answer.body == b"partend"
    assert app.seen == [1.5, 1.5, left]


def test_file_that_the_server_sends_is_an_answer(runtime) -> None:
    """There is no body after it."""
    seen = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        seen.append(remaining())
        await send({"type": "http.response.pathsend", "path": "/a"})
        seen.append(remaining())

    ask(ErrorMiddleware(app, runtime), "1500")

    assert seen == [1.5, None]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("sent", ["0", "000"])
def test_request_without_time_is_refused(sent, method, runtime, records) -> None:
    """The application hears nothing of it; the error is answered and recorded like any other, once."""
    app = Application()

    seen = ask(ErrorMiddleware(app, runtime), sent, method=method)

    assert (app.seen, seen.raised, seen.answer.status) == ([], None, 504)
    assert seen.answer.one("x-request-id") == records.seen[0].context.ids.request_id
    if method == "HEAD":
        assert seen.answer.body == b""
    else:
        assert seen.answer.document()["code"] == "DEADLINE_EXCEEDED"
    assert [(record.status, record.method, record.phase) for record in records.seen] == [
        (504, method, "handler")
    ]


def test_refusal_is_logged_as_the_callers(capsys) -> None:
    """One line, as quiet as that of a 404: a stranger must not page anybody with a header."""
    with Runtime.production(service="t") as runtime:
        ask(ErrorMiddleware(Application(), runtime), "0")
    [line] = capsys.readouterr().out.splitlines()
    logged = json.loads(line)

    assert (logged["level"], logged["code"], logged["fault"]) == ("info", "DEADLINE_EXCEEDED", "caller")


@pytest.mark.parametrize(
    "sent", [(), ("-1",), ("1e9",), ("1,5",), ("5", "5"), ("0", "0"), ("",), ("9" * 20,)]
)
def test_nonsense_is_no_deadline(sent, runtime) -> None:
    """Nor is none."""
    app = Application()

    assert ask(ErrorMiddleware(app, runtime), *sent).answer.status == 200
    assert app.seen == [None] * 3


def fail():
    raise ValueError


def cancel():
    raise asyncio.CancelledError


@pytest.mark.parametrize(("act", "status"), [(lambda: None, 200), (fail, 500), (cancel, None)])
def test_deadline_ends_with_its_request(act, status, runtime) -> None:
    """In a server that handles the next request in the same task; however the request ended."""
    app = Application(act)
    guarded = ErrorMiddleware(app, runtime)

    async def serve():
        sent = []

        async def send(message):
            sent.append(message.get("status"))

        for headers in ([(b"x-request-timeout-ms", b"1500")], []):
            scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
            try:
                await guarded(scope, None, send)
            except (ValueError, asyncio.CancelledError):
                pass
            assert remaining() is None
        return sent

    sent = asyncio.run(serve())

    assert (sent[0] if sent else None) == status
    assert app.seen[0] == 1.5
    assert app.seen[-1] is None


def test_request_that_is_cancelled_while_it_waits(runtime) -> None:
    """The server's own task is as it was, and so are the tasks that the request leaves behind."""
    left = []

    async def serve():
        waiting, over = asyncio.Event(), asyncio.Event()
        tasks = []

        async def later():
            await over.wait()
            left.append(remaining())

        async def app(scope, receive, send):
            tasks.append(asyncio.create_task(later()))
            waiting.set()
            await asyncio.Event().wait()

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": [(b"x-request-timeout-ms", b"1500")],
        }
        request = asyncio.create_task(ErrorMiddleware(app, runtime)(scope, None, None))
        await waiting.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        over.set()
        await tasks[0]
        assert remaining() is None

    asyncio.run(serve())

    assert left == [None]


def test_request_that_is_dropped_in_the_middle(runtime) -> None:
    """A server that lets go of a connection's coroutine closes it wherever it likes."""

    async def app(scope, receive, send):
        await receive()

    async def serve():
        never = asyncio.Event()
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": [(b"x-request-timeout-ms", b"1500")],
        }
        request = ErrorMiddleware(app, runtime)(scope, never.wait, None)

        async def begin():
            request.send(None)

        await asyncio.create_task(begin())
        request.close()
        assert remaining() is None

    asyncio.run(serve())


def test_websockets_have_no_deadline(runtime) -> None:
    """Nobody waits for the end of a conversation."""
    app = Application()

    seen = ask(ErrorMiddleware(app, runtime), "0", kind="websocket")

    assert seen.types == ["websocket.close"]
    assert app.seen == [None]


def test_only_requests_below_the_prefixes_have_a_deadline(runtime, records) -> None:
    """All others pass as if errcore were not there, also those without time."""
    app = Application()
    guarded = ErrorMiddleware(app, runtime, prefixes=["/v2"])

    for sent in ("1500", "0"):
        assert ask(guarded, sent, path="/v1").answer.status == 200
    assert app.seen == [None] * 6
    assert records.seen == []
    ask(guarded, "1500", path="/v2")
    assert app.seen[6:] == [1.5, 1.5, None]


def test_setting_switches_it_off() -> None:
    """Then a header is a header."""
    app = Application()
    with Runtime.for_tests(deadlines=False) as runtime:
        guarded = ErrorMiddleware(app, runtime)
        for sent in ("1500", "0"):
            assert ask(guarded, sent).answer.status == 200

    assert app.seen == [None] * 6


def test_application_inside_of_another_has_the_same_deadline(now, runtime) -> None:
    """It is read once, where the request came in; meanwhile time has passed."""
    app = Application()
    inner = ErrorMiddleware(app, runtime)

    async def outer(scope, receive, send):
        now.advance(1)
        await inner(scope, receive, send)

    ask(ErrorMiddleware(outer, runtime), "1500")

    assert app.seen == [0.5, 0.5, None]


def test_server_with_less_time_than_its_caller(runtime) -> None:
    """A deadline around the application stays; a client can only shorten its own time."""
    app = Application()

    async def hurried(scope, receive, send):
        with deadline(1):
            await ErrorMiddleware(app, runtime)(scope, receive, send)

    for sent in ("60000", "500"):
        ask(hurried, sent)

    assert app.seen == [1, 1, 1, 0.5, 0.5, 1]


def test_handler_passes_on_what_is_left(now, runtime) -> None:
    """Less the time that it took itself, and the id of the request."""
    sent = []

    def work():
        now.advance(1)
        sent.append(outgoing_headers())

    ask(ErrorMiddleware(Application(work), runtime), "1500")

    ((left, request_id),) = [(each.pop(DEADLINE_HEADER), each.pop("X-Request-ID")) for each in sent]
    assert (left, sent) == ("500", [{}])
    assert len(request_id) == 32


def test_work_is_refused_once_the_time_ran_out(now, runtime, records) -> None:
    """While the handler ran: a dependency is not asked what nobody waits for, and the answer is that of a deadline."""
    asked = []
    ledger = policy("asgi-ledger", timeout=2.0)

    async def app(scope, receive, send):
        now.advance(2)
        await ledger.acall(book)

    async def book():
        asked.append(1)

    answer = ask(ErrorMiddleware(app, runtime), "1500").answer

    assert asked == []
    assert (answer.status, answer.document()["code"]) == (504, "DEADLINE_EXCEEDED")
    assert [record.verdict.fault for record in records.seen] == ["dependency"]
