# SPDX-License-Identifier: MIT
"""How long a call may take: coroutines as with `asyncio.timeout`, functions by asking or in a thread of their own."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
import time
from contextvars import ContextVar

import pytest
from policy_ways import Heard, Script, forking, fresh, guarded, in_a_child, in_a_thread

from errcore import BulkheadFullError, ConfigurationError, DeadlineExceededError, UnavailableError, clock
from errcore.clock import SystemClock
from errcore.policies import deadlines, workers
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.deadlines import OutOfTimeError
from errcore.policies.declare import policy
from errcore.policies.happenings import Attempted, Degraded, GaveUp, GaveUpReason, Rejected, RejectedBy
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout
from errcore.policies.workers import MOST_WORKERS, Workers, workers_of
from errcore.testing import FakeClock

PATIENCE = 20.0  # real seconds after which a test that waits for a thread gives up


pytestmark = pytest.mark.usefixtures("fake")


async def nap(seconds: float) -> str:
    """Sleep on the clock of the context."""
    await clock.current().asleep(seconds)
    return "awake"


def eventually(condition: object) -> None:
    """Wait for real threads."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


# --- coroutines


async def test_a_coroutine_in_time_is_not_touched(fake: FakeClock):
    """It gives what it gives, and nothing is left behind."""
    assert await policy(fresh("timeout"), timeout=2.0)(nap)(1.9) == "awake"
    assert fake.monotonic() == pytest.approx(1.9)
    assert asyncio.current_task().cancelling() == 0


async def test_a_late_coroutine_is_cancelled(fake: FakeClock):
    """The caller sees a `DeadlineExceededError`, whose cause shows where it hung; the task itself is not cancelled."""
    with pytest.raises(DeadlineExceededError) as caught:
        await policy(name := fresh("timeout"), timeout=2.0)(nap)(3)

    assert isinstance(caught.value, TimeoutError)
    assert type(caught.value.__cause__) is asyncio.CancelledError
    assert name in str(caught.value.message)
    assert fake.monotonic() == 2.0
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)


async def test_each_attempt_has_its_time_and_the_call_its_total(fake: FakeClock):
    """Attempts of a second each, within three and a half."""
    begun: list[float] = []

    async def hang() -> None:
        begun.append(fake.monotonic())
        await nap(50)

    guard = policy(
        fresh("timeout"),
        retry=Retry(9, initial=0.25, factor=1, jitter="none"),
        timeout=Timeout(3.5, attempt=1.0),
        budget=None,
    )
    with Heard(GaveUp) as heard, pytest.raises(DeadlineExceededError):
        await guard(hang)()
    assert begun == [0, 1.25, 2.5]
    assert fake.monotonic() == 3.5
    assert [event.reason for event in heard] == [GaveUpReason.DEADLINE]


async def test_a_timeout_of_the_calls_own_stays_its_own(fake: FakeClock):
    """Only our scope's expiry is translated."""
    own = TimeoutError("of my own")
    with pytest.raises(TimeoutError) as caught:
        await policy(fresh("timeout"), timeout=2.0).acall(_raises(own))
    assert caught.value is own

    class Special(TimeoutError):
        """Says more than that the time was up."""

    async def translates() -> None:
        try:
            await nap(9)
        except asyncio.CancelledError:
            raise Special from None

    with pytest.raises(Special):
        await policy(fresh("timeout"), timeout=2.0)(translates)()
    assert asyncio.current_task().cancelling() == 0


def _raises(problem: BaseException):
    async def body() -> None:
        raise problem

    return body


async def test_a_coroutine_that_ignores_its_cancellation_gives_its_result(fake: FakeClock):
    """As with `asyncio.timeout`: the task is not left cancelled."""

    async def stubborn() -> str:
        try:
            await nap(9)
        except asyncio.CancelledError:
            return "anyway"
        return "in time"

    assert await policy(fresh("timeout"), timeout=2.0)(stubborn)() == "anyway"
    assert asyncio.current_task().cancelling() == 0
    await nap(5)


async def test_a_cancellation_from_outside_stays_one():
    """Before our time, and at the same tick."""
    guard = policy(fresh("timeout"), retry=3, timeout=1.0, breaker=Breaker(minimum=1))

    for moment in (0.5, 1.0):
        task = asyncio.ensure_future(guard(nap)(9))
        await nap(moment)
        task.cancel("from outside")
        with pytest.raises(asyncio.CancelledError):
            await task
        assert guard.state == "closed"


