# SPDX-License-Identifier: MIT
"""What remains of a call: nothing. No frame of ours keeps an exception, however the call ended."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from policy_ways import fresh

from errcore import (
    Breaker,
    CircuitOpenError,
    DeadlineExceededError,
    Fallback,
    Retry,
    Timeout,
    UnavailableError,
    clock,
    policy,
)
from errcore.policies import Policy
from errcore.testing import FakeClock


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is freed here is freed because nobody holds it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Weak(UnavailableError):
    """An error that can be watched."""


class Fails:
    """A body that fails once, and then does as it is told; it keeps no error."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.errors: list[weakref.ref[Weak]] = []
        self._then = then

    def __call__(self) -> object:
        if self.errors:
            return self._then()
        error = Weak()
        self.errors.append(weakref.ref(error))
        try:
            raise error
        finally:
            del error


def interrupt() -> object:
    """Ctrl-C."""
    raise KeyboardInterrupt


SHAPES: dict[str, dict[str, Any]] = {
    "retry": {"retry": 3},
    "breaker": {"retry": 3, "breaker": 0.5},
    "bulkhead": {"retry": 3, "bulkhead": 1},
    "cooperative": {"retry": 3, "timeout": Timeout(5, sync="cooperative")},
    "thread": {"retry": 3, "timeout": Timeout(5, sync="thread")},
    "fallback": {"retry": 3, "fallback": Fallback(value=1)},
    "failing fallback": {"retry": 3, "fallback": lambda: 1 / 0},
    "key": {"retry": 3, "key": lambda: "one"},
}
ENDS: dict[str, Callable[[], object]] = {"works": lambda: 1, "interrupted": interrupt, "fails": lambda: 1 / 0}


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("way", ["function", "coroutine"])
def test_the_first_failure_is_gone_when_the_call_is_over(way: str, shape: str, end: str):
    """Though the call worked in the end, was interrupted, or failed with another error."""
    body = Fails(ENDS[end])
    guard = policy(fresh("leaks"), **SHAPES[shape])

    def call() -> None:
        if way == "function":
            guard(body)()
            return

        @guard
        async def abody() -> object:
            return body()

        coroutine = abody()
        if guard.settings.timeout is not None:
            asyncio.run(coroutine)
            return
        try:
            while True:
                coroutine.send(None)
        except StopIteration:
            return

    with clock.using(FakeClock()):
        try:
            call()
        except (KeyboardInterrupt, ZeroDivisionError):
            pass

    assert len(body.errors) == 1
    assert body.errors[0]() is None


@pytest.mark.usefixtures("no_collector")
async def test_a_call_that_is_cancelled_while_it_waits_holds_nothing():
    """The failure that it waited after is gone with it."""
    body = Fails(lambda: 1)

    @policy(fresh("leaks"), retry=Retry(3, initial=50, cap=50, jitter="none"))
    async def abody() -> object:
        return body()

    task = asyncio.create_task(abody())
    while not body.errors:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    await asyncio.sleep(0)

    assert body.errors[0]() is None


@pytest.mark.usefixtures("no_collector")
def test_what_a_late_thread_raises_is_gone():
    """Nobody asks for it any more."""
    let_go = threading.Event()
    body = Fails(lambda: 1)

    @policy(fresh("leaks"), timeout=Timeout(0.01, sync="thread"))
    def late() -> object:
        let_go.wait(30)
        return body()

    with pytest.raises(DeadlineExceededError):
        late()
    let_go.set()
    end = time.monotonic() + 20
    while not body.errors or body.errors[0]() is not None:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_permit_that_nobody_has_any_more_is_dropped():
    """A stream that forgot to tell keeps neither its slot nor the place of its probe, and says nothing."""
    with clock.using(FakeClock()) as fake:
        guard = policy(fresh("leaks"), bulkhead=1, breaker=Breaker(minimum=1, successes=1))
        for _ in range(3):
            guard.acquire()
        assert guard.state == "closed"
        with pytest.raises(Weak), guard.acquire():
            raise Weak
        fake.advance(6)
        for _ in range(3):
            guard.acquire()
        assert guard.state == "half_open"
        with guard.acquire():
            pass
        assert guard.state == "closed"
        slots = guard._own.bulkhead
        assert slots is not None
        assert slots.idle


def test_a_permit_that_was_told_is_not_dropped_on_top_of_it():
    """Its slot may be somebody else's by then."""
    with clock.using(FakeClock()):
        guard = policy(fresh("leaks"), bulkhead=1)
        first = guard.acquire()
        first.ok()
        second = guard.acquire()
        del first
        slots = guard._own.bulkhead
        assert slots is not None
        assert slots.used == 1
        second.ok()
        assert slots.idle


@pytest.mark.parametrize(
    "parts",
    [{}, {"bulkhead": 1}, {"timeout": Timeout(5, sync="cooperative")}],
    ids=["plain", "bulkhead", "timeout"],
)
def test_refusals_and_retries_take_no_memory(parts: dict[str, Any]):
    """However many calls there are: refused, failed, or saved by a second attempt. A few bytes of each would be seen."""

    def rounds(number: int) -> None:
        for n in range(number):
            if n % 100 == 0:
                fake.advance(0.1)
            try:
                flaky.call(fail if n % 2 else len, *(() if n % 2 else ("text",)))
            except UnavailableError:
                pass
            try:
                refusing.call(len, "text")
            except CircuitOpenError:
                pass

    def fail() -> None:
        raise Weak

    with clock.using(FakeClock()) as fake:
        flaky = policy(fresh("leaks"), retry=Retry(2, initial=0), **parts)
        refusing: Policy = policy(fresh("leaks"), breaker=Breaker(), **parts)
        refusing.isolate()
        rounds(1000)
        gc.collect()
        tracemalloc.start()
        try:
            rounds(200)
            gc.collect()
            base = tracemalloc.get_traced_memory()[0]
            rounds(1000)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - base
        finally:
            tracemalloc.stop()

    assert grown < 10_000
