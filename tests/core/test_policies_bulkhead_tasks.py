# SPDX-License-Identifier: MIT
"""Bulkheads between tasks, and between tasks and threads: a cancelled waiter neither keeps nor loses a slot."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
from collections.abc import Callable

import pytest

from errcore import BulkheadFullError, clock
from errcore.policies import deadlines
from errcore.policies.bulkhead import Bulkhead, Slots
from errcore.policies.declare import policy
from errcore.testing import FakeClock


async def turns(number: int = 3) -> None:
    """Let the others have their turns."""
    for _ in range(number):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so that another thread does; fail when it is not within ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a thread does not know of events of a loop
            await asyncio.sleep(0.001)


async def test_tasks_are_served_in_the_order_they_came():
    """One after the other, and whoever comes when the queue is full is refused."""
    slots, order = Slots(Bulkhead(1, queue=3), "db"), list[int]()
    await slots.aenter()

    async def work(number: int) -> None:
        await slots.aenter()
        order.append(number)
        await asyncio.sleep(0)
        slots.leave()

    tasks = [asyncio.create_task(work(number)) for number in range(3)]
    await turns()
    assert slots.waiting == 3
    with pytest.raises(BulkheadFullError):
        await slots.aenter()
    slots.leave()
    await asyncio.gather(*tasks)

    assert order == [0, 1, 2]
    assert slots.idle


async def test_nobody_overtakes_the_queue():
    """A slot that is on its way to a waiter is not free, even before the waiter had its turn."""
    slots = Slots(Bulkhead(1, queue=1), "db")
    await slots.aenter()
    waiter = asyncio.create_task(slots.aenter())
    await turns()
    slots.leave()

    assert (slots.used, slots.waiting) == (1, 0)
    newcomer = asyncio.create_task(slots.aenter())
    await turns()
    assert waiter.done()
    assert not newcomer.done()
    slots.leave()
    await newcomer


async def test_a_thousand_cancelled_waiters_leave_the_capacity_as_it_was():
    """Each leaves the queue; then as many as before get in."""
    slots = Slots(Bulkhead(2, queue=1), "db")
    await slots.aenter()
    await slots.aenter()
    for _ in range(1000):
        waiter = asyncio.create_task(slots.aenter())
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    assert (slots.used, slots.waiting) == (2, 0)
    slots.leave()
    slots.leave()
    assert slots.idle


async def test_a_waiter_that_is_cancelled_when_it_was_given_a_slot_passes_it_on():
    """To the next in the queue, or back."""
    slots = Slots(Bulkhead(1, queue=2), "db")
    await slots.aenter()
    first, second = asyncio.create_task(slots.aenter()), asyncio.create_task(slots.aenter())
    await turns()
    slots.leave()
    first.cancel()
    await second
    assert first.cancelled() or isinstance(await asyncio.gather(first, return_exceptions=True), list)
    assert (slots.used, slots.waiting) == (1, 0)
    slots.leave()
    assert slots.idle


@pytest.mark.parametrize("max_wait", [None, 0.5])
@pytest.mark.parametrize("seed", [1, 2])
async def test_thousands_of_tasks_cancelled_at_random(max_wait: float | None, seed: int):
    """Never more than seven inside; every cancelled task is cancelled; nothing is left over."""
    chance = random.Random(seed)
    with clock.using(FakeClock()):
        slots = Slots(Bulkhead(7, queue=10_000, max_wait=max_wait), "db")
        inside = most = done = refused = 0

        async def work(rounds: int) -> None:
            nonlocal inside, most, done, refused
            try:
                await slots.aenter()
            except BulkheadFullError:
                refused += 1
                return
            inside += 1
            most = max(most, inside)
            try:
                await turns(rounds)
            finally:
                inside -= 1
                slots.leave()
            done += 1

        tasks = [asyncio.create_task(work(chance.randrange(4))) for _ in range(3000)]
        doomed = chance.sample(tasks, 1200)
        for count, task in enumerate(doomed):
            task.cancel()
            if count % 10 == 0:
                await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)

    cancelled = sum(isinstance(result, asyncio.CancelledError) for result in results)
    assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results)
    assert done + refused + cancelled == 3000
    assert 0 < cancelled <= 1200
    assert most == 7
    assert inside == 0
    assert slots.idle


@pytest.mark.parametrize(
    ("max_wait", "deadline", "longest"), [(2.0, None, 2.0), (None, 3.0, 3.0), (9.0, 3.0, 3.0)]
)
async def test_nobody_waits_longer_than_allowed(
    max_wait: float | None, deadline: float | None, longest: float
):
    """The wait ends with `max_wait` or with the deadline, whichever is earlier."""
    slots = Slots(Bulkhead(1, queue=1, max_wait=max_wait), "db")
    await slots.aenter()
    with clock.using(FakeClock()) as fake:
        before = fake.monotonic()
        with pytest.raises(BulkheadFullError):
            if deadline is None:
                await slots.aenter()
            else:
                with deadlines.deadline(deadline):
                    await slots.aenter()
        assert fake.monotonic() - before == longest
        with deadlines.deadline(1.0):
            fake.advance(1.0)
            with pytest.raises(BulkheadFullError):
                await slots.aenter()
    assert slots.waiting == 0
    slots.leave()
    assert slots.idle


async def test_whoever_is_let_in_in_time_leaves_no_alarm_behind():
    """The alarm of a wait ends with the wait."""
    slots = Slots(Bulkhead(1, queue=1, max_wait=60.0), "db")
    await slots.aenter()
    waiter = asyncio.create_task(slots.aenter())
    await turns()
    slots.leave()
    await waiter
    await turns()

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_slot_given_when_the_time_is_up_is_kept():
    """Both in one turn of the loop: the waiter owns the slot, so it is let in."""
    slots = Slots(Bulkhead(1, queue=1, max_wait=5.0), "db")
    with clock.using(FakeClock()):
        await slots.aenter()
        waiter = asyncio.create_task(slots.aenter())

        async def leave_in_time() -> None:
            await clock.current().asleep(5.0)
            slots.leave()

        leaver = asyncio.create_task(leave_in_time())
        results = await asyncio.gather(waiter, leaver, return_exceptions=True)

    refused = isinstance(results[0], BulkheadFullError)
    assert slots.used == (0 if refused else 1)
    assert slots.waiting == 0


async def test_a_slot_that_becomes_free_while_lining_up_is_taken(monkeypatch: pytest.MonkeyPatch):
    """Between looking and lining up somebody may leave: then there is nothing to wait for."""
    slots = Slots(Bulkhead(1, queue=1), "db")
    await slots.aenter()
    remaining = deadlines.remaining

    def leaving() -> float | None:
        slots.leave()
        return remaining()

    monkeypatch.setattr(deadlines, "remaining", leaving)
    await slots.aenter()

    assert (slots.used, slots.waiting) == (1, 0)


async def test_threads_and_tasks_wait_in_one_queue():
    """A task hands its slot to a thread, which hands it to a task."""
    slots, order = Slots(Bulkhead(1, queue=3), "db"), list[str]()
    await slots.aenter()

    def thread_work() -> None:
        slots.enter()
        order.append("thread")
        slots.leave()

    async def task_work() -> None:
        await slots.aenter()
        order.append("task")
        slots.leave()

    thread = threading.Thread(target=thread_work)
    thread.start()
    await until(lambda: slots.waiting == 1)
    task = asyncio.create_task(task_work())
    await turns()
    last = threading.Thread(target=thread_work)
    last.start()
    await until(lambda: slots.waiting == 3)
    slots.leave()
    await task
    await asyncio.to_thread(thread.join)
    await asyncio.to_thread(last.join)

    assert order == ["thread", "task", "thread"]
    assert slots.idle


@pytest.mark.parametrize("max_wait", [None, 60.0])
def test_a_waiter_whose_loop_is_gone_does_not_get_a_slot(max_wait: float | None):
    """It cannot be told any more: the next one gets it. When it is collected, it takes nothing along."""
    slots = Slots(Bulkhead(1, queue=3, max_wait=max_wait), "db")
    slots.enter()
    waits = [slots.aenter(), slots.aenter()]
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        for wait in waits:
            wait.send(None)  # as a task would, without the loop knowing of it

    loop.run_until_complete(begin())
    if max_wait is not None:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert slots.waiting == 2
    waits.pop().close()
    assert slots.waiting == 1
    got_in = threading.Thread(target=slots.enter)
    got_in.start()
    asyncio.run(until(lambda: slots.waiting == 2))
    slots.leave()
    got_in.join()

    assert (slots.used, slots.waiting) == (1, 0)
    slots.leave()
    assert slots.idle
    waits.clear()
    gc.collect()
    assert slots.used == 0


async def test_policies_wait_and_refuse(request: pytest.FixtureRequest):
    """Coroutine functions and functions share the slots; cancelled calls give theirs back."""
    guard = policy("bulkhead-tasks", bulkhead=Bulkhead(2, queue=1))
    go_on = asyncio.Event()

    @guard
    async def held() -> str:
        await go_on.wait()
        return "done"

    tasks = [asyncio.create_task(held()) for _ in range(3)]
    await turns()
    with pytest.raises(BulkheadFullError):
        await held()
    tasks[0].cancel()
    tasks[2].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert guard.call(lambda: "sync") == "sync"
    go_on.set()
    assert await tasks[1] == "done"
    assert await held() == "done"


async def test_a_thousand_cancelled_calls_leave_nothing_inside():
    """Waiting or inside: breaker, bulkhead and limit are as if they had not been."""
    guard = policy("bulkhead-cancelled", breaker=0.5, bulkhead=Bulkhead(5, queue=2000), limit="100000/second")

    @guard
    async def held() -> None:
        await asyncio.sleep(3600)

    tasks = [asyncio.create_task(held()) for _ in range(1000)]
    await turns()
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    assert guard.state == "closed"
    assert await guard.acall(asyncio.sleep, 0, "done") == "done"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await held()
