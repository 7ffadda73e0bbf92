# SPDX-License-Identifier: MIT
"""Whatever fails, in errcore or around it, a runtime answers and says so once."""

from __future__ import annotations

import json
import logging

import pytest

from errcore import (
    Handled,
    InternalError,
    NotFoundError,
    Occurrence,
    RequestFacts,
    Runtime,
    events,
)
from errcore.context import RequestIds
from errcore.errors import ErrorReported
from errcore.runtime import wiring

FACTS = RequestFacts(method="GET", route="/agents/{id}", ids=RequestIds("req_1"))


def body(handled: Handled) -> dict[str, object]:
    read: dict[str, object] = json.loads(handled.reply.body)
    return read


class BrokenFormat:
    """A format that does what it likes."""

    name, media_type = "broken", "application/json"

    def __init__(self, result: object) -> None:
        self.result = result

    def render(self, occurrence, debug=False):
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result

    parse = schema = example = render


@pytest.mark.parametrize(
    "result",
    [RuntimeError("secret"), None, 7, {"x": object()}, {"x": float("nan")}, RecursionError()],
    ids=["raises", "none", "number", "object", "nan", "recursion"],
)
def test_broken_format_costs_its_format_only(result, caplog):
    """The client gets the same error as a problem; the failure is counted, and said once."""
    runtime = Runtime.for_tests(envelope=BrokenFormat(result))

    replies = [runtime.handle(NotFoundError("Gone."), FACTS).reply for _ in range(3)]

    assert {reply.status for reply in replies} == {404}
    assert json.loads(replies[0].body)["detail"] == "Gone."
    assert runtime.failures == 3
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text


def test_answer_of_last_resort_is_fixed(monkeypatch, caplog):
    """If even the problem fails, the client gets a 500 with the id."""

    def fails(*_args: object, **_kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr(wiring, "make_reply", fails)
    runtime = Runtime.for_tests()

    for ids in (RequestIds("req_1"), RequestIds('"}\r\n')):
        handled = runtime.handle(NotFoundError("x"), RequestFacts(ids=ids))
        known = "req_1" if ids.request_id == "req_1" else handled.occurrence.id

        assert handled.reply.status == 500
        assert body(handled)["request_id"] == known
        assert ("X-Request-ID", known) in handled.reply.headers
        assert ("Content-Length", str(len(handled.reply.body))) in handled.reply.headers
    assert runtime.failures == 4


def test_exception_that_cannot_be_read_is_answered(monkeypatch, caplog):
    """If reading an exception fails, somebody still gets an answer and a line."""
    real = Occurrence.of
    monkeypatch.setattr(
        wiring.Occurrence,
        "of",
        lambda exc, *args, **how: real(exc, *args, **how) if isinstance(exc, InternalError) else 1 / 0,
    )
    runtime = Runtime.for_tests()

    handled = runtime.handle(NotFoundError("x"), FACTS)

    assert handled.reply.status == 500
    assert body(handled)["request_id"] == "req_1"
    assert runtime.failures == 1


class Hostile(Exception):
    """Fails at everything."""

    def __getattribute__(self, name):
        raise RuntimeError("hunter2")

    def __str__(self):
        raise RuntimeError("hunter2")

    __repr__ = __str__


@pytest.mark.parametrize(
    "make",
    [Hostile, lambda: None, lambda: "x", lambda: ValueError, lambda: ValueError("x", object())],
    ids=["hostile", "none", "text", "class", "odd arguments"],
)
@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        None,
        "facts",
        RequestFacts(method=7, route=object(), accept=object(), ids="req_1", phase=None),
    ],
    ids=["facts", "none", "text", "odd facts"],
)
def test_anything_is_answered(make, facts, caplog):
    """Neither the exception nor the facts can keep a runtime from answering."""
    runtime = Runtime.for_tests(envelope=["problem", "text"])

    given = make()

    handled = runtime.handle(given, facts)

    assert handled.reply.status == 500
    assert json.loads(handled.reply.body)["code"] == "INTERNAL_ERROR"
    assert runtime.reply(given, facts).status == 500
    assert type(runtime.report(given)) is Occurrence
    assert "hunter2" not in caplog.text


def test_failing_listener_and_logger_change_nothing(caplog):
    """Whoever listens or writes may fail."""

    class Broken:
        def error(self, *_args, **_fields):
            raise OSError("disk full")

        debug = info = warning = critical = error

    runtime = Runtime(logger=Broken())

    with events.stream.subscribe(ErrorReported, lambda _event: 1 / 0):
        handled = runtime.handle(NotFoundError("x"), FACTS)

    assert handled.reply.status == 404
    assert runtime.failures == 1


class FullDisk:
    """A handler, and a filter, for the logger "errcore" that raises."""

    level = logging.NOTSET

    def handle(self, record):
        raise OSError("disk full")

    filter = handle


@pytest.mark.parametrize("place", ["handler", "filter"])
def test_complaint_that_fails_changes_nothing_either(place, monkeypatch):
    """The disk that is full for the error log is full for the complaint about it: the client still gets the answer."""

    class Broken:
        def error(self, *_args, **_fields):
            raise OSError("disk full")

        debug = info = warning = critical = error

    log = logging.getLogger("errcore")
    monkeypatch.setattr(log, f"{place}s", [FullDisk()])
    with pytest.raises(OSError, match="disk full"):
        log.warning("It does raise.")
    runtime = Runtime(logger=Broken(), envelope=BrokenFormat(RuntimeError()))

    with events.stream.subscribe(ErrorReported, lambda _event: 1 / 0) as broken:
        handled = runtime.handle(NotFoundError("Gone."), FACTS)
        reply = runtime.reply(NotFoundError("Gone."), FACTS)
        runtime.report(NotFoundError("Gone."))

    assert (handled.reply.status, reply.status) == (404, 404)
    assert body(handled)["detail"] == "Gone."
    assert runtime.failures == 4
    assert broken.failures == 2


def test_runtime_is_a_context_manager():
    """Guards end with the runtime; closing twice is fine; answers go on working."""
    logger = logging.getLogger("t_runtime.server")

    with Runtime.for_tests() as runtime:
        runtime.guard_loggers("t_runtime.server")
        runtime.guard_loggers("t_runtime.other")
        runtime.flush()
        inside = len(logger.filters)
    outside = [*logger.filters, *logging.getLogger("t_runtime.other").filters]
    runtime.close()

    assert (inside, outside) == (1, [])
    assert runtime.handle(NotFoundError("x")).reply.status == 404