async def test_an_outer_cancel_at_the_same_tick_wins():
    """On the real clock, where both are requested before the task runs again."""
    with clock.using(SystemClock()):

        async def hang() -> None:
            await asyncio.Event().wait()

        task = asyncio.ensure_future(policy(fresh("timeout"), timeout=0.01)(hang)())
        await asyncio.sleep(0)
        time.sleep(0.02)  # noqa: ASYNC251 - the timer is due, and so is this cancellation
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("outside", ["wait_for", "timeout", "policy"])
async def test_timeouts_around_ours_see_their_own(outside: str):
    """`asyncio.wait_for`, `asyncio.timeout` and a shorter deadline outside expire first."""

    async def hang() -> None:
        await asyncio.Event().wait()

    with clock.using(SystemClock()):
        inner = policy(fresh("timeout"), timeout=30.0, retry=3)(hang)
        with pytest.raises(TimeoutError):
            if outside == "wait_for":
                await asyncio.wait_for(inner(), 0.01)
            elif outside == "timeout":
                async with asyncio.timeout(0.01):
                    await inner()
            else:
                await policy(fresh("timeout"), timeout=0.01)(inner)()
    assert asyncio.current_task().cancelling() == 0


async def test_it_works_inside_of_a_task_group(fake: FakeClock):
    """Our timeout is the failure of that task, not a cancellation of the group."""
    counts: list[int] = []

    async def member() -> None:
        with pytest.raises(DeadlineExceededError):
            await policy(fresh("timeout"), timeout=1.0)(nap)(5)
        counts.append(asyncio.current_task().cancelling())
        await nap(1)

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(member())
    assert counts == [0, 0, 0]


async def test_on_the_real_clock_time_is_real():
    """The event loop's own timer ends it."""
    with clock.using(SystemClock()), pytest.raises(DeadlineExceededError):
        await policy(fresh("timeout"), timeout=0.01)(asyncio.sleep)(PATIENCE)


async def test_a_foreign_group_that_contains_our_timeout_passes():
    """A body that wraps what cancelled it keeps its wrapping."""

    async def wraps() -> None:
        try:
            await nap(9)
        except asyncio.CancelledError as cancelled:
            raise BaseExceptionGroup("cancelled", [cancelled]) from None

    with pytest.raises(BaseExceptionGroup):
        await policy(fresh("timeout"), timeout=1.0)(wraps)()


# --- deadlines within deadlines


async def test_the_shorter_of_nested_deadlines_counts(fake: FakeClock):
    """An inner policy cannot move an outer one's deadline out."""
    inner = policy(fresh("timeout"), timeout=10.0)(nap)

    with pytest.raises(DeadlineExceededError):
        await policy(fresh("timeout"), timeout=2.0)(inner)(5)
    assert fake.monotonic() == 2.0
    with deadlines.deadline(1), pytest.raises(DeadlineExceededError):
        await inner(5)
    assert fake.monotonic() == 3.0
    assert deadlines.remaining() is None


async def test_the_attempt_knows_what_is_left(fake: FakeClock):
    """`remaining` is that of the attempt inside, that of the call between, and none outside."""
    seen: list[float | None] = []

    async def body() -> None:
        seen.append(deadlines.remaining())
        await nap(0.25)
        seen.append(deadlines.remaining())

    await policy(fresh("timeout"), timeout=Timeout(5, attempt=1))(body)()
    assert seen == [1.0, 0.75]
    assert deadlines.remaining() is None


@pytest.mark.parametrize("way", ["function", "coroutine", "call", "acall"])
def test_a_call_whose_time_is_up_is_not_made(way: str, fake: FakeClock):
    """Nobody waits for it any more; nothing is counted against the dependency."""
    body = Script()
    guard = policy(
        fresh("timeout"), retry=3, timeout=Timeout(5, sync="cooperative"), breaker=Breaker(minimum=1)
    )
    with deadlines.deadline(1):
        fake.advance(1)
        with Heard(GaveUp, Attempted) as heard, pytest.raises(DeadlineExceededError) as caught:
            guarded(way, guard, body)()

    assert body.calls == []
    assert guard.state == "closed"
    assert [event.reason for event in heard] == [GaveUpReason.DEADLINE]
    assert not getattr(caught.value, "__notes__", None)


