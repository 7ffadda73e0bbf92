# SPDX-License-Identifier: MIT
"""What operators do to a breaker, and what it tells."""

from __future__ import annotations

import asyncio
import logging

import pytest
from breaker_calls import by_hand, each_way, fail, guarded_by, opened, refusal, succeed, sync_call

from errcore import CircuitOpenError
from errcore.errors.kinds import Outcome
from errcore.errors.stock import RejectedError
from errcore.events import stream
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.happenings import Attempted, GaveUp, Rejected, RejectedBy, Transition
from errcore.testing import FakeClock

pytestmark = pytest.mark.usefixtures("fake")


@each_way
def test_isolation_does_not_heal(wrap, fake: FakeClock) -> None:
    """Nobody gets in until it is reset, however long that takes; it is a state of its own."""
    guard = guarded_by(Breaker(minimum=1, open_cap=60))
    call = wrap(guard)
    guard.isolate()
    guard.isolate()
    for _ in range(3):
        assert refusal(call).retry_after == 60
        assert guard.state == "isolated"
        fake.advance(86_400.0)

    guard.reset()
    succeed(call)

    assert guard.state == "closed"


def test_isolation_overrules_a_probe(fake: FakeClock) -> None:
    """A probe that ends after it neither closes nor opens."""
    guard, _ = opened(by_hand, successes=1)
    fake.advance(5.6)
    probe = guard.acquire()
    guard.isolate()
    probe.ok()

    assert guard.state == "isolated"


@each_way
def test_reset_forgets(wrap) -> None:
    """What was counted, also while it was closed; it tells nobody where nothing changed."""
    guard = guarded_by(Breaker(minimum=2))
    call = wrap(guard)
    changes: list[Transition] = []
    with stream.subscribe(Transition, changes.append):
        fail(call)
        guard.reset()
        fail(call)

    assert guard.state == "closed"
    assert changes == []


@each_way
def test_changes_are_told(wrap, fake: FakeClock) -> None:
    """Each once, in their order, to listeners that see the new state."""
    guard = guarded_by(Breaker(minimum=1, successes=1))
    call = wrap(guard)
    changes: list[tuple[str, str, str]] = []
    with stream.subscribe(Transition, lambda event: changes.append((event.before, event.after, guard.state))):
        fail(call)
        fake.advance(5.6)
        fail(call)
        fake.advance(11.2)
        succeed(call)
        guard.isolate()
        guard.reset()

    assert changes == [
        ("closed", "open", "open"),
        ("open", "half_open", "half_open"),
        ("half_open", "open", "open"),
        ("open", "half_open", "half_open"),
        ("half_open", "closed", "closed"),
        ("closed", "isolated", "isolated"),
        ("isolated", "closed", "closed"),
    ]


@each_way
@pytest.mark.parametrize("kind", [Transition, Rejected, Attempted])
def test_a_listener_that_raises_changes_nothing(wrap, kind: type, caplog: pytest.LogCaptureFixture) -> None:
    """The caller gets the failure or the refusal, the state changes, and the listener's failure is counted."""
    guard = guarded_by(Breaker(minimum=1))
    call = wrap(guard)

    def broken(event: object) -> None:
        raise RuntimeError("a listener")

    with caplog.at_level(logging.CRITICAL, "errcore"), stream.subscribe(kind, broken) as subscription:
        fail(call)
        refusal(call)

    assert guard.state == "open"
    assert subscription.failures == (0 if kind is Attempted and wrap is by_hand else 1)


@each_way
def test_a_listener_may_call_back(wrap) -> None:
    """It sees the new state, is refused like anybody, and may even change the state; all of it is told in order."""
    guard = guarded_by(Breaker(minimum=1))
    call = wrap(guard)
    told: list[str] = []

    def listener(event: Transition) -> None:
        told.append(f"{event.before} {event.after}")
        if event.after == "open":
            refusal(call)
            guard.reset()
            succeed(call)
            assert told == ["closed open"]

    with stream.subscribe(Transition, listener) as subscription:
        fail(call)

    assert subscription.failures == 0
    assert told == ["closed open", "open closed"]
    assert guard.state == "closed"


@each_way
def test_refusals_are_told(wrap) -> None:
    """With the part that refused, and for how long."""
    guard, call = opened(wrap)
    told: list[Rejected] = []
    with stream.subscribe(Rejected, told.append):
        refused = refusal(call)

    assert told == [Rejected(guard.name, None, RejectedBy.BREAKER, refused.retry_after)]


def test_attempts_are_told() -> None:
    """A failure on the happy path is an attempt like any other; a refusal from further in is none."""
    guard = guarded_by(Breaker())
    call = sync_call(guard)
    told: list[Attempted] = []
    with stream.subscribe(Attempted, told.append):
        fail(call)
        fail(call, error=RejectedError())

    assert told == [Attempted(guard.name, None, 1, "SERVICE_UNAVAILABLE", Outcome.FAILED)]


@each_way
def test_a_refusal_ends_a_retry(wrap, fake: FakeClock) -> None:
    """At once, whether somebody listens or not; who listens hears that it was given up."""
    guard = guarded_by(Breaker(minimum=1), retry=3)
    call = sync_call(guard)
    guard.isolate()
    told: list[GaveUp] = []
    refusal(call)
    with stream.subscribe(GaveUp, told.append):
        refusal(call)

    assert [event.attempts for event in told] == [0]
    assert fake.sleeps == []


def test_a_limiter_that_fails_gives_the_probe_back(fake: FakeClock) -> None:
    """Whatever goes wrong between the breaker and the call, no place is lost."""
    guard, _ = opened(by_hand)
    fake.advance(5.6)

    class Broken:
        def take(self, now: float) -> None:
            raise OSError

    guard._own.limiter = Broken()
    for _ in range(3):
        with pytest.raises(OSError):
            guard.acquire()

    assert guard.state == "half_open"


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("part", ["limit", "bulkhead"])
def test_who_is_refused_further_in_gives_the_probe_back(
    fake: FakeClock, part: str, asynchronous: bool
) -> None:
    """A full bulkhead or a limit that is used up says nothing about the dependency."""
    guard = guarded_by(
        Breaker(minimum=1, successes=1), **{"limit": "1/hour"} if part == "limit" else {"bulkhead": 1}
    )
    guard.acquire().fail(ConnectionError())
    fake.advance(5.6)
    inside = guard._own.bulkhead
    if inside is not None:
        inside.enter()
    refused: list[Rejected] = []
    with stream.subscribe(Rejected, refused.append):
        for _ in range(3):
            with pytest.raises(RejectedError) as caught:
                asyncio.run(guard._own.aenter()) if asynchronous else guard.acquire()
            assert type(caught.value) is not CircuitOpenError

    assert [event.by for event in refused] == [RejectedBy(part)] * 3
    assert guard.state == "half_open"

    if inside is not None:
        inside.leave()
        guard.acquire().ok()
        assert guard.state == "closed"
