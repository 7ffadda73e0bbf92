# SPDX-License-Identifier: MIT
"""Checks that end in unusual ways: they have failed, no loop ends of it, and nothing old is believed for ever."""

from __future__ import annotations

import asyncio
import threading

import pytest
from health_seen import begins, component, settled

from errcore.monitor.health import Status, running


def lose_all(health, monkeypatch):
    """Have each run that is begun lost, as where the host has no more threads."""
    monkeypatch.setattr(health._runner, "begin", lambda runs: [health._board.drop(run) for run in runs])


async def test_a_cancellation_of_its_own_is_a_failure(health, fake) -> None:
    """A client whose future was cancelled did not answer; the good finding before it must not stay."""
    runs = []

    @health.check("database", ttl=0.2, timeout=0.3, gates_readiness=True)
    async def database():
        runs.append(1)
        if len(runs) > 1:
            future = asyncio.get_running_loop().create_future()
            future.cancel()
            await future

    await health.arefresh()
    assert health.ready().status is Status.PASS
    fake.advance(0.2)
    await health.arefresh()

    found = component(health)
    assert (health.ready().status, found.code, found.failures) == (Status.FAIL, "REQUEST_CANCELLED", 1)


async def test_a_cancellation_from_outside_finds_nothing(health) -> None:
    """As when the loop of the application ends: that says nothing about the dependency."""
    begun = asyncio.Event()

    @health.check("database")
    async def database():
        begun.set()
        await asyncio.sleep(3600)

    health.ready()
    await asyncio.wait_for(begun.wait(), 10)
    health._board.pending()[0].task.cancel()
    await settled(health)

    assert (component(health).state, component(health).failures) == ("starting", 0)


def test_a_run_that_is_thrown_away_finds_nothing(health, fake) -> None:
    """With a loop that was left as it was; its coroutines are closed when nobody has them any more."""
    gone = asyncio.new_event_loop()

    @health.check("database")
    async def database():
        await asyncio.sleep(3600)

    gone.run_until_complete(begins(health))
    task = health._board.pending()[0].task
    task.get_coro().close()

    assert (component(health).state, component(health).failures) == ("starting", 0)
    task.cancel()
    gone.run_until_complete(asyncio.gather(task, return_exceptions=True))
    gone.close()


@pytest.mark.parametrize("problem", [SystemExit, KeyboardInterrupt])
async def test_no_exception_ends_the_loop_of_the_application(health, problem) -> None:
    """Not one of those either that asyncio lets out of the loop."""

    @health.check("database", gates_readiness=True)
    async def database():
        raise problem

    health.check("handed", lambda: database())
    await health.arefresh()

    assert health.ready().status is Status.FAIL
    assert {each.code for each in health.detail().components} == {"REQUEST_CANCELLED"}


@pytest.mark.parametrize("problem", [SystemExit, KeyboardInterrupt])
def test_nor_ours(health, fake, problem) -> None:
    """Also where it comes from a task that the check began, which is not ours to catch."""
    seen = []

    async def deep():
        raise problem

    @health.check("database", timeout=10)
    async def database():
        seen.append(asyncio.get_running_loop())
        if len(seen) == 1:
            raise problem
        await asyncio.get_running_loop().create_task(deep())

    for _ in range(3):
        fake.advance(5)
        health.refresh()

    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert component(health).failures == 3


def test_a_loop_of_ours_that_ended_is_made_anew(health, fake) -> None:
    """A check that stops it loses its own run and no more."""
    seen = []

    @health.check("database", gates_readiness=True)
    async def database():
        seen.append(asyncio.get_running_loop())
        if len(seen) == 1:
            asyncio.get_running_loop().stop()
            await asyncio.sleep(3600)

    before = threading.enumerate()
    health.ready()
    for thread in set(threading.enumerate()) - set(before):
        thread.join(10)
    assert seen[0].is_closed()
    fake.advance(5)
    health.refresh()

    assert len(set(seen)) == 2
    assert health.ready().status is Status.PASS


def test_a_loop_of_ours_that_ended_can_be_closed(health) -> None:
    """There is nothing left to stop."""

    @health.check("database")
    async def database():
        asyncio.get_running_loop().stop()

    before = threading.enumerate()
    health.ready()
    for thread in set(threading.enumerate()) - set(before):
        thread.join(10)

    health.close()


def test_a_loop_that_gets_no_thread_is_not_kept(health, monkeypatch) -> None:
    """Else every later run would wait in it."""

    class NoMore:
        def __init__(self, **_):
            raise RuntimeError("can't start new thread")

    @health.check("database", gates_readiness=True)
    async def database():
        return True

    with monkeypatch.context() as patched:
        patched.setattr("errcore.monitor.health.loops.threading.Thread", NoMore)
        health.ready()
    assert (health.failures, health._runner.loops._own) == (1, None)
    health.refresh()
    assert health.ready().status is Status.PASS


def test_a_run_that_waits_in_a_loop_that_stopped_is_given_up(health, fake) -> None:
    """It was handed over and will never begin; the next one gets a loop of ours."""
    gone = asyncio.new_event_loop()
    seen = []

    @health.check("database", gates_readiness=True)
    async def database():
        seen.append(asyncio.get_running_loop())

    async def probe():
        health.ready()

    gone.run_until_complete(probe())
    fake.advance(1)
    health.ready()
    health.refresh()

    assert health.ready().status is Status.PASS
    assert gone not in seen
    gone.run_until_complete(asyncio.sleep(0))  # what comes to its turn there is not wanted any more
    gone.run_until_complete(asyncio.sleep(0))
    gone.close()
    assert len(seen) == 1


@pytest.mark.parametrize("result", [Status.PASS, Status.WARN])
def test_what_no_run_confirms_is_not_believed_for_ever(health, fake, monkeypatch, result) -> None:
    """After three times the TTL and the time limit in which runs were wanted, it fails; the first finding ends that."""
    health.check("database", lambda: result, ttl=5, timeout=1, gates_readiness=True)
    health.refresh()
    with monkeypatch.context() as patched:
        lose_all(health, patched)
        fake.advance(3600)
        assert health.ready().status is result  # nobody asked, so there is nothing amiss
        fake.advance(18)
        assert health.ready().status is result
        fake.advance(0.001)
        assert health.ready().status is Status.FAIL
        assert component(health).stale
    health.refresh()

    assert health.ready().status is result


def test_nor_what_waits_for_a_thread(health, fake, monkeypatch) -> None:
    """First it is a warning, then a failure."""
    health.check("database", lambda: True, ttl=5, timeout=1, gates_readiness=True)
    health.refresh()
    monkeypatch.setattr(running, "MOST_THREADS", 0)
    told = []
    for seconds in (5, 1, 17, 1):
        fake.advance(seconds)
        told.append(health.ready().status)

    assert told == [Status.PASS, Status.WARN, Status.WARN, Status.FAIL]
