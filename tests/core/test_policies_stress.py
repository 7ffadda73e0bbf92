# SPDX-License-Identifier: MIT
"""All parts at once, under cancellation, threads and hostile order: no permit, probe or slot is lost, nobody is let in too much."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from policy_ways import fresh

from errcore import (
    Breaker,
    Bulkhead,
    BulkheadFullError,
    CallLimitedError,
    CircuitOpenError,
    Fallback,
    NotFoundError,
    RejectedError,
    Retry,
    Timeout,
    UnavailableError,
    clock,
    policy,
    remaining,
)
from errcore.policies import Permit, Policy, nesting
from errcore.testing import FakeClock

ENDS = (None, None, None, UnavailableError, NotFoundError, TypeError)
"""How a body ends: three of six work."""


@pytest.fixture
def fast_switches() -> Iterator[None]:
    """Threads that are switched every ten microseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Inside:
    """Who is in the body, and how many there were at most."""

    def __init__(self) -> None:
        self.now = self.most = self.begun = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.begun += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


def well_again(guard: Policy, fake: FakeClock, places: int) -> None:
    """All places are there, and once the dependency is well the breaker closes and lets everybody in."""
    bulkhead, breaker = guard._own.bulkhead, guard._own.breaker
    assert bulkhead is not None
    assert breaker is not None
    assert bulkhead.idle
    for _ in range(10):
        if guard.state == "closed":
            break
        fake.advance(400)
        guard.acquire().ok()
    assert guard.state == "closed"
    fake.advance(4000)
    permits = [guard.acquire() for _ in range(places)]
    with pytest.raises(BulkheadFullError):
        guard.acquire()
    for permit in permits:
        permit.ok()
    assert bulkhead.idle
    assert nesting.retrying.get() is None
    assert remaining() is None


@pytest.mark.parametrize(
    ("number", "limit"),
    [(3000, None), (1000, Timeout(60, attempt=2))],
    ids=["3000", "1000 with a timeout"],
)
@pytest.mark.parametrize("seed", [1, 2])
async def test_thousands_of_tasks_cancelled_at_random(seed: int, number: int, limit: Timeout | None):
    """Through every part: each task ends as it was told or cancelled, and everything is as before."""
    chance, inside = random.Random(seed), Inside()
    with clock.using(FakeClock(seed=seed)) as fake:
        guard = policy(
            fresh("stress"),
            retry=Retry(3, initial=0.01),
            breaker=Breaker(0.9, minimum=50, window=5, open_for=0.5, probes=2),
            limit="100000/second",
            bulkhead=Bulkhead(7, queue=400),
            timeout=limit,
        )

        @guard
        async def work(turns: int, end: type[Exception] | None) -> str:
            with inside:
                for _ in range(turns % 4):
                    await asyncio.sleep(0)
                if turns == 9:
                    await clock.current().asleep(5)
                if end is not None:
                    raise end
                return "done"

        tasks: list[asyncio.Task[str]] = []
        for _ in range(number // 100):
            batch = [asyncio.create_task(work(chance.randrange(20), chance.choice(ENDS))) for _ in range(100)]
            tasks += batch
            for task in chance.sample(batch, 40):
                for _ in range(chance.randrange(3)):
                    await asyncio.sleep(0)
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)

        seen = {type(result) for result in results}
        allowed = {UnavailableError, NotFoundError, TypeError, BulkheadFullError, CircuitOpenError}
        assert {str, asyncio.CancelledError, UnavailableError} <= seen
        assert {kind.__name__ for kind in seen - allowed} <= {
            "str",
            "CancelledError",
            "DeadlineExceededError",
            "OutOfTimeError",
        }
        assert inside.most == 7
        assert inside.now == 0
        well_again(guard, fake, places=7)


@pytest.mark.usefixtures("fast_switches")
def test_threads_through_every_part_lose_nothing():
    """Eight threads: never more than three inside or than the limit says, and everything is as before."""
    inside, problems, shared = Inside(), list[BaseException](), FakeClock()
    with clock.using(shared):
        guard = policy(
            fresh("stress"),
            retry=Retry(2, initial=0),
            breaker=Breaker(0.9, minimum=20, window=5, open_for=1, probes=2),
            limit="1500/hour",
            bulkhead=Bulkhead(3, queue=2, max_wait=0.01),
            fallback=Fallback(value="instead", on=RejectedError),
        )

    def body(end: type[Exception] | None) -> str:
        with inside:
            if end is not None:
                raise end
            return "done"

    def work(number: int) -> None:
        chance = random.Random(number)
        with clock.using(shared):
            try:
                for _ in range(400):
                    try:
                        assert guard.call(body, chance.choice(ENDS)) in {"done", "instead"}
                    except (UnavailableError, NotFoundError, TypeError):
                        pass
            except BaseException as problem:  # noqa: BLE001 - of any sort
                problems.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert problems == []
    assert not any(thread.is_alive() for thread in threads)
    assert 1 <= inside.most <= 3
    assert inside.now == 0
    assert inside.begun <= 1500 * (1 + shared.monotonic() / 3600)
    with clock.using(shared):
        well_again(guard, shared, places=3)


# --- whatever the order


PLACES, BURST, RATE, PROBES = 3, 12, 12 / 60, 2


