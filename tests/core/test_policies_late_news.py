# SPDX-License-Identifier: MIT
"""What comes late, is left over, or looks like something else: none of it changes what a policy knows of its dependency."""

from __future__ import annotations

import asyncio

import pytest
from policy_ways import fresh

from errcore import (
    Breaker,
    CircuitOpenError,
    DeadlineExceededError,
    Retry,
    Timeout,
    UnavailableError,
    policy,
)
from errcore.policies import Policy, deadline
from errcore.testing import FakeClock

pytestmark = pytest.mark.usefixtures("fake")


def test_a_success_from_before_a_trip_does_not_count_in_the_next_closed_time():
    """Or else late answers would outweigh the failures of now."""
    guard = policy(fresh("late"), breaker=Breaker(1.0, minimum=2))
    early = [guard.acquire() for _ in range(5)]
    for _ in range(2):
        guard.acquire().fail(UnavailableError())
    assert guard.state == "open"
    guard.reset()
    for permit in early:
        permit.ok()

    for _ in range(2):
        guard.acquire().fail(UnavailableError())
    assert guard.state == "open"


def test_a_failure_from_before_a_trip_does_not_count_in_the_next_closed_time():
    """Nor does one that was slow."""
    guard = policy(fresh("late"), breaker=Breaker(minimum=2, slow_after=1))
    early = [guard.acquire() for _ in range(4)]
    guard.isolate()
    guard.reset()
    for number, permit in enumerate(early):
        if number % 2:
            permit.fail(UnavailableError())
        else:
            permit.ok()
    assert guard.state == "closed"


def test_a_failure_when_the_callers_time_is_up_is_still_a_failure(fake: FakeClock):
    """Only what says that the time was up is not counted where somebody else had set the time."""

    def refused() -> None:
        fake.advance(2)
        raise ConnectionRefusedError

    guard = policy(fresh("late"), breaker=Breaker(minimum=1), timeout=Timeout(attempt=5, sync="cooperative"))
    with deadline(1), pytest.raises(ConnectionRefusedError):
        guard.call(refused)
    assert guard.state == "open"


def test_a_queue_that_uses_up_the_time_to_the_last_moment_makes_no_call(fake: FakeClock):
    """No time at all is no time to begin."""
    guard = policy(fresh("late"), timeout=Timeout(1, sync="cooperative"), bulkhead=1)
    slots = guard._own.bulkhead
    assert slots is not None
    made: list[int] = []
    take = slots.enter

    def slow() -> None:
        take()
        fake.advance(1)

    class Slow:
        idle = True
        enter = staticmethod(slow)
        leave = staticmethod(slots.leave)

    guard._own.bulkhead = Slow()
    with pytest.raises(DeadlineExceededError, match="no time left when its attempt could begin"):
        guard.call(made.append, 1)
    assert made == []
    assert slots.idle


@pytest.mark.parametrize("end", [None, UnavailableError], ids=["works", "fails"])
async def test_a_call_with_a_timeout_leaves_no_task_behind(end: type[Exception] | None):
    """On a clock of tests, too, where a task of ours watches the time."""
    before = asyncio.all_tasks()

    @policy(fresh("late"), timeout=5.0, retry=Retry(2, initial=0))
    async def fetch() -> None:
        await asyncio.sleep(0)
        if end is not None:
            raise end

    if end is None:
        await fetch()
    else:
        with pytest.raises(end):
            await fetch()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


def half_open(fake: FakeClock, **settings: int) -> Policy:
    """A policy that wants probes."""
    guard = policy(fresh("late"), breaker=Breaker(minimum=1, open_for=5, **settings))
    guard.acquire().fail(UnavailableError())
    fake.advance(6)
    return guard


def test_of_several_probes_the_first_gives_way(fake: FakeClock):
    """When its time is over; that of the second is not, so what it finds counts."""
    guard = half_open(fake, probes=2, successes=1)
    first = guard.acquire()
    fake.advance(3)
    second = guard.acquire()
    fake.advance(3)
    third = guard.acquire()
    with pytest.raises(CircuitOpenError):
        guard.acquire()

    first.fail(UnavailableError())
    assert guard.state == "half_open"
    second.ok()
    assert guard.state == "closed"
    third.drop()


def test_a_probe_that_hung_for_hours_gives_the_next_ones_no_hours(fake: FakeClock):
    """Their time grows to what probes take, but not beyond `open_cap`."""
    guard = half_open(fake)
    hung = guard.acquire()
    fake.advance(10_000)
    second = guard.acquire()
    hung.ok()
    second.drop()

    third = guard.acquire()
    fake.advance(61)
    fourth = guard.acquire()
    third.fail(UnavailableError())
    assert guard.state == "half_open"
    fourth.drop()


def test_a_policys_own_state_is_never_forgotten():
    """However many keys there are: what operators do to the policy is done to calls whose key failed, too."""

    def shard(number: int) -> int:
        return 1 // number

    guard = policy(fresh("late"), key=shard, breaker=Breaker(minimum=1))
    for number in range(1, 3000):
        guard._units.of(str(number))
    assert "2999" in guard.states  # while those that nobody would miss are
    guard.isolate()

    assert guard.state == "isolated"
    with pytest.raises(CircuitOpenError):
        guard.call(abs, 0)
