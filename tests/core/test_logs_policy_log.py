# SPDX-License-Identifier: MIT
"""What policies say is written down: as loudly as it matters, with nothing of a stranger's, by whoever listens."""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from errcore import Breaker, Fallback, Retry, Runtime, clock, context, policy
from errcore.context import RequestIds
from errcore.errors import Severity
from errcore.events import stream
from errcore.logs import PolicyLog
from errcore.monitor.health import HealthChanged, Part, Status
from errcore.policies import (
    Attempted,
    Degraded,
    DegradedPart,
    FellBack,
    GaveUp,
    GaveUpReason,
    Rejected,
    RejectedBy,
    Retried,
    Transition,
)
from errcore.testing import FakeClock

EVENTS = (
    (Attempted("p", None, 1, "TIMEOUT", "failed"), "debug", "policy_attempt_failed"),
    (Retried("p", None, 1, "TIMEOUT", 0.25), "info", "policy_retried"),
    (GaveUp("p", None, 3, "TIMEOUT", GaveUpReason.ATTEMPTS), "info", "policy_gave_up"),
    (GaveUp("p", None, 3, "TIMEOUT", GaveUpReason.BUDGET), "info", "policy_gave_up"),
    (GaveUp("p", None, 1, "NOT_FOUND", GaveUpReason.NOT_RETRIABLE), "debug", "policy_gave_up"),
    (GaveUp("p", None, 1, "TIMEOUT", GaveUpReason.NESTED), "debug", "policy_gave_up"),
    (GaveUp("p", None, 1, "CIRCUIT_OPEN", GaveUpReason.REJECTED), "debug", "policy_gave_up"),
    (Rejected("p", None, RejectedBy.BREAKER, 2.5), "debug", "policy_rejected"),
    (Transition("p", None, "closed", "open"), "warning", "breaker_transition"),
    (Transition("p", None, "closed", "isolated"), "warning", "breaker_transition"),
    (Transition("p", None, "open", "half_open"), "info", "breaker_transition"),
    (Transition("p", None, "half_open", "closed"), "info", "breaker_transition"),
    (FellBack("p", None, "TIMEOUT", 0), "info", "policy_fell_back"),
    (Degraded("p", None, DegradedPart.WORKER), "warning", "policy_degraded"),
    (Degraded("p", None, DegradedPart.WORKER, recovered=True), "info", "policy_degraded"),
    (Degraded("p", None, DegradedPart.FALLBACK), "info", "policy_degraded"),
    (HealthChanged(Part.CHECK, "database", Status.PASS, Status.FAIL, "TIMEOUT"), "warning", "health_changed"),
    (HealthChanged(Part.FEATURE, "search", Status.WARN, Status.PASS), "info", "health_changed"),
)


