# SPDX-License-Identifier: MIT
"""Runs checks without anybody waiting: functions in a few daemon threads, coroutine functions in an event loop.

A thread cannot be stopped. One whose check hangs is given up and counted; that check is not begun again before it
returns, so a dependency that hangs never has more than one thread. Neither a request's context nor its deadline reaches
a check: it only happened to be the one that asked.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from contextvars import Context
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from errcore import clock
from errcore.forks import renew_in_children
from errcore.monitor.health.findings import TOO_LATE, read, read_failure
from errcore.monitor.health.loops import Loops

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Collection, Sequence

    from errcore.mishaps import Mishaps
    from errcore.monitor.health.board import Board
    from errcore.monitor.health.watching import Run

__all__ = ["MOST_THREADS", "Runner", "wait_for"]

MOST_THREADS = 32
"""Threads of one service's checks, those that hang included."""

_LOOK = 0.002  # seconds between two looks at a clock that is not the system's


class Runner:
    """The threads and loops of one `Health`.

    Args:
        board: Where findings are noted.
        mishaps: Where failures of our own are, and results that say nothing.

    Attributes:
        threads: How many there are now.
    """

    def __init__(self, board: Board, mishaps: Mishaps) -> None:
        self.threads: int = 0
        self.loops: Loops = Loops()
        self._board = board
        self._mishaps = mishaps
        self._waiting: deque[Run] = deque()
        self._lock = threading.RLock()
        renew_in_children(self)

    def renew(self) -> None:
        """Begin anew in a forked child, which has none of the threads."""
        self._lock = threading.RLock()
        self._waiting.clear()
        self.threads = 0
        self.loops.renew()

    def begin(self, runs: Sequence[Run]) -> None:
        """Have these run; returns at once. At most one thread is started here, which starts the next one."""
        for run in runs:
            if run.check.waits:
                self._begin_in_loop(run)
            else:
                self._waiting.append(run)
        self._add_thread()

    # --- threads

    def _add_thread(self) -> None:
        with self._lock:
            if not self._waiting or self.threads >= MOST_THREADS:
                return
            self.threads += 1
        try:
            threading.Thread(target=self._work, name="errcore health", daemon=True).start()
        except Exception as problem:  # noqa: BLE001 - the host has no more threads
            self._mishaps.note("starting a thread for health checks", problem)
            self._strand()

    def _strand(self) -> None:
        """Let go of what waits, unless there is a thread that will come to it."""
        with self._lock:
            self.threads -= 1
            stranded = [] if self.threads else list(self._waiting)
            if stranded:
                self._waiting.clear()
        for run in stranded:
            self._board.drop(run)

    def _work(self) -> None:
        while (run := self._next()) is not None:
            self._add_thread()  # what waits behind this one need not wait for its end
            Context().run(self._make, run)

    def _next(self) -> Run | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self.threads -= 1
            return None

    def _make(self, run: Run) -> None:
        with clock.using(run.clock):
            if not self._board.begin(run):
                return
            try:
                result: Any = run.check.function()
                if isawaitable(
                    result
                ):  # a method of an asynchronous client, perhaps, which is no coroutine function
                    self._begin_in_loop(run, result)
                    return
                finding = read(result, self._mishaps)
            except BaseException as problem:  # noqa: BLE001 - whatever it is ends here, where the thread does
                finding = read_failure(problem)
            self._board.record(run, finding)

    # --- event loops

    def _begin_in_loop(self, run: Run, result: Awaitable[Any] | None = None) -> None:
        try:
            loop = run.loop = self.loops.choose(homeless=run.watched.homeless)
            run.handed.set_result(None)
            loop.call_soon_threadsafe(self._begin_task, loop, run, result, context=Context())
        except Exception as problem:  # noqa: BLE001 - it was closed a moment ago, or the host has no more threads
            self._mishaps.note("beginning a health check in an event loop", problem)
            if result is not None:
                getattr(result, "close", _nothing)()
            self._board.drop(run)

    def _begin_task(self, loop: AbstractEventLoop, run: Run, result: Awaitable[Any] | None) -> None:
        def let_go(_: object) -> None:
            self._board.drop(run)

        with clock.using(run.clock):  # the task keeps it: it has a copy of this context
            run.task = task = loop.create_task(self._attend(run, result))
        # However it ends: a task that is cancelled before its first step runs none of its code.
        task.add_done_callback(let_go)

    async def _attend(self, run: Run, result: Awaitable[Any] | None) -> None:
        from asyncio import CancelledError, current_task, timeout

        if result is None and not self._board.begin(run):
            return
        limit = timeout(run.check.timeout - run.elapsed(run.clock.monotonic()))
        try:
            async with limit:
                answer = await (run.check.function() if result is None else result)
                finding = read(answer, self._mishaps)
        except GeneratorExit:
            raise  # nobody turns this loop any more, which says nothing about the dependency
        except BaseException as problem:  # a loop lets SystemExit out, and would end
            task = current_task()
            if isinstance(problem, CancelledError) and task is not None and task.cancelling():
                raise  # somebody ended this task, as a loop does that ends; the check found nothing
            finding = TOO_LATE if limit.expired() else read_failure(problem)
        self._board.record(run, finding)


def _nothing() -> None:
    """How something is closed that has no `close`."""


def wait_for(runs: Collection[Run], *, in_loops: bool = True) -> None:
    """Wait until each of these is over, or its time is. By a clock that tests turn, no longer than by the system's.

    Args:
        runs: Which; those that wait for a thread are given the time of those before them.
        in_loops: Whether to wait for what an event loop does, too.
    """
    rounds = -(-len(runs) // MOST_THREADS)
    now = clock.current()
    asked = now.monotonic()
    for run in sorted(runs, key=lambda run: run.check.timeout):
        either = [run.done] if in_loops else [run.done, run.handed]
        seconds = rounds * run.check.timeout
        if type(now) is clock.SystemClock:
            while (left := _left(run, asked + seconds, now)) > 0:
                if wait(either, timeout=left, return_when=FIRST_COMPLETED).done:
                    break
            continue
        for _ in range(int(seconds / _LOOK) + 1):
            # Somebody turns that clock, in the check or elsewhere; or nobody does, and then this ends nevertheless.
            if (
                wait(either, timeout=_LOOK, return_when=FIRST_COMPLETED).done
                or _left(run, asked + seconds, now) <= 0
            ):
                break


def _left(run: Run, end: float, now: clock.Clock) -> float:
    """Seconds for which it is waited still: those of the check itself, as soon as it has begun."""
    return (end if run.begun is None else run.begun + run.check.timeout) - now.monotonic()
