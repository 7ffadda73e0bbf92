# SPDX-License-Identifier: MIT
"""The breaker under threads that switch at every step, and under thousands of tasks that are cancelled at random."""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from breaker_calls import guarded_by
from policy_ways import forking, in_a_child, in_a_thread

from errcore import CircuitOpenError, clock
from errcore.events import stream
from errcore.mishaps import Mishaps
from errcore.policies.breaking import breaker_state
from errcore.policies.breaking._pybreaker import StateHolder
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.breaking.breaker_state import BreakerState
from errcore.policies.guard import Policy
from errcore.policies.happenings import Transition
from errcore.testing import FakeClock


@pytest.fixture
def fast_switches() -> Iterator[None]:
    """Threads take turns a hundred thousand times a second."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def in_threads(number: int, work: Callable[[int], object]) -> None:
    """Run `work` in so many threads that start together; what one raises is raised."""
    barrier = threading.Barrier(number)
    problems: list[BaseException] = []

    def one(index: int) -> None:
        barrier.wait()
        try:
            work(index)
        except BaseException as problem:  # noqa: BLE001 - of any sort
            problems.append(problem)

    threads = [threading.Thread(target=one, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not any(thread.is_alive() for thread in threads)
    if problems:
        raise problems[0]


def test_bodies_run_side_by_side() -> None:
    """Fifty threads with bodies of 0.2 seconds need no more than that, and a little."""
    call = guarded_by(Breaker())(time.sleep)
    start = time.perf_counter()
    in_threads(50, lambda _: call(0.2))

    assert time.perf_counter() - start < 0.5


@pytest.mark.usefixtures("fast_switches")
def test_threads_lose_no_failure() -> None:
    """Every failure is counted, and the one that reaches the minimum opens it, once."""
    guard = guarded_by(Breaker(1, minimum=4000))

    @guard
    def body() -> None:
        raise ConnectionError

    def work(_: int) -> None:
        for _ in range(500):
            with pytest.raises(ConnectionError):
                body()

    changes: list[Transition] = []
    with stream.subscribe(Transition, changes.append):
        in_threads(8, work)

    assert guard.state == "open"
    assert [(change.before, change.after) for change in changes] == [("closed", "open")]


@pytest.mark.usefixtures("fast_switches")
def test_threads_lose_few_successes() -> None:
    """They are counted without a lock, and next to none is lost."""
    guard = guarded_by(Breaker())
    call = guard(lambda: None)

    def work(_: int) -> None:
        for _ in range(5000):
            call()

    in_threads(8, work)
    breaker = guard._own.breaker
    breaker.fold()

    assert 39_000 <= breaker._tally._window.calls <= 41_000


@pytest.mark.usefixtures("fast_switches")
@pytest.mark.parametrize("probes", [1, 3])
def test_threads_are_never_more_than_the_probes(probes: int) -> None:
    """However calls end, no more probe than may, no place is lost, and it closes when the dependency is well."""
    guard = guarded_by(Breaker(minimum=1, open_for=1e-3, open_cap=1e-3, probes=probes, successes=5))
    # Leases are long, so that a thread that is not let run for a while does not lose its own.
    guard._own.breaker._probes._patience = 60.0
    ill = True

    @guard
    def body(chance: float) -> None:
        if ill and chance < 0.3:
            raise ConnectionError
        if ill and chance < 0.6:
            raise TypeError

    def work(index: int) -> None:
        chances = random.Random(index)
        for _ in range(400):
            try:
                body(chances.random())
            except CircuitOpenError as refusal:
                assert refusal.retry_after > 0
            except (ConnectionError, TypeError):
                pass

    with pytest.raises(ConnectionError):
        body(0.0)
    breaker = guard._own.breaker
    most_leases = told = 0

    def watch(event: Transition) -> None:
        nonlocal most_leases, told
        told += 1
        most_leases = max(most_leases, len(breaker._probes._leases))

    with stream.subscribe(Transition, watch):
        in_threads(8, work)
    ill = False

    assert told > 0
    assert most_leases <= probes
    deadline = time.perf_counter() + 10
    while guard.state != "closed":
        assert time.perf_counter() < deadline, "a place was lost"
        try:
            body(1.0)
        except CircuitOpenError:
            time.sleep(1e-3)


@pytest.mark.usefixtures("fast_switches")
@pytest.mark.parametrize("probes", [1, 4])
def test_threads_that_arrive_together_get_the_places_there_are(probes: int) -> None:
    """Of 32 that ask at one moment so many are let in, each time."""
    with clock.using(FakeClock()) as fake:
        guard = guarded_by(Breaker(minimum=1, probes=probes, successes=1000, open_cap=5))
        guard.acquire().fail(ConnectionError())
        for _ in range(30):
            fake.advance(5.6)
            permits: list[object] = []

            def work(_: int, permits: list[object] = permits) -> None:
                with clock.using(fake):
                    try:
                        permits.append(guard.acquire())
                    except CircuitOpenError:
                        pass

            in_threads(32, work)

            assert len(permits) == probes

            in_threads(probes, lambda index, permits=permits: permits[index].drop())


@pytest.mark.usefixtures("fast_switches")
def test_threads_tell_of_changes_in_their_order() -> None:
    """Whoever changes it: each event begins where the one before it ended."""
    guard = guarded_by(Breaker(minimum=1, open_for=1e-4, open_cap=1e-4, successes=1))
    told: list[Transition] = []

    @guard
    def body(fails: bool) -> None:
        if fails:
            raise ConnectionError

    def work(index: int) -> None:
        for number in range(60):
            try:
                body((index + number) % 3 == 0)
            except (ConnectionError, CircuitOpenError):
                pass
            if number % 20 == index:
                guard.isolate()
                guard.reset()

    with stream.subscribe(Transition, told.append):
        in_threads(8, work)

    assert told[0].before == "closed"
    assert told[-1].after == guard.state
    assert all(first.after == then.before for first, then in itertools.pairwise(told))


async def crowd(guard: Policy, number: int) -> tuple[int, int, int]:
    """Tasks that come over a while, of which many are cancelled: before they ask, inside, or never.

    Gives how many were inside at once at most, how many were cancelled, and how many refused.
    """
    chances = random.Random(7)
    inside: set[asyncio.Task[None]] = set()
    most = 0

    @guard
    async def body(turns: int) -> None:
        nonlocal most
        task = asyncio.current_task()
        inside.add(task)
        most = max(most, len(inside))
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
        finally:
            inside.remove(task)

    async def comes(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await body(chances.randrange(6))

    tasks = [asyncio.create_task(comes(chances.randrange(200))) for _ in range(number)]
    while not all(task.done() for task in tasks):
        for task in [
            *chances.sample(tasks, number // 500),
            *(task for task in inside if chances.random() < 0.3),
        ]:
            task.cancel()
        await asyncio.sleep(0)
    cancelled = sum(task.cancelled() for task in tasks)
    return most, cancelled, sum(not task.cancelled() and task.exception() is not None for task in tasks)


async def test_cancelled_tasks_do_not_open_it() -> None:
    """Fifteen hundred tasks, most of which are cancelled: closed, no failure, and everybody saw a cancellation."""
    guard = guarded_by(Breaker(minimum=1))
    _, cancelled, refused = await crowd(guard, 1500)

    assert cancelled > 750
    assert (refused, guard.state) == (0, "closed")
    assert guard._own.breaker.idle


@pytest.mark.parametrize("probes", [1, 3])
async def test_cancelled_probes_lose_no_place(probes: int) -> None:
    """Fifteen hundred tasks want to probe and are cancelled at random: never too many inside, and all places come back."""
    with clock.using(FakeClock()) as fake:
        guard = guarded_by(Breaker(minimum=1, probes=probes, successes=10**6))
        guard.acquire().fail(ConnectionError())
        fake.advance(5.6)
        most, cancelled, refused = await crowd(guard, 1500)

        assert cancelled > 100
        assert refused > 400
        assert most == probes
        assert guard.state == "half_open"
        places = [guard.acquire() for _ in range(probes)]
        with pytest.raises(CircuitOpenError):
            guard.acquire()
        for place in places:
            place.drop()


async def test_callers_see_their_own_cancellation() -> None:
    """`wait_for` and `asyncio.timeout` around guarded calls time out, and a task that was cancelled is cancelled."""
    guard = guarded_by(Breaker(minimum=1))

    @guard
    async def body() -> None:
        await asyncio.sleep(60)

    for _ in range(20):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(body(), 0.001)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await body()
    task = asyncio.create_task(body())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert guard.state == "closed"


class Meanwhile:
    """A lock before which another thread has changed the state."""

    def __init__(self, state: BreakerState, change: Callable[[], None]) -> None:
        self._state, self._lock, self._change = state, state._lock, change
        state._lock = self

    def __enter__(self) -> None:
        self._state._lock = self._lock
        self._change()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_who_wants_to_probe_when_the_state_has_just_changed_sees_the_new_one() -> None:
    """Another thread came between the look and the lock: closed, it is an ordinary call; isolated, it is refused."""
    with clock.using(FakeClock()) as fake:
        state = BreakerState(Breaker(minimum=1), "meanwhile")
        state.failed(state.enter(fake.monotonic()))
        fake.advance(6)
        Meanwhile(state, state.isolate)
        with pytest.raises(CircuitOpenError):
            state.enter(fake.monotonic())
        assert state.state == "isolated"

        state.reset()
        state.failed(state.enter(fake.monotonic()))
        fake.advance(6)
        Meanwhile(state, state.reset)
        token = state.enter(fake.monotonic())
        assert token is state.generation
        assert state.state == "closed"


@forking
@pytest.mark.parametrize("state", ["closed", "open", "half_open", "isolated"])
def test_a_forked_child_has_a_breaker_of_its_own(state: str) -> None:
    """In the same state, although another thread held its locks; it counts from the start, and works."""
    with clock.using(FakeClock()) as fake:
        guard = guarded_by(Breaker(minimum=2, successes=1))
        permit = guard.acquire()
        if state != "closed":
            guard.acquire().fail(ConnectionError())
            permit.fail(ConnectionError())
        if state == "half_open":
            fake.advance(5.6)
            guard.acquire()
        if state == "isolated":
            guard.isolate()
        breaker = guard._own.breaker

        def work() -> bool:
            assert guard.state == state
            if state in {"open", "half_open"}:
                fake.advance(5.6)
                guard.acquire().ok()
            if state == "isolated":
                guard.reset()
            assert guard.state == "closed"
            guard.acquire().fail(ConnectionError())
            assert guard.state == "closed"
            guard.acquire().fail(ConnectionError())
            return guard.state == "open"

        with in_a_thread(breaker._lock, breaker._telling):
            assert in_a_child(work) == 0
        assert guard.state == state


def test_a_breaker_that_starts_again_is_empty() -> None:
    """What the child of a fork does: the state stays, and nothing is counted, nobody inside."""
    with clock.using(FakeClock()) as fake:
        state = BreakerState(Breaker(minimum=2), "forked")
        token = state.enter(0.0)
        state.failed(token)
        state.renew()
        state.failed(token)
        assert state.state == "closed"
        state.failed(token)
        fake.advance(5.6)
        state.enter(5.6)
        state.renew()
        state.enter(5.6)

        assert state.state == "half_open"


def test_gathering_goes_on_while_it_opens() -> None:
    """A thread may gather successes, and want them dated, when another one has just opened it."""
    with clock.using(FakeClock()):
        state = BreakerState(Breaker(minimum=1), "gathering")
        token = state.enter(0.0)
        token.group = 3
        state.succeeded(token)
        assert token.oks == 1
        state.isolate()
        state.succeeded(token)
        state.fold()

        assert (state.state, token.oks) == ("isolated", 1)


def test_changes_that_nobody_tells_are_counted() -> None:
    """A listener that hangs does not make the list of changes grow without end."""
    holder = StateHolder("lost")
    for _ in range(1000):
        holder.move("open")
        holder.move("closed")

    assert len(holder.changes) + holder.lost == 2000
    assert len(holder.changes) == 1024


def test_changes_that_nobody_hears_of_are_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener that is slower than a thousand changes: operators read that some are missing, once."""
    untold = Mishaps()
    monkeypatch.setattr(breaker_state, "untold", untold)
    state = BreakerState(Breaker(), "slow-listener")

    def change_and_change(_event: Transition) -> None:
        if not done:
            done.append(True)
            for _ in range(600):
                state.isolate()
                state.reset()

    done: list[bool] = []
    with stream.subscribe(Transition, change_and_change):
        state.isolate()

    assert state.state == "closed"
    assert untold.count == 1199 - 1024  # the first of the 1200 changed nothing
    assert caplog.text.count("listeners for changes of a breaker") == 1