async def test_who_is_cut_short_by_somebody_elses_deadline_is_not_counted(fake: FakeClock):
    """A breaker counts an attempt that had its own time, and not one that had only the rest of the caller's."""
    guard = policy(fresh("timeout"), timeout=10.0, breaker=Breaker(minimum=1))
    with deadlines.deadline(1), pytest.raises(DeadlineExceededError):
        await guard(nap)(60)
    assert guard.state == "closed"

    with pytest.raises(DeadlineExceededError):
        await guard(nap)(60)
    assert guard.state == "open"


async def test_the_last_attempt_may_be_cut_short(fake: FakeClock):
    """By our own total, when most of that was used by the attempts before."""
    guard = policy(
        fresh("timeout"),
        retry=Retry(2, initial=0),
        timeout=Timeout(1.2, attempt=1.0),
        breaker=Breaker(minimum=2),
        budget=None,
    )
    with pytest.raises(DeadlineExceededError):
        await guard(nap)(60)

    assert fake.monotonic() == pytest.approx(1.2)
    assert guard.state == "closed"


async def test_time_may_be_used_up_in_a_queue(fake: FakeClock):
    """The wait for a slot is part of the call; the attempt is not begun afterwards."""
    guard = policy(
        fresh("timeout"), timeout=Timeout(sync="cooperative", attempt=5), breaker=Breaker(minimum=1)
    )
    body = Script()
    permit_for = guard._own.enter

    def slow() -> object:
        permit = permit_for()
        fake.advance(100)
        return permit

    guard._own.__class__ = type("Slow", (type(guard._own),), {"__slots__": (), "enter": lambda self: slow()})
    with (
        deadlines.deadline(50),
        Heard(Rejected) as heard,
        pytest.raises(OutOfTimeError, match="no time left when its attempt"),
    ):
        guard.call(body)
    assert body.calls == []
    assert [event.by for event in heard] == [RejectedBy.DEADLINE]
    assert guard.state == "closed"


# --- functions


def test_a_function_has_to_say_how():
    """Without `sync=` it is refused where it is decorated, and where it is called."""
    guard = policy(fresh("timeout"), timeout=2.0)

    with pytest.raises(ConfigurationError, match="cooperative"):
        guard(Script())
    with pytest.raises(ConfigurationError, match="cooperative"):
        guard.call(len, "x")


def test_a_cooperative_function_asks(fake: FakeClock):
    """It reads `remaining()`; a result that comes late is still the result."""
    guard = policy(fresh("timeout"), timeout=Timeout(2.0, sync="cooperative"))

    def work(seconds: float) -> float | None:
        fake.advance(seconds)
        if deadlines.remaining() == 0:
            raise DeadlineExceededError("I asked.")
        return deadlines.remaining()

    assert guard.call(work, 1.5) == 0.5
    with pytest.raises(DeadlineExceededError, match="I asked"):
        guard.call(work, 2.5)
    assert guard.call(lambda: fake.advance(9)) is None


def test_a_cooperative_function_is_cut_short_too(fake: FakeClock):
    """By the verdict on what it raises when the caller's time is up."""
    guard = policy(fresh("timeout"), timeout=Timeout(10.0, sync="cooperative"), breaker=Breaker(minimum=1))

    def work() -> None:
        fake.advance(1)
        raise TimeoutError

    with deadlines.deadline(1), pytest.raises(TimeoutError):
        guard.call(work)
    assert guard.state == "closed"
    with deadlines.deadline(2), pytest.raises(TimeoutError):
        guard.call(work)
    assert guard.state == "open"


place: ContextVar[str] = ContextVar("place", default="nowhere")


def test_a_thread_takes_the_context_along(fake: FakeClock):
    """And the deadline; what it sets stays there."""
    guard = policy(fresh("timeout"), timeout=Timeout(2.0, sync="thread"))

    def work() -> tuple[str, float | None, bool]:
        found = place.get(), deadlines.remaining(), threading.current_thread() is threading.main_thread()
        place.set("there")
        return found

    token = place.set("here")
    try:
        assert guard.call(work) == ("here", 2.0, False)
        assert place.get() == "here"
    finally:
        place.reset(token)