@attrs.define(eq=False)
class Held:
    """A permit that was not told anything yet."""

    permit: Permit
    state: str


class WholePolicy(RuleBasedStateMachine):
    """Permits of a policy with breaker, limit and bulkhead, told in any order, or twice, on a clock that jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.held: list[Held] = []
        self.told: list[Permit] = []
        self.let_in: list[float] = []
        with clock.using(self.clock):
            self.guard = policy(
                fresh("stress"),
                breaker=Breaker(0.5, minimum=3, window=10, open_for=5, probes=PROBES, successes=2),
                limit=f"{BURST}/minute",
                bulkhead=PLACES,
            )

    @initialize(used=st.integers(0, BURST))
    def use_up(self, used: int) -> None:
        """Some of the limit is used already."""
        for _ in range(used):
            self.acquire()
            if self.held:
                self.end(0, "drop")

    @rule()
    def acquire(self) -> None:
        """Ask for a permit."""
        before = self.guard.state
        with clock.using(self.clock):
            try:
                permit = self.guard.acquire()
            except CircuitOpenError as refusal:
                assert before != "closed"
                assert (refusal.retry_after or 0) > 0
            except CallLimitedError as refusal:
                assert len(self.let_in) >= BURST
                assert (refusal.retry_after or 0) > 0
            except BulkheadFullError:
                assert len(self.held) == PLACES
                self.let_in.append(self.clock.monotonic())  # the limit was asked first
            else:
                assert len(self.held) < PLACES
                self.let_in.append(self.clock.monotonic())
                self.held.append(Held(permit, self.guard.state))

    @precondition(lambda self: self.held)
    @rule(
        which=st.integers(0, PLACES - 1),
        how=st.sampled_from(["ok", "fail", "answered", "bug", "cancel", "drop", "with"]),
    )
    def end(self, which: int, how: str) -> None:
        """Tell one of them how it ended."""
        permit = self.held.pop(which % len(self.held)).permit
        self.told.append(permit)
        self._tell(permit, how)

    def _tell(self, permit: Permit, how: str) -> None:
        errors = {
            "fail": UnavailableError(),
            "answered": NotFoundError(),
            "bug": TypeError(),
            "cancel": asyncio.CancelledError(),
        }
        with clock.using(self.clock):
            if how == "ok":
                permit.ok()
            elif how == "drop":
                permit.drop()
            elif how == "with":
                with permit:
                    pass
            else:
                permit.fail(errors[how])

    @precondition(lambda self: self.told)
    @rule(which=st.integers(0, 20), how=st.sampled_from(["ok", "fail", "drop", "cancel"]))
    def tell_again(self, which: int, how: str) -> None:
        """A permit that was told already changes nothing, whatever it is told."""
        before = self.guard.state
        self._tell(self.told[which % len(self.told)], how)
        assert self.guard.state == before

    @rule(seconds=st.sampled_from([0.5, 1.0, 3.0, 6.0, 20.0]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    @rule(isolates=st.booleans())
    def operate(self, isolates: bool) -> None:
        """Somebody takes it out, or closes it."""
        if isolates:
            self.guard.isolate()
        else:
            self.guard.reset()

    @invariant()
    def no_place_is_lost(self) -> None:
        """Who is inside is who holds a permit that was told nothing."""
        bulkhead = self.guard._own.bulkhead
        assert bulkhead is not None
        assert bulkhead.used == len(self.held)

    @invariant()
    def the_limit_is_kept(self) -> None:
        """In every window of t seconds, at most the burst and rate x t."""
        if self.let_in:
            end = self.let_in[-1]
            for number, begin in enumerate(reversed(self.let_in), 1):
                assert number <= BURST + RATE * (end - begin) + 1e-6

    def teardown(self) -> None:
        """When all is over, everybody gets in again."""
        while self.held:
            self.end(0, "drop")
        with clock.using(self.clock):
            if self.guard.state == "isolated":
                self.guard.reset()
            well_again(self.guard, self.clock, PLACES)


WholePolicy.TestCase.settings = settings(
    settings.get_profile("usual"), max_examples=settings.default.max_examples * 3 // 2, stateful_step_count=40
)
TestWholePolicy = WholePolicy.TestCase


def together(start: threading.Barrier, tell: Callable[[], None]) -> None:
    """Tell when the others are there, and let them have a turn after each line of the permit."""

    def turns(frame: FrameType, event: str, _arg: object) -> Any:
        if frame.f_code.co_filename.endswith("permit.py"):
            time.sleep(1e-4)  # gives up the interpreter
            return turns
        return None

    before = sys.gettrace()
    start.wait(30)
    sys.settrace(turns)
    try:
        tell()
    finally:
        sys.settrace(before)


def test_a_permit_that_two_threads_tell_at_once_returns_one_slot(fast_switches: None) -> None:
    """The second news is no news, however close it is."""
    guard = policy(fresh("stress"), bulkhead=2)
    slots = guard._own.bulkhead
    assert slots is not None
    held = guard.acquire()

    for _ in range(20):
        permit, start = guard.acquire(), threading.Barrier(2)
        told = (permit.ok, permit.drop)
        threads = [threading.Thread(target=together, args=(start, tell)) for tell in told]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert slots.used == 1
    held.ok()