class Kept:
    """A logger as structlog's are: a method for each level."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def __getattr__(self, level: str) -> Any:
        return lambda event, **fields: self.lines.append((level, event, fields))


@pytest.fixture
def kept() -> Iterator[Kept]:
    """A log of everything."""
    logger = Kept()
    with PolicyLog(logger=logger, level=Severity.DEBUG):
        yield logger


@pytest.mark.parametrize(("event", "level", "name"), EVENTS, ids=str)
def test_each_event_has_its_line(kept: Kept, event: object, level: str, name: str) -> None:
    """How loud it is depends on what happened, and the fields are those of the event that are known."""
    stream.emit(event)

    ((said, line, fields),) = kept.lines
    assert (said, line) == (level, name)
    assert fields.get("policy", "p") == "p"
    assert None not in fields.values()
    assert "key" not in fields


@pytest.mark.parametrize(("event", "level", "_name"), EVENTS, ids=str)
def test_what_is_below_the_level_is_not_written(event: object, level: str, _name: str) -> None:
    """A log from `info` on has no lines for every attempt and every refused call."""
    logger = Kept()
    with PolicyLog(logger=logger):
        stream.emit(event)

    assert bool(logger.lines) is (level != "debug")


def test_nobody_listens_for_what_would_not_be_written() -> None:
    """A failed attempt costs nothing more where its line would be dropped."""
    with PolicyLog(level=Severity.WARNING):
        heard = [stream.listens(each) for each in (Attempted, Retried, Rejected, FellBack)]
        transitions = stream.listens(Transition)
    with PolicyLog(level=Severity.ERROR):
        nothing = stream.listens(Transition)

    assert (heard, transitions, nothing) == ([False] * 4, True, False)


def test_lines_are_json_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """With time, level and event first, and the ids of the request in which it happened."""
    ids = RequestIds("req_1", trace_id="0" * 32, span_id="1" * 16)
    with clock.using(FakeClock()), PolicyLog(service="agents"), context.bind(ids=ids):
        stream.emit(Transition("stripe", None, "closed", "open"))

    assert json.loads(capsys.readouterr().out) == {
        "timestamp": "2023-11-14T22:13:20.000Z",
        "level": "warning",
        "category": "app",
        "event": "breaker_transition",
        "service": "agents",
        "policy": "stripe",
        "before": "closed",
        "after": "open",
        "request_id": "req_1",
        "trace_id": "0" * 32,
        "span_id": "1" * 16,
    }


def test_a_logger_of_logging_gets_the_fields(caplog: pytest.LogCaptureFixture) -> None:
    """The line is the message, the fields are on the record."""
    with (
        caplog.at_level(logging.INFO, logger="of-policies"),
        PolicyLog(logger=logging.getLogger("of-policies")),
    ):
        stream.emit(Retried("p", None, 1, "TIMEOUT", 0.25))

    (record,) = caplog.records
    assert json.loads(record.getMessage())["event"] == "policy_retried"
    assert vars(record)["errcore"] == {
        "category": "app",
        "policy": "p",
        "number": 1,
        "code": "TIMEOUT",
        "wait": 0.25,
    }


def test_a_key_is_cleaned_and_short(kept: Kept) -> None:
    """It comes from the arguments of a call, so anything may be in it."""
    stream.emit(Transition("p", "postgres://u:hunter2@db/x\n" + "y" * 1000, "closed", "open"))

    key = kept.lines[0][2]["key"]
    assert "hunter2" not in key
    assert "\n" not in key
    assert len(key) <= 160


def test_a_logger_that_fails_changes_nothing() -> None:
    """It is counted, and the call that said something never knows."""

    class Broken:
        def warning(self, event: str, **fields: object) -> None:
            raise OSError("no space left")

    with PolicyLog(logger=Broken()) as log:
        guarded = policy("policy-log-broken", breaker=0.5)
        guarded.isolate()

    assert guarded.state == "isolated"
    assert log.failures == 1


def test_a_real_call_can_be_read_from_its_lines(kept: Kept) -> None:
    """Attempts, waits, the end of it, and what answered instead."""
    sick = policy(
        "policy-log-sick",
        retry=Retry(2, jitter="none"),
        breaker=Breaker(0.5, minimum=2),
        fallback=Fallback(value=7),
    )

    def call() -> int:
        raise ConnectionRefusedError

    with clock.using(FakeClock()):
        assert sick.call(call) == 7

    assert [event for _, event, _ in kept.lines] == [
        "policy_attempt_failed",
        "policy_retried",
        "breaker_transition",
        "policy_attempt_failed",
        "policy_gave_up",
        "policy_fell_back",
    ]
    assert {fields["policy"] for _, _, fields in kept.lines} == {"policy-log-sick"}


def test_closing_ends_it(kept: Kept) -> None:
    """Twice is fine."""
    other = Kept()
    log = PolicyLog(logger=other)
    log.close()
    log.close()
    stream.emit(Degraded("p", None, DegradedPart.WORKER))

    assert (len(kept.lines), other.lines) == (1, [])


def test_of_several_logs_with_one_place_one_speaks() -> None:
    """Two applications in one process do not say everything twice; when the first is gone the next one goes on."""
    place, other = Kept(), Kept()
    first = PolicyLog(service="first", level=Severity.WARNING, logger=place)
    with PolicyLog(service="second", logger=place), PolicyLog(service="third", logger=other):
        stream.emit(Degraded("p", None, DegradedPart.WORKER))
        stream.emit(Degraded("p", None, DegradedPart.WORKER, recovered=True))  # too quiet for the first
        first.close()
        stream.emit(Degraded("p", "k", DegradedPart.WORKER))

    assert [(fields["service"], fields.get("key")) for _, _, fields in place.lines] == [
        ("first", None),
        ("second", None),
        ("second", "k"),
    ]
    assert len(other.lines) == 3


def test_what_was_on_its_way_when_a_log_was_closed_is_not_written() -> None:
    """A listener may be called once more by a thread that had found it before."""
    place = Kept()
    log = PolicyLog(logger=place)
    listeners = stream._subscriptions[Degraded]
    log.close()
    listeners[-1].listener(Degraded("p", None, DegradedPart.WORKER))

    assert place.lines == []


def test_runtime_writes_until_it_is_closed() -> None:
    """To its own logger and at its own level; asking twice does not write twice."""
    logger = Kept()
    with Runtime.production(service="agents", logger=logger, log_level="info") as runtime:
        runtime.log_policies()
        runtime.log_policies()
        stream.emit(Degraded("p", None, DegradedPart.WORKER))
    stream.emit(Degraded("p", None, DegradedPart.WORKER))

    assert [fields["service"] for _, _, fields in logger.lines] == ["agents"]
    assert runtime.failures == 0


def test_runtime_counts_lines_that_could_not_be_written() -> None:
    """They are failures of a part of errcore like others."""

    class Broken(Kept):
        def warning(self, event: str, **fields: object) -> None:
            raise OSError("no space left")

    with Runtime.production(logger=Broken()) as runtime:
        runtime.log_policies()
        stream.emit(Degraded("p", None, DegradedPart.WORKER))

    assert runtime.failures == 1


def test_a_runtime_that_was_forgotten_writes_nothing() -> None:
    """Nobody has to close it, so the stream must not keep what it wrote with."""
    logger = Kept()
    runtime = Runtime.production(logger=logger)
    runtime.log_policies()
    del runtime
    gc.collect()
    stream.emit(Degraded("p", None, DegradedPart.WORKER))

    assert logger.lines == []
