# SPDX-License-Identifier: MIT
"""While a breaker is open: whom it refuses, whom it lets probe, what makes it close, and whose result comes too late."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest
from breaker_calls import by_hand, each_way, fail, guarded_by, opened, refusal, succeed, sync_call

from errcore import CircuitOpenError, NotFoundError
from errcore.errors.stock import RejectedError
from errcore.policies.breaking.breaker import Breaker
from errcore.testing import FakeClock

pytestmark = pytest.mark.usefixtures("fake")


@each_way
def test_a_refusal_says_who_and_how_long(wrap, fake: FakeClock) -> None:
    """Each is an error of its own, with the time that is left, give or take a tenth of all."""
    guard, call = opened(wrap)
    first = refusal(call)
    fake.advance(1.0)
    second = refusal(call)

    assert 4.5 <= first.retry_after <= 5.5
    assert first.retry_after - second.retry_after == pytest.approx(1.0)
    assert first is not second
    assert first.policy == guard.name


def test_the_times_of_a_fleet_are_spread() -> None:
    """Those that open at one moment do not come back at one moment, and all within a tenth."""
    waits = [refusal(opened(sync_call)[1]).retry_after for _ in range(200)]

    assert min(waits) < 4.6 < 5.4 < max(waits)
    assert all(4.5 <= wait <= 5.5 for wait in waits)


@each_way
def test_refusals_leave_nothing_behind(wrap) -> None:
    """However many there are, they take no memory, and the last one has no longer a traceback than the first."""
    _, call = opened(wrap)

    def depth() -> int:
        traceback, frames = refusal(call).__traceback__, 0
        while traceback is not None:
            traceback, frames = traceback.tb_next, frames + 1
        return frames

    first = depth()
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(5500):
            if number == 500:
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
            try:
                call("never")
            except CircuitOpenError:
                pass
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 5000
    assert depth() == first <= 7


@each_way
def test_it_stays_open_for_twice_as_long_while_probes_fail(wrap, fake: FakeClock) -> None:
    """Up to a longest time; after it was closed it begins anew."""
    _, call = opened(wrap, open_for=5, open_cap=60, successes=1)
    waits: list[float] = []
    for _ in range(6):
        waits.append(refusal(call).retry_after)
        fake.advance(waits[-1])
        fail(call)
    for wait, expected in zip(waits, [5, 10, 20, 40, 60, 60], strict=True):
        assert expected * 0.9 <= wait <= expected * 1.1

    fake.advance(refusal(call).retry_after)
    succeed(call)
    fail(call)

    assert refusal(call).retry_after <= 5.5


@each_way
def test_probes_that_work_close_it(wrap, fake: FakeClock) -> None:
    """So many in a row, and nothing of before counts then."""
    guard, call = opened(wrap, successes=3)
    fake.advance(5.6)
    succeed(call, 2)
    assert guard.state == "half_open"
    succeed(call)

    assert guard.state == "closed"


@pytest.mark.parametrize("probes", [1, 3])
async def test_so_many_may_probe_at_once(fake: FakeClock, probes: int) -> None:
    """Of a hundred that arrive together so many begin; the others are told to come later."""
    guard = guarded_by(Breaker(minimum=1, probes=probes, successes=probes))
    began = 0
    gate = asyncio.Event()

    @guard
    async def body(*, fails: bool = False) -> None:
        nonlocal began
        if fails:
            raise ConnectionError
        began += 1
        await gate.wait()

    with pytest.raises(ConnectionError):
        await body(fails=True)
    fake.advance(5.6)
    tasks = [asyncio.create_task(body()) for _ in range(100)]
    for _ in range(3):
        await asyncio.sleep(0)

    assert began == probes
    assert guard.state == "half_open"

    gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [result for result in results if result is not None]

    assert len(refused) == 100 - probes
    assert all(type(error) is CircuitOpenError and error.retry_after > 0 for error in refused)
    assert guard.state == "closed"


@each_way
@pytest.mark.parametrize(
    "says_nothing",
    [NotFoundError("no"), TypeError("bug"), RejectedError(), asyncio.CancelledError(), KeyboardInterrupt()],
    ids=lambda error: type(error).__name__,
)
def test_a_probe_that_says_nothing_gives_its_place_back(wrap, fake: FakeClock, says_nothing) -> None:
    """It neither closes nor opens it, and the next one probes at once."""
    guard, call = opened(wrap, successes=1)
    fake.advance(5.6)
    for _ in range(5):
        fail(call, error=says_nothing)
        assert guard.state == "half_open"

    succeed(call)

    assert guard.state == "closed"


def test_a_permit_that_is_dropped_gives_its_place_back(fake: FakeClock) -> None:
    """Told by hand, and only the first time."""
    guard, _ = opened(by_hand, successes=1)
    fake.advance(5.6)
    permit = guard.acquire()
    with pytest.raises(CircuitOpenError):
        guard.acquire()
    permit.drop()
    permit.fail(ConnectionError())
    assert guard.state == "half_open"

    guard.acquire().ok()

    assert guard.state == "closed"


async def test_a_cancelled_probe_gives_its_place_back(fake: FakeClock) -> None:
    """Also one that is cancelled from outside while it waits."""
    guard, _ = opened(by_hand, successes=1)
    fake.advance(5.6)

    @guard
    async def body(seconds: float) -> None:
        await asyncio.sleep(seconds)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(body(60), 0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await body(60)
    assert guard.state == "half_open"

    await body(0)

    assert guard.state == "closed"


def test_a_probe_that_hangs_is_replaced(fake: FakeClock) -> None:
    """When its lease is over another one may probe, and what the late one says does not matter."""
    guard, _ = opened(by_hand, open_for=5, successes=2)
    fake.advance(5.6)
    hanging = guard.acquire()
    fake.advance(4.9)
    with pytest.raises(CircuitOpenError) as caught:
        guard.acquire()
    assert caught.value.retry_after == pytest.approx(0.1)
    fake.advance(0.1 + 1e-6)
    second = guard.acquire()
    hanging.fail(ConnectionError())
    assert guard.state == "half_open"
    with pytest.raises(CircuitOpenError):
        guard.acquire()

    second.ok()
    guard.acquire().ok()

    assert guard.state == "closed"


def test_a_probe_counts_until_somebody_takes_its_place(fake: FakeClock) -> None:
    """A dependency that is well, and slower than a lease is long, is found well."""
    guard, _ = opened(by_hand, open_for=0.05, open_cap=60, successes=1)
    fake.advance(0.06)
    permit = guard.acquire()
    fake.advance(3.0)
    permit.ok()

    assert guard.state == "closed"


def test_leases_grow_to_what_probes_take(fake: FakeClock) -> None:
    """Even where others wait to take the place, it closes in the end."""
    guard, _ = opened(by_hand, open_for=0.05, open_cap=60, successes=1)
    fake.advance(0.06)
    slow = guard.acquire()
    fake.advance(1.0)
    guard.acquire()
    slow.ok()
    assert guard.state == "half_open"
    fake.advance(1.0)
    slow = guard.acquire()
    fake.advance(1.0)
    with pytest.raises(CircuitOpenError):
        guard.acquire()

    slow.ok()

    assert guard.state == "closed"


@each_way
def test_a_slow_probe_opens_it_again(wrap, fake: FakeClock) -> None:
    """It worked, but not well."""
    guard, call = opened(wrap, slow_after=1.0)
    fake.advance(5.6)
    call(lambda: fake.advance(1.0))

    assert guard.state == "open"


@pytest.mark.parametrize("end", ["ok", "fail", "drop"])
@pytest.mark.parametrize("when", ["open", "half_open", "closed"])
def test_what_began_before_the_trip_changes_nothing(fake: FakeClock, end: str, when: str) -> None:
    """In whatever generation it ends: no state, no count, no place of a probe."""
    guard, _ = opened(by_hand)
    guard.reset()
    old = [guard.acquire() for _ in range(50)]
    guard.acquire().fail(ConnectionError())
    probe = None
    if when != "open":
        fake.advance(5.6)
        probe = guard.acquire()
    if when == "closed":
        probe.ok()
        guard.acquire().ok()
        guard.acquire().ok()
    assert guard.state == when
    for permit in old:
        permit.fail(ConnectionError()) if end == "fail" else getattr(permit, end)()

    assert guard.state == when
    if when == "half_open":
        with pytest.raises(CircuitOpenError):
            guard.acquire()
        probe.fail(ConnectionError())
        assert guard.state == "open"


@each_way
def test_a_call_under_way_when_it_opens_counts_no_more(wrap) -> None:
    """Of functions, too: a failure that was let in while it was closed comes when it is closed again."""
    guard = guarded_by(Breaker(minimum=1))
    call = wrap(guard)

    def outlives() -> None:
        guard.isolate()
        guard.reset()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        call(outlives)

    assert guard.state == "closed"
