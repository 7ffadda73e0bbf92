# SPDX-License-Identifier: MIT
"""The conformance kit itself: its drivers see what they should, and its cases catch what they are for."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from errcore import Runtime
from errcore.testing.asgi import AsgiDriver
from errcore.testing.conformance import BEHAVIOURS, CASES, Answer, Records, behaviour, checks
from errcore.testing.wire import WireDriver, parse_response


def test_kit_needs_neither_pytest_nor_hypothesis() -> None:
    """A service that does not use them can still run the table."""
    program = (
        "import sys, errcore.testing.asgi, errcore.testing.wire, errcore.testing.conformance;"
        "print([name for name in ('pytest', 'hypothesis', 'starlette', 'fastapi', 'flask') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_names_are_unique() -> None:
    """A report has to say which row it is."""
    assert len({row.name for row in BEHAVIOURS}) == len({row.path for row in BEHAVIOURS}) == len(BEHAVIOURS)
    assert len({str(case) for case in CASES}) == len(CASES)


class Careless:
    """An adapter that gets everything wrong that a table can catch."""

    def __init__(self, **answer) -> None:
        self.answer = answer

    def request(self, method, path, headers=(), body=b""):
        sent = dict(headers).get("X-Request-ID", "")
        problem = f'{{"status":500,"code":"INTERNAL_ERROR","detail":"hunter2-s3cr3t","request_id":"{sent}"}}'
        plain = {
            "status": 500,
            "headers": [("X-Request-ID", sent)] * 2,
            "body": problem.encode(),
            "complete": True,
        }
        return Answer(**{**plain, **self.answer})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_fails_a_careless_adapter(case) -> None:
    """A row that nothing can fail proves nothing."""
    with Records(patience=0.0) as records, pytest.raises(AssertionError):
        case.check(Careless(), records)


@pytest.mark.parametrize("needs", ["", "stream"])
def test_cases_fail_an_application_without_errcore(needs) -> None:
    """What a bare application does is not enough."""

    async def app(scope, receive, send):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"x-request-id", b"a"), (b"x-b", b"c")],
            }
        )
        await send({"type": "http.response.body", "body": b'{"status": NaN}', "more_body": needs == "stream"})

    for case in CASES:
        if not case.name.startswith("id-"):  # the id that it sends is a new one, after all
            with Records(patience=0.0) as records, pytest.raises(AssertionError):
                case.check(AsgiDriver(app), records)


def test_failed_check_says_what_was_expected() -> None:
    """Without pytest's rewriting, and under `python -O`, the words have to come from the table."""
    with pytest.raises(AssertionError, match="status: 200 instead of 404"):
        checks.same(200, 404, "status")
    with pytest.raises(AssertionError, match="not so: the answer is bounded"):
        checks.holds(False, "the answer is bounded")


def test_answer_is_strict_json() -> None:
    """A body that only Python can read is none."""
    with pytest.raises(AssertionError, match="NaN is no JSON"):
        Answer(200, (), b'{"a": NaN}').document()
    with pytest.raises(AssertionError, match="no JSON object"):
        Answer(200, (), b"[]").document()


def test_header_that_must_be_there_once() -> None:
    """Missing is wrong, and twice is wrong."""
    with pytest.raises(AssertionError, match="Allow is there 0 times"):
        Answer(405, (), b"").one("Allow")


def test_records_count_one_request() -> None:
    """Those of others do not count; two of one request are one too many."""
    from errcore import RequestFacts
    from errcore.context import RequestIds

    def facts(name):
        return RequestFacts(ids=RequestIds(name))

    with Records(patience=0.0) as records, Runtime.for_tests(log_level="critical") as runtime:
        runtime.handle(ValueError(), facts("one"))
        runtime.handle(ValueError(), facts("two"))
        runtime.handle(ValueError(), facts("two"))
        runtime.report(KeyError())

    assert records.the_one("one").type_name == "ValueError"
    with pytest.raises(AssertionError, match="2 reports instead of one"):
        records.the_one("two")
    with pytest.raises(AssertionError, match="0 reports instead of one"):
        records.the_one("three")


def test_conversation_without_an_answer() -> None:
    """Nothing was sent: status 0, and not complete."""

    async def app(scope, receive, send):
        assert (await receive())["type"] == "http.request"
        raise SystemExit

    seen = AsgiDriver(app).converse({"type": "http"}, [{"type": "http.request"}])

    assert (seen.answer.status, seen.answer.complete) == (0, False)
    assert isinstance(seen.raised, SystemExit)


def test_client_of_a_conversation_leaves_at_the_end() -> None:
    """An application that listens for the disconnect hears of it when it has answered."""

    async def app(scope, receive, send):
        assert (scope["path"], scope["query_string"]) == ("/a", b"b=c")
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
        assert (await receive())["type"] == "http.disconnect"

    assert AsgiDriver(app).converse({"type": "http", "path": "/a?b=c"}).raised is None


@pytest.mark.parametrize(
    ("received", "body", "complete"),
    [
        (b"", b"", False),
        (b"HTTP/1.1 200 OK\r\nContent-Le", b"", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", b"abc", False),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", b"", True),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", b"abc", True),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            b"abcde",
            True,
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"abc", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", b"abc", False),
    ],
)
def test_end_of_a_response_is_judged(received, body, complete) -> None:
    """Whole or cut off, by length, by chunks, or by the end of the connection."""
    answer = parse_response(received)

    assert (answer.body, answer.complete) == (body, complete)


def test_wire_driver_sends_what_it_is_given(serve) -> None:
    """A body, its length, and headers as they are."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            for name in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{name}.complete"})
            return
        message = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": scope["headers"]})
        await send({"type": "http.response.body", "body": message["body"]})

    with serve(app, "h11") as driver:
        assert isinstance(driver, WireDriver)
        answer = driver.request("POST", "/", [("X-A", "1"), ("X-A", "2")], b"body")

    assert (answer.body, answer.all("x-a"), answer.one("content-length")) == (b"body", ["1", "2"], "4")


@pytest.mark.parametrize("ask", [str, repr, len])
def test_hostile_object_answers_nothing(ask) -> None:
    """The details that the table sends hold an object that nobody may ask anything."""
    with pytest.raises(Exception) as caught:
        behaviour("hostile").act()
    hostile = caught.value.details["object"]

    with pytest.raises(RuntimeError):
        ask(hostile)


def test_behaviour_is_found_by_name() -> None:
    """The name is what cases use."""
    assert behaviour("stream").needs == "stream"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("websocket", {"type": "websocket.close", "code": 1000}),
        ("websocket", {"type": "websocket.http.response.body", "body": b""}),
        ("http", {"type": "http.response.body", "body": b""}),
    ],
)
def test_client_leaves_what_is_over(kind, message) -> None:
    """An application that waits for it to go, as servers let it, gets to its end."""

    async def app(scope, receive, send) -> None:
        await send(message)
        heard.append(await asyncio.wait_for(receive(), timeout=5.0))

    heard: list[dict[str, object]] = []
    conversation = AsgiDriver(app).converse({"type": kind})

    assert conversation.raised is None
    assert [one["type"] for one in heard] == [f"{kind}.disconnect"]
