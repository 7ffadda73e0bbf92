# SPDX-License-Identifier: MIT
"""The answer is settled before anybody else sees the error, and whatever the error's own code raises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping

import pytest

from errcore import NotFoundError, Occurrence, RequestFacts, Runtime, events
from errcore.context import RequestIds
from errcore.errors import ErrorReported
from errcore.runtime.last_resort import fixed_reply


class Editor:
    """A logger that edits what it is handed."""

    def info(self, _event: str, **fields: object) -> None:
        details = fields["details"]
        assert isinstance(details, dict)
        details["agent"] = "changed"

    debug = warning = error = critical = info


def test_a_listener_cannot_change_the_answer():
    """It gets the occurrence when the answer to the client is settled."""
    runtime = Runtime(log_level="critical")
    with events.stream.subscribe(ErrorReported, lambda event: event.occurrence.details.clear()):
        reply = runtime.handle(NotFoundError("x", details={"agent": "a1"})).reply

    assert json.loads(reply.body)["agent"] == "a1"


def test_a_logger_cannot_change_the_answer():
    """A processor that tidies nested data may edit them in place."""
    reply = Runtime(logger=Editor()).handle(NotFoundError("x", details={"agent": "a1"})).reply

    assert json.loads(reply.body)["agent"] == "a1"


class Exiting:
    """A format that ends in what is no Exception."""

    name, media_type = "exiting", "text/plain"

    def render(self, occurrence: Occurrence, debug: bool = False) -> str:
        raise SystemExit

    def parse(self, body: Mapping[str, object]) -> None: ...

    def schema(self, specs: object) -> dict[str, object]:
        return {}

    def example(self, spec: object) -> str:
        return ""


def test_an_error_is_written_down_even_where_its_answer_is_not_made():
    """The format is left by what is not ours to catch; the report is not lost with it."""
    seen: list[ErrorReported] = []
    with events.stream.subscribe(ErrorReported, seen.append), pytest.raises(SystemExit):
        Runtime(envelope=Exiting(), log_level="critical").handle(NotFoundError("x"))

    assert [event.occurrence.code for event in seen] == ["NOT_FOUND"]


class Odd(Mapping[str, object]):
    """A mapping whose reading ends in some exception."""

    def __init__(self, problem: type[BaseException]) -> None:
        self.problem = problem

    def __getitem__(self, key: str) -> object:
        raise self.problem

    def __iter__(self) -> Iterator[str]:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


def odd_error(problem: type[BaseException]) -> Exception:
    """An exception whose text ends in some exception."""

    class OddError(Exception):
        def __str__(self) -> str:
            raise problem

    return OddError()


ENDINGS = [SystemExit, GeneratorExit, asyncio.CancelledError, RuntimeError]


@pytest.mark.parametrize("problem", ENDINGS)
def test_what_an_errors_own_code_raises_ends_nothing(problem: type[BaseException]):
    """A `SystemExit` or a cancellation that comes out of a text or a mapping is meant for nobody."""
    runtime, odd = Runtime(log_level="critical"), Odd(problem)

    assert runtime.handle(odd_error(problem)).reply.status == 500
    for error in (NotFoundError(details=odd), NotFoundError(headers=odd), NotFoundError(internal=odd)):
        handled = runtime.handle(error)
        assert handled.reply.status == 404
        assert handled.occurrence.internal is not None
    assert runtime.failures == 0


@pytest.mark.parametrize("argument", ["details", "headers", "internal"])
def test_ctrl_c_goes_through_a_mapping(argument: str):
    """The user who presses it means the whole program, whatever code is running."""
    with pytest.raises(KeyboardInterrupt):
        Runtime(log_level="critical").handle(NotFoundError(**{argument: Odd(KeyboardInterrupt)}))


def test_ctrl_c_goes_through_a_text():
    """As above, in the middle of a `__str__`."""
    with pytest.raises(KeyboardInterrupt):
        Runtime(log_level="critical").handle(odd_error(KeyboardInterrupt))


@pytest.mark.parametrize("given", [None, 7, b"req_1"])
def test_an_id_that_is_no_text_is_none(given: object):
    """The error gets an id of its own, so that there is one to quote."""
    ids = RequestIds(given)
    runtime = Runtime(log_level="critical")
    reply = runtime.handle(NotFoundError("x"), RequestFacts(ids=ids)).reply

    assert (reply.status, runtime.failures) == (404, 0)
    assert len(json.loads(reply.body)["request_id"]) == 32


def test_the_last_answer_has_an_id_whatever_the_context_holds():
    """Without a usable one it is that of the occurrence."""
    from errcore.context import ErrorContext

    occurrence = Occurrence.of(NotFoundError("x"), ErrorContext(RequestIds(None)))

    assert ("X-Request-ID", occurrence.id) in fixed_reply(occurrence).headers


@pytest.mark.parametrize("count", [1, 300, 5000])
def test_a_cancellation_behind_many_errors_is_raised_again(count: int):
    """However many members come before it, it is nobody's to swallow."""
    members = [*(NotFoundError() for _ in range(count)), asyncio.CancelledError()]
    handled = Runtime(log_level="critical").handle(BaseExceptionGroup("tasks", members))

    assert handled.reraise
