# SPDX-License-Identifier: MIT
"""What policies say: each thing once, in order, with reasons from closed sets; and that listeners cannot hurt."""

from __future__ import annotations

from typing import Any

import pytest
from policy_ways import Heard, Script, fresh, guarded

from errcore import CircuitOpenError, NotFoundError, UnavailableError
from errcore.events import stream
from errcore.policies import deadlines, happenings
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.declare import policy
from errcore.policies.fallback import Fallback
from errcore.policies.happenings import (
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
from errcore.policies.retry import Retry
from errcore.testing import FakeClock

ALL = (Attempted, Degraded, FellBack, GaveUp, Rejected, Retried, Transition)
DOWN = UnavailableError()


pytestmark = pytest.mark.usefixtures("fake")


def test_a_success_says_nothing(way: str):
    """Whatever parts there are."""
    guard = policy(fresh("events"), retry=3, breaker=0.5, limit="10/second", fallback=len)
    with Heard(*ALL) as heard:
        guarded(way, guard, Script())()

    assert heard == []


def test_a_call_tells_its_story(way: str):
    """Attempts, waits and the end, with numbers and codes."""
    name = fresh("events")
    guard = policy(name, retry=Retry(3, jitter="none"), budget=None)
    with Heard(*ALL) as heard, pytest.raises(UnavailableError):
        guarded(way, guard, Script(DOWN, forever=True))()

    code = "SERVICE_UNAVAILABLE"
    assert heard == [
        Attempted(name, None, 1, code, "failed"),
        Retried(name, None, 1, code, 0.1),
        Attempted(name, None, 2, code, "failed"),
        Retried(name, None, 2, code, 0.2),
        Attempted(name, None, 3, code, "failed"),
        GaveUp(name, None, 3, code, GaveUpReason.ATTEMPTS),
    ]


def test_an_attempt_is_said_without_retries_too(way: str):
    """A policy that only breaks or limits tells of failures as well; it gives nothing up."""
    for parts in ({}, {"breaker": 0.5}, {"limit": "10/second"}, {"fallback": Fallback(value=1)}):
        with Heard(Attempted, GaveUp) as heard:
            call = guarded(way, policy(name := fresh("events"), **parts), Script(DOWN, forever=True))
            if "fallback" in parts:
                call()
            else:
                with pytest.raises(UnavailableError):
                    call()
        assert heard == [Attempted(name, None, 1, "SERVICE_UNAVAILABLE", "failed")]


def test_keys_are_in_the_events(way: str):
    """Of policies that have them."""
    name = fresh("events")
    with Heard(Attempted, GaveUp) as heard, pytest.raises(NotFoundError):
        guarded(way, policy(name, retry=3, key=lambda shard: shard), Script(NotFoundError()))(7)

    assert heard == [
        Attempted(name, "7", 1, "NOT_FOUND", "dropped"),
        GaveUp(name, "7", 1, "NOT_FOUND", GaveUpReason.NOT_RETRIABLE),
    ]


def test_a_refusal_is_said_with_its_part(way: str):
    """And that the call was given up for it, where it would have been tried again."""
    name = fresh("events")
    guard = policy(name, retry=3, breaker=Breaker(minimum=1), budget=None)
    guard.isolate()
    with Heard(Attempted, GaveUp, Rejected) as heard, pytest.raises(CircuitOpenError):
        guarded(way, guard, Script())()

    assert [(type(event), getattr(event, "by", None)) for event in heard] == [
        (Rejected, RejectedBy.BREAKER),
        (GaveUp, None),
    ]
    assert heard[0].retry_after > 0
    assert (heard[1].reason, heard[1].attempts) == (GaveUpReason.REJECTED, 0)


def test_a_breaker_that_opens_in_between_ends_it(way: str, fake: FakeClock):
    """The caller sees the failure, not a refusal, at once; the note says why there was no further attempt."""
    problem = UnavailableError()
    guard = policy(fresh("events"), retry=3, breaker=Breaker(minimum=1), budget=None)
    with Heard(Transition, Retried, Rejected, GaveUp) as heard, pytest.raises(UnavailableError) as caught:
        guarded(way, guard, Script(problem, forever=True))()

    assert caught.value is problem
    assert [type(event) for event in heard] == [Transition, GaveUp]
    assert heard[1].reason is GaveUpReason.REJECTED
    assert fake.sleeps == []
    assert "rejected" in problem.__notes__[0]


def test_no_time_left_is_a_refusal_by_the_deadline(way: str, fake: FakeClock):
    """Where the long way is gone."""
    guard = policy(fresh("events"), bulkhead=5)
    with deadlines.deadline(1), Heard(Rejected, Attempted) as heard:
        fake.advance(2)
        with pytest.raises(TimeoutError):
            guarded(way, guard, Script())()
    assert [event.by for event in heard] == [RejectedBy.DEADLINE]


@pytest.mark.parametrize("event_type", ALL, ids=lambda each: each.__name__)
def test_a_listener_that_fails_changes_nothing(way: str, event_type: type[Any]):
    """Of every sort of event: the result is the same, and the failure is counted."""

    def fails(event: object) -> None:
        raise RuntimeError(event)

    before = stream.failures
    with stream.subscribe(event_type, fails):
        guard = policy(fresh("events"), retry=Retry(2, initial=0), breaker=Breaker(minimum=2), budget=None)
        with pytest.raises(UnavailableError):
            guarded(way, guard, Script(DOWN, forever=True))()
        with pytest.raises(CircuitOpenError):
            guarded(way, guard, Script())()
        chain = Fallback(lambda: 1 / 0, value="v")
        assert guarded(way, policy(fresh("events"), fallback=chain), Script(DOWN, forever=True))() == "v"
        assert guard.state == "open"
    assert stream.failures > before


def test_a_listener_may_call_back(way: str):
    """Into the very policy that speaks."""
    guard = policy(fresh("events"), retry=Retry(2, initial=0), breaker=Breaker(minimum=2), budget=None)
    seen: list[object] = []

    def listener(event: Any) -> None:
        if not seen:
            seen.append(guard.state)
            seen.append(guard.call(lambda: "from the listener"))

    with stream.subscribe(Attempted, listener), pytest.raises(UnavailableError):
        guarded(way, guard, Script(DOWN, forever=True))()
    assert seen == ["closed", "from the listener"]


def test_words_are_from_closed_sets():
    """What a counter is labelled with."""
    assert {str(reason) for reason in GaveUpReason} == {
        "not_retriable",
        "attempts",
        "deadline",
        "retry_after",
        "budget",
        "nested",
        "rejected",
    }
    assert {str(by) for by in RejectedBy} == {"breaker", "limit", "bulkhead", "deadline"}
    assert {str(part) for part in DegradedPart} == {"fallback", "sync_back", "worker"}
    assert set(happenings.__all__) == {each.__name__ for each in ALL} | {
        "RejectedBy",
        "GaveUpReason",
        "DegradedPart",
    }


def test_events_are_frozen():
    """Listeners cannot change what the next one hears."""
    for event in (Attempted("p", None, 1, "C", "failed"), Retried("p", None, 1, "C", 0.1)):
        with pytest.raises(AttributeError):
            event.policy = "other"
