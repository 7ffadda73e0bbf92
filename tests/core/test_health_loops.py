# SPDX-License-Identifier: MIT
"""Coroutine checks: in whose event loop they run, what a lost loop costs, and that a loop never waits for itself."""

from __future__ import annotations

import asyncio
import threading

import pytest
from health_seen import begins, component, hanging, settled

from errcore import clock, context
from errcore.monitor.health import Health, Status


async def test_they_run_where_the_probe_is_asked(health) -> None:
    """Their clients belong to that loop. The probe itself does not wait for them."""
    seen = []

    @health.check("search", gates_readiness=True)
    async def ask():
        seen.append(asyncio.get_running_loop())
        await asyncio.sleep(0)

    assert health.ready().note == "starting"
    await settled(health)

    assert health.ready().status is Status.PASS
    assert seen == [asyncio.get_running_loop()]


@pytest.mark.parametrize("way", ["start", "ready"])
async def test_they_run_there_whoever_asks(health, fake, way) -> None:
    """Also if a thread without a loop, or with another one, asks later: in that of the start, or of the first probe."""
    seen = []

    @health.check("search")
    async def ask():
        seen.append(asyncio.get_running_loop())

    getattr(health, way)()
    await settled(health)
    for how in (health.refresh, lambda: asyncio.run(health.arefresh())):
        fake.advance(5)
        await asyncio.to_thread(how)

    assert seen == [asyncio.get_running_loop()] * 3


def test_without_a_loop_they_get_one_that_stays(health, fake) -> None:
    """A client that keeps a connection would not survive one for each run."""
    seen = []

    @health.check("search")
    async def ask():
        seen.append(asyncio.get_running_loop())
        return False

    for _ in range(3):
        health.refresh()
        fake.advance(5)

    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert component(health).code == "HEALTH_CHECK_FAILED"
    threads = [each for each in threading.enumerate() if each.name == "errcore health loop"]
    health.close()
    health.close()
    for each in threads:
        each.join(10)
    assert seen[0].is_closed()


def test_a_loop_that_ends_loses_a_run_and_no_more(health, fake) -> None:
    """Of a framework that has a loop for each request, the first one is lost; then they get ours."""
    seen = []

    @health.check("search", gates_readiness=True)
    async def ask():
        seen.append(asyncio.get_running_loop())
        await asyncio.sleep(0.01)

    asyncio.run(begins(health))
    assert health.ready().note == "starting"
    fake.advance(5)
    asyncio.run(begins(health))
    health.refresh()

    assert health.ready().status is Status.PASS
    assert len(set(seen)) == 2

    async def serve():
        health.start()  # an application that has a loop which stays
        fake.advance(5)
        await health.arefresh()
        return asyncio.get_running_loop()

    assert asyncio.run(serve()) is seen[-1]


def test_a_run_that_is_lost_puts_nothing_off(health, fake) -> None:
    """The next one is due when the TTL is over, though the lost one might have taken longer than that."""
    seen = []

    @health.check("search", timeout=60, ttl=5, gates_readiness=True)
    async def ask():
        seen.append(asyncio.get_running_loop())
        if len(seen) == 1:
            await asyncio.sleep(3600)

    async def serve():
        await begins(health)
        health.ready()

    asyncio.run(serve())
    fake.advance(5)
    health.refresh()

    assert len(set(seen)) == 2
    assert health.ready().status is Status.PASS


def test_a_loop_that_has_ended_is_not_chosen(health) -> None:
    """The application's, after it has stopped: what is asked then costs no run."""

    async def serve():
        health.start()

    async def ask():
        return True

    asyncio.run(serve())
    health.check("search", ask, gates_readiness=True)
    health.refresh()

    assert (health.ready().status, health.failures) == (Status.PASS, 0)


def test_a_loop_of_ours_ends_though_a_check_hangs_in_it(health) -> None:
    """Its tasks are cancelled; nothing waits for what would never end."""
    begun = threading.Event()

    @health.check("search", timeout=3600)
    async def ask():
        begun.set()
        await asyncio.sleep(3600)

    before = set(threading.enumerate())
    health.ready()
    assert begun.wait(10)
    threads = set(threading.enumerate()) - before
    health.close()
    for each in threads:
        each.join(10)

    assert not any(each.is_alive() for each in threads)


def test_a_loop_that_nobody_turns_is_given_up(health, fake) -> None:
    """What was begun there can never end by itself, and has not failed."""
    gone = asyncio.new_event_loop()

    @health.check("search")
    async def ask():
        await asyncio.sleep(3600)

    gone.run_until_complete(begins(health))
    fake.advance(1)

    assert component(health).state == "starting"
    assert hanging(health) == 0
    for task in asyncio.all_tasks(gone):
        task.cancel()
        gone.run_until_complete(asyncio.gather(task, return_exceptions=True))
    gone.close()


async def test_one_that_hangs_is_cancelled(health) -> None:
    """At its time limit, by the clock of the loop; and it has failed."""
    cancelled = asyncio.Event()

    @health.check("search", timeout=0.02)
    async def ask():
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.set()

    health.ready()
    await asyncio.wait_for(cancelled.wait(), 10)
    await settled(health)

    assert component(health).code == "DEADLINE_EXCEEDED"
    assert hanging(health) == 0


async def test_one_that_fails_at_its_cancellation_was_too_late(health, fake) -> None:
    """That is why it failed, whatever it says while it is ended."""

    @health.check("search", timeout=0.02)
    async def ask():
        try:
            await asyncio.sleep(3600)
        finally:
            raise KeyError

    health.ready()
    await settled(health)

    assert component(health).code == "DEADLINE_EXCEEDED"


