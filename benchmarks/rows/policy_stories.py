# SPDX-License-Identifier: MIT
"""The same job, step by step: what a guarded call does on good and bad days, by a clock that is told what to show.

A story makes calls whose ends are fixed and notes how often the dependency was called, and what the caller saw.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from typing import TYPE_CHECKING, Any

from benchmarks.rows.deadline_by_hand import hurry
from benchmarks.rows.verdicts_by_hand import LateByHand
from errcore import clock
from errcore.policies import OutOfTimeError
from errcore.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Guard = Callable[[str, FakeClock], Callable[[Callable[..., Any]], Callable[..., Any]]]
    Story = Callable[["Stage"], Awaitable[None]]

__all__ = [
    "Stage",
    "breaking",
    "counting",
    "failing",
    "hurried",
    "paying",
    "stacked",
    "told",
    "work",
    "work_async",
]


def work(value: object) -> object:
    """What is guarded where time is measured."""
    return value


async def work_async(value: object) -> object:
    """The same as a coroutine function."""
    return value


class Unlucky(FakeClock):
    """A clock whose coins always fall on the wrong side."""

    def random(self) -> float:
        """Nearly 1."""
        return 0.999


class Stage:
    """Where a story happens.

    Args:
        guard: From a name and a clock to a decorator.
        time: What the clock shows.
        name: Of what is guarded.
        asynchronous: Whether coroutine functions are guarded.
    """

    def __init__(self, guard: Guard, time: FakeClock, name: str, *, asynchronous: bool) -> None:
        self.clock = time
        self.seen: list[Any] = []
        self._guard = guard
        self._asynchronous = asynchronous
        self._ends: deque[Any] = deque()
        self._count = 0
        self.call = self.guarded(name, self._body)

    def guarded(self, name: str, body: Callable[..., Any]) -> Callable[..., Any]:
        """A function behind a guard of its own."""
        if not self._asynchronous:
            return self._guard(name, self.clock)(body)

        async def awaited(*args: Any) -> Any:
            result = body(*args)
            return await result if inspect.isawaitable(result) else result

        return self._guard(name, self.clock)(awaited)

    def _body(self, *args: Any) -> Any:
        self._count += 1
        end = self._ends.popleft() if self._ends else None
        if isinstance(end, BaseException):
            raise type(end)(*end.args)  # a new one each time
        return args if end is None else end()

    async def calls(self, *ends: Any, times: int = 1) -> None:
        """Make a call whose attempts end like that, by an exception, a function or well; note what came of it."""
        for _ in range(times):
            before = self._count
            self._ends = deque(ends)
            self.seen.append((await self.ending(self.call), self._count - before))

    def during(self, times: int) -> Callable[[], Any]:
        """The end of a call during which others were made: well, but late."""

        async def others() -> str:
            for _ in range(times):
                await self.ending(self.call)
            return "late"

        def driven() -> Any:
            coroutine = others()
            try:
                coroutine.send(None)
            except StopIteration as done:  # nobody waits here
                return done.value
            raise AssertionError("a function was guarded, and something waits")

        return others if self._asynchronous else driven

    async def ending(self, call: Callable[..., Any]) -> Any:
        """What a caller sees."""
        try:
            result = call(7)
            return await result if inspect.isawaitable(result) else result
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is seen
            if hasattr(error, "policy"):
                return {**error.__dict__, "retry_after": round(error.retry_after, 6), "str": str(error)}  # type: ignore[attr-defined]
            if isinstance(error, OutOfTimeError | LateByHand):
                return "late", str(error), getattr(error, "__notes__", [])
            return type(error).__name__, error.args, getattr(error, "__notes__", [])


def told(guard: Guard, story: Story, *, asynchronous: bool) -> Callable[[], list[Any]]:
    """An outcome: what is seen while the story is told."""

    def outcome() -> list[Any]:
        time = Unlucky(monotonic=1000.0)
        with clock.using(time):  # what is made, and what is called
            stage = Stage(guard, time, story.__name__, asynchronous=asynchronous)
            asyncio.run(_told(story, stage))
        return stage.seen

    return outcome


async def _told(story: Story, stage: Stage) -> None:
    await story(stage)


def down() -> Exception:
    """What nobody answers."""
    return ConnectionRefusedError("down")


async def failing(stage: Stage) -> None:
    """Retries: which failures, how often, and not inside of each other."""
    await stage.calls()
    await stage.calls(down())
    await stage.calls(down(), down())
    await stage.calls(down(), down(), down(), down())
    await stage.calls(TimeoutError("late"), down(), TimeoutError("late"))
    await stage.calls(TypeError("a bug"))
    await stage.calls(down(), KeyError("another"))
    bodies = []

    def body(_: object) -> None:
        bodies.append(1)
        raise down()

    nested = stage.guarded("outer", stage.guarded("middle", stage.guarded("inner", body)))
    stage.seen.append((await stage.ending(nested), len(bodies)))


async def paying(stage: Stage) -> None:
    """A budget: a fresh process may try, a busy one has earned it, a quiet one has little, a slow failure costs more."""
    await stage.calls(down(), down(), down())
    await stage.calls(down(), down(), down())
    await stage.calls()
    await stage.calls(down(), down(), down(), times=3)
    for seconds in (1.0, 10.0):
        await stage.calls(times=40)
        stage.clock.advance(seconds)
        await stage.calls(TimeoutError("late"), TimeoutError("late"), TimeoutError("late"), times=3)
    await stage.calls(times=160)
    await stage.calls(down(), down(), down(), times=6)


async def breaking(stage: Stage) -> None:
    """A breaker of a minimum of 20: opens at half, probes one at a time, closes after three, hears nothing late."""
    await stage.calls(down(), times=6)
    await stage.calls(ValueError("no number"), times=3)
    await stage.calls(TypeError("a bug"), times=9)
    await stage.calls(times=10)
    await stage.calls(down())
    await stage.calls(times=2)
    stage.clock.advance(4.0)
    await stage.calls()
    stage.clock.advance(2.0)
    await stage.calls()
    await stage.calls(down())
    stage.clock.advance(6.0)
    await stage.calls()
    stage.clock.advance(6.0)
    await stage.calls(times=3)
    await stage.calls(down(), times=19)
    stage.clock.advance(40.0)
    await stage.calls(down(), times=2)
    await stage.calls(times=18)
    await stage.calls()
    stage.clock.advance(100.0)
    await stage.calls(times=3)
    await stage.calls(stage.during(30), *(down() for _ in range(30)))
    await stage.calls(times=2)
    stage.clock.advance(100.0)
    for _ in range(400):
        stage.clock.advance(0.001)
        await stage.calls()
    await stage.calls(down(), times=3)
    stage.clock.advance(40.0)
    await stage.calls(down(), times=19)
    await stage.calls(times=20)
    await stage.calls(down(), times=3)


async def counting(stage: Stage) -> None:
    """Failures up to the one that opens it."""
    await stage.calls(down(), times=22)


async def stacked(stage: Stage) -> None:
    """All of it: a limit of 100 in 100 seconds, retries that are paid for, a breaker that ends both."""
    await stage.calls()
    await stage.calls(down(), down())
    await stage.calls(TypeError("a bug"))
    await stage.calls(times=110)
    stage.clock.advance(10.0)
    await stage.calls(times=12)
    stage.clock.advance(100.0)
    await stage.calls(down(), down(), down(), times=20)
    stage.clock.advance(6.0)
    await stage.calls(times=4)


async def hurried(stage: Stage) -> None:
    """The same under a deadline: what comes too late is refused first of all, and counts nowhere."""

    def slow() -> None:
        stage.clock.advance(5.0)
        raise down()

    with hurry(10.0, stage.clock.monotonic):
        await stage.calls()
        await stage.calls(down(), down())
        await stage.calls(slow, down())
        await stage.calls(slow)
        await stage.calls(times=30)
    await stage.calls(times=95)
    stage.clock.advance(100.0)
    with hurry(10.0, stage.clock.monotonic):
        await stage.calls(down(), down(), down(), times=40)
        stage.clock.advance(20.0)
        await stage.calls()
    await stage.calls(times=4)