@pytest.mark.parametrize(
    "problem", [UnavailableError(), KeyboardInterrupt(), SystemExit(3)], ids=itertools.count()
)
def test_what_a_thread_raises_comes_out(problem: BaseException):
    """Whatever it is, as it is."""
    with pytest.raises(type(problem)) as caught:
        policy(fresh("timeout"), timeout=Timeout(2.0, sync="thread"))(Script(problem))()

    assert caught.value is problem


def test_a_late_thread_is_left_behind_and_counted(fake: FakeClock):
    """Its result is dropped; until it ends it takes a place, which is said when it begins and when all are back."""
    name = fresh("timeout")
    guard = policy(name, timeout=Timeout(2.0, sync="thread"))
    free = threading.Event()

    def hang() -> None:
        fake.advance(3)
        free.wait(PATIENCE)

    with Heard(Degraded) as heard:
        for late in (1, 2):
            with pytest.raises(DeadlineExceededError, match="goes on"):
                guard.call(hang)
            assert workers_of(name).late == late
        assert guard.call(len, "abc") == 3
        free.set()
        eventually(lambda: len(heard) == 3)
        assert workers_of(name).late == 0
    assert [event.recovered for event in heard] == [False, False, True]
    assert {(event.policy, event.part) for event in heard} == {(name, "worker")}


def test_threads_are_reused():
    """One call after the other needs one thread."""
    name = fresh("timeout")
    guard = policy(name, timeout=Timeout(2.0, sync="thread"))
    for _ in range(50):
        guard.call(len, "x")
        eventually(lambda: workers_of(name)._idle == 1)

    assert workers_of(name).size == 1


def test_a_clock_that_stands_still_is_looked_at_again():
    """On a clock that is turned by hand a thread has all the real time that it needs."""
    slow = threading.Event()

    assert policy(fresh("timeout"), timeout=Timeout(2.0, sync="thread")).call(slow.wait, 0.05) is False


def test_there_are_never_more_threads_than_the_bound(fake: FakeClock):
    """Calls that find none free wait for one until their time is up, and were not made then."""
    pool, free, running = Workers(fresh("timeout"), most=2), threading.Event(), []

    def hang() -> None:
        running.append(1)
        fake.advance(10)
        free.wait(PATIENCE)

    for _ in range(2):
        with pytest.raises(DeadlineExceededError):
            pool.run(hang, (), {}, fake.monotonic() + 5)
    with clock.using(SystemClock()), pytest.raises(BulkheadFullError, match="All 2 threads"):
        pool.run(hang, (), {}, time.monotonic() + 0.01)
    with Heard(Rejected) as heard, pytest.raises(BulkheadFullError) as caught:
        pool.run(hang, (), {}, fake.monotonic())
    assert [(event.by, event.retry_after) for event in heard] == [(RejectedBy.BULKHEAD, 1.0)]
    assert caught.value.retry_after == 1.0
    assert (len(running), pool.size, pool.late) == (2, 2, 2)
    free.set()
    eventually(lambda: pool.late == 0)
    assert pool.run(len, ("abc",), {}, fake.monotonic() + 5) == 3
    assert len(running) == 2  # those that were refused are not made later either