async def test_one_that_was_handed_over_has_the_time_that_is_left(health, fake) -> None:
    """The function that returned it has used up the rest."""

    async def hang():
        await asyncio.sleep(3600)

    def ask():
        fake.advance(3599.99)
        return hang()

    health.start()
    health.check("search", ask, timeout=3600, ttl=7200)
    health.ready()
    await settled(health)

    assert component(health).code == "DEADLINE_EXCEEDED"


async def test_one_that_will_not_be_cancelled_is_not_begun_again(health, fake) -> None:
    """While it hangs."""
    held, begun = asyncio.Event(), []

    @health.check("search", timeout=0.01, ttl=1)
    async def ask():
        begun.append(1)
        while not held.is_set():
            try:
                await held.wait()
            except asyncio.CancelledError:
                continue

    health.ready()
    for _ in range(5):
        await asyncio.sleep(0.01)
        fake.advance(1)
        health.ready()
    assert (len(begun), hanging(health)) == (1, 1)
    held.set()
    await settled(health)
    assert component(health).failures == 1


async def test_their_own_timeouts_are_theirs(health) -> None:
    """The verdict is the same; the limit is not what ended it."""

    @health.check("search", timeout=3600)
    async def ask():
        raise TimeoutError

    await health.arefresh()
    assert component(health).code == "DEADLINE_EXCEEDED"


async def test_a_method_that_returns_an_awaitable(health) -> None:
    """As those of asynchronous clients do that are no coroutine functions."""
    seen = []

    async def ping():
        seen.append(asyncio.get_running_loop())
        return True

    health.start()
    health.check("cache", lambda: ping(), gates_readiness=True)
    await health.arefresh()

    assert health.ready().status is Status.PASS
    assert seen == [asyncio.get_running_loop()]


async def test_callable_objects(health) -> None:
    """With a coroutine function inside."""

    class Ping:
        async def __call__(self):
            return True

    health.check("cache", Ping(), gates_readiness=True)
    await health.arefresh()

    assert health.ready().status is Status.PASS


async def test_a_loop_cannot_wait_for_itself(health) -> None:
    """So `refresh` is refused where one runs."""
    with pytest.raises(RuntimeError, match=r"use `await health.arefresh\(\)`"):
        health.refresh()


async def test_without_a_background_a_loop_waits_for_functions_only(fake) -> None:
    """And never for what it would have to do itself, be it begun here or handed over by a thread."""
    health = Health(background=False)

    async def ping():
        return True

    health.check("plain", lambda: True)
    health.check("coroutine", ping)
    health.check("handed", lambda: ping())
    first = {each.name: each.state for each in health.detail().components}
    await settled(health)
    second = {each.name: each.status for each in health.detail().components}
    health.close()

    assert first == {"plain": None, "coroutine": "starting", "handed": "starting"}
    assert set(second.values()) == {Status.PASS}


async def test_nor_for_what_a_thread_has_handed_over() -> None:
    """It would wait until the time of that run is over, which could not end meanwhile."""
    health = Health(background=False)

    async def ping():
        return True

    health.start()
    health.check("handed", lambda: ping(), timeout=2)
    first = component(health).state
    await settled(health)

    assert (first, component(health).status) == ("starting", Status.PASS)


async def test_nothing_of_the_request_reaches_them(health, fake) -> None:
    """Whoever asked first only happened to: not their ids; and the clock is the one by which the run is measured."""
    seen = []

    @health.check("search")
    async def ask():
        seen.append((context.current().ids, clock.current()))

    with context.bind(ids=context.RequestIds("req_1")):
        await health.arefresh()

    assert seen == [(None, fake)]


async def test_a_run_that_was_given_up_is_not_begun(health) -> None:
    """Its turn comes after its check was declared anew."""
    begun = []

    async def ask():
        begun.append(1)

    health.check("search", ask)
    health.ready()
    health.check("search", ask)
    await asyncio.sleep(0.01)
    assert begun == []
    await health.arefresh()
    assert begun == [1]


def test_a_loop_that_was_closed_a_moment_ago(health, fake, monkeypatch) -> None:
    """Loses the run, which is counted, and leaves no coroutine behind that nobody awaits."""
    closed = asyncio.new_event_loop()
    closed.close()
    monkeypatch.setattr(health._runner.loops, "choose", lambda *, homeless: closed)
    before = health.failures

    async def ping():
        return True

    health.check("coroutine", ping)
    health.check("handed", lambda: ping())
    health.refresh()

    assert health.failures == before + 2
    assert {each.state for each in health.detail().components} == {"starting"}


def test_what_a_child_forgets(health, fake) -> None:
    """The loop of its parent, whose thread it has not; it is not ended either, for it is the parent's still."""

    @health.check("search")
    async def ask():
        seen.append(asyncio.get_running_loop())

    seen = []
    health.refresh()
    ending = health._runner.loops._ending
    health._board.renew()
    health._runner.renew()
    health._runner.renew()
    health.refresh()

    assert len(set(seen)) == 2
    assert not any(loop.is_closed() for loop in seen)
    assert not ending.alive
    seen[0].call_soon_threadsafe(seen[0].stop)


def test_a_service_that_was_forgotten_takes_its_loop_along() -> None:
    """Nothing keeps a thread for it."""
    health = Health()

    @health.check("search")
    async def ask():
        return True

    with clock.using(clock.SystemClock()):
        health.refresh()
    loop = health._runner.loops._own
    threads = [each for each in threading.enumerate() if each.name == "errcore health loop"]
    assert threads
    del health, ask
    import gc

    gc.collect()
    for each in threads:
        each.join(10)
    assert loop is not None
    assert loop.is_closed()