def test_many_callers_share_the_threads():
    """A hundred callers and four threads: everybody gets his own answer, whoever waits is not forgotten."""
    with clock.using(SystemClock()):
        pool = Workers(fresh("timeout"), most=4)
        found: dict[int, int] = {}

        def ask(number: int) -> None:
            found[number] = pool.run(lambda: number, (), {}, time.monotonic() + PATIENCE)

        callers = [threading.Thread(target=ask, args=(number,)) for number in range(100)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert found == {number: number for number in range(100)}
    assert pool.size <= 4


def test_on_the_real_clock_a_thread_is_waited_for_in_real_time():
    """And not longer."""
    name, free = fresh("timeout"), threading.Event()
    guard = policy(name, timeout=Timeout(0.02, sync="thread"))
    try:
        with clock.using(SystemClock()):
            begun = time.monotonic()
            with pytest.raises(DeadlineExceededError):
                guard.call(free.wait, PATIENCE)
            assert time.monotonic() - begun < PATIENCE / 2
    finally:
        free.set()
    eventually(lambda: workers_of(name).late == 0)


def test_what_comes_too_late_by_the_clock_is_late(fake: FakeClock):
    """The thread is done, and the time is over: there is nothing to count, and no result."""
    name = fresh("timeout")

    with pytest.raises(DeadlineExceededError):
        policy(name, timeout=Timeout(2.0, sync="thread")).call(fake.advance, 2.0)
    assert workers_of(name).late == 0


def test_a_thread_that_cannot_be_started_is_an_error_and_no_leak(monkeypatch: pytest.MonkeyPatch):
    """The host has none left: the call fails, and later ones may work."""
    pool = Workers(fresh("timeout"), most=1)

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(threading.Thread, "start", refuse)
        pool.run(len, ("x",), {}, 5.0)
    assert (pool.size, len(pool._jobs)) == (0, 0)
    assert pool.run(len, ("x",), {}, 5.0) == 1


def test_where_threads_are_short_those_there_are_come_to_it(monkeypatch: pytest.MonkeyPatch, fake: FakeClock):
    """A call that can have no thread of its own waits for one of the others."""
    pool, free = Workers(fresh("timeout"), most=2), threading.Event()
    with pytest.raises(DeadlineExceededError):
        pool.run(lambda: (fake.advance(9), free.wait(PATIENCE)), (), {}, 5.0)

    def refuse(self: threading.Thread) -> None:
        free.set()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert pool.run(len, ("abc",), {}, fake.monotonic() + 5) == 3
    assert pool.size == 1


def test_a_caller_who_is_interrupted_leaves_its_thread_behind(
    monkeypatch: pytest.MonkeyPatch, fake: FakeClock
):
    """Ctrl-C comes to the caller, not to the thread."""
    pool, free = Workers(fresh("timeout")), threading.Event()

    def interrupt(job: object, moment: float) -> bool:
        eventually(lambda: job.started)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(workers, "_wait", interrupt)
        with pytest.raises(KeyboardInterrupt):
            pool.run(free.wait, (PATIENCE,), {}, 5.0)
    assert pool.late == 1
    free.set()
    eventually(lambda: pool.late == 0)


def test_a_thread_that_nobody_needs_ends(monkeypatch: pytest.MonkeyPatch):
    """After a while."""
    monkeypatch.setattr(workers, "_IDLE", 0.01)
    pool = Workers(fresh("timeout"))
    pool.run(len, ("x",), {}, 5.0)

    eventually(lambda: pool.size == 0)


@forking
def test_a_forked_child_starts_without_threads():
    """It has none of its parent's, and makes its own, although another thread was about to make some."""
    guard = policy(name := fresh("timeout"), timeout=Timeout(10, sync="thread"))
    assert guard.call(os.getpid) == os.getpid()
    with in_a_thread(workers._lock):
        code = in_a_child(lambda: workers._workers == {} and guard.call(os.getpid) == os.getpid())

    assert code == 0
    assert workers_of(name).size == 1


def test_retries_run_in_threads(fake: FakeClock):
    """Each attempt is a call of its own."""
    body = Script(UnavailableError(), UnavailableError())
    guard = policy(
        fresh("timeout"), retry=Retry(3, initial=0), timeout=Timeout(2.0, attempt=1, sync="thread")
    )

    assert guard(body)("x") == "ok"
    assert body.calls == [("x",)] * 3
    assert MOST_WORKERS >= 8


# --- settings


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"total": 0},
        {"total": -1},
        {"total": float("nan")},
        {"total": float("inf")},
        {"total": "2"},
        {"total": True},
        {"attempt": 0},
        {"total": 1, "attempt": 2},
        {"total": 1, "sync": "magic"},
        {"total": 1, "sync": ["thread"]},
    ],
    ids=str,
)
def test_nonsense_is_refused(wrong: dict[str, object]):
    """Seconds above 0, at least one of them, and a way that there is."""
    with pytest.raises(ConfigurationError, match="Timeout"):
        Timeout(**wrong)


@pytest.mark.parametrize(("slow_after", "state"), [(0.5, "open"), (2.0, "closed"), (None, "closed")], ids=str)
def test_an_attempt_that_was_cut_short_may_have_been_slow_all_the_same(
    slow_after: float | None, state: str, fake: FakeClock
):
    """By the measure of the breaker it is the dependency's fault, whoever had no more time."""
    guard = policy(
        fresh("timeout"),
        breaker=Breaker(minimum=1, slow_after=slow_after),
        timeout=Timeout(5, sync="cooperative"),
    )

    def body() -> None:
        fake.advance(1.0)
        raise TimeoutError

    with deadlines.deadline(1.0), pytest.raises(TimeoutError):
        guard.call(body)
    assert guard.state == state
