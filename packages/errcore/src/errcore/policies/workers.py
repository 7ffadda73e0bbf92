# SPDX-License-Identifier: MIT
"""Threads for functions that have a time limit: a bounded number for each policy, and whoever is late is counted.

A thread cannot be stopped from outside. The caller goes on when the time is up; the function runs to its end, and what
it gives then is dropped. Until then it takes a place, so a dependency that hangs never has more threads than the bound.
The threads are daemons: one that hangs does not keep the process alive.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from errcore import clock
from errcore.errors.stock import BulkheadFullError, DeadlineExceededError
from errcore.events import stream
from errcore.forks import ForkSafeLock
from errcore.policies.happenings import Degraded, DegradedPart, Rejected, RejectedBy

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_WORKERS", "Workers", "workers_of"]

MOST_WORKERS = 32
"""Threads of one policy, the late ones included."""

_IDLE = 10.0  # seconds after which a thread that nobody needs ends
_AGAIN = 1.0  # seconds; what a caller is told who was refused
_LOOK = 0.002  # seconds between two looks at a clock that is not the system's


class _Job:
    """One call, from the thread that wants it to the thread that makes it."""

    __slots__ = (
        "_args",
        "_context",
        "_fn",
        "_kwargs",
        "done",
        "finished",
        "late",
        "problem",
        "result",
        "started",
    )

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._context = copy_context()
        self._fn = fn
        self._args = args
        self._kwargs = kwargs
        self.started = self.finished = self.late = False
        self.result: Any = None
        self.problem: BaseException | None = None
        self.done = threading.Lock()  # held until it is done
        self.done.acquire()

    def make(self) -> None:
        try:
            self.result = self._context.run(self._fn, *self._args, **self._kwargs)
        except BaseException as problem:  # noqa: BLE001 - whatever it is belongs to the thread that waits
            self.problem = problem


class Workers:
    """The threads of one policy.

    Args:
        policy: Its name.
        most: Threads at most.

    Attributes:
        late: Functions that run although nobody waits for them any more.
        size: Threads there are.
    """

    def __init__(self, policy: str, most: int = MOST_WORKERS) -> None:
        self.late: int = 0
        self.size: int = 0
        self._policy = policy
        self._most = most
        self._idle = 0
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()

    def run(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], moment: float
    ) -> Any:
        """Call a function in one of the threads, with a copy of this context.

        Args:
            fn: What to call.
            args: Its arguments.
            kwargs: Its keyword arguments.
            moment: Until when it is waited for, on the monotonic clock.

        Raises:
            errcore.DeadlineExceededError: If it is not done by then.
            errcore.BulkheadFullError: If no thread was free until then.
        """
        seconds = moment - clock.current().monotonic()
        job = _Job(fn, args, kwargs)
        self._submit(job)
        try:
            done = _wait(job, moment)
        except BaseException:  # Ctrl-C, here and not in the thread
            self._abandon(job)
            raise
        if not done:
            self._abandon(job)
            if not job.started:
                if stream.listens(Rejected):
                    stream.emit(Rejected(self._policy, None, RejectedBy.BULKHEAD, _AGAIN))
                raise BulkheadFullError(
                    f"All {self._most} threads of the policy {self._policy!r} are taken.",
                    policy=self._policy,
                    retry_after=_AGAIN,
                )
            raise DeadlineExceededError(
                f"A call of the policy {self._policy!r} was not done within {seconds:.3g} seconds; it goes on in its thread."
            )
        try:
            if job.problem is not None:
                raise job.problem
            return job.result
        finally:
            job.problem = None  # or else it would hold this frame, which holds it

    def _submit(self, job: _Job) -> None:
        with self._changed:
            self._jobs.append(job)
            if self._idle >= len(self._jobs):
                self._changed.notify()
                return
            if self.size >= self._most:
                return
            self.size += 1
        try:
            threading.Thread(target=self._work, name=f"errcore {self._policy}", daemon=True).start()
        except BaseException:  # the host has no more threads
            with self._changed:
                self.size -= 1
                if self.size:  # one of those there are will come to it
                    return
                self._jobs.remove(job)
            raise

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job.make()
            with self._changed:
                late, job.finished = job.late, True
                job.done.release()
                if late:
                    self.late -= 1
                    job.problem = None  # nobody asks for it, and it would hold the frame that holds it
                whole = late and not self.late
            del job  # not kept alive by an idle thread
            if whole and stream.listens(Degraded):
                stream.emit(Degraded(self._policy, None, DegradedPart.WORKER, recovered=True))

    def _next(self) -> _Job | None:
        with self._changed:
            self._idle += 1
            while not self._jobs and self._changed.wait(_IDLE):
                pass
            self._idle -= 1
            if not self._jobs:
                self.size -= 1
                return None
            job = self._jobs.popleft()
            job.started = True
            return job

    def _abandon(self, job: _Job) -> None:
        with self._changed:
            if not job.started:
                self._jobs.remove(job)
                return
            if not job.finished:
                job.late = True
                self.late += 1
        if job.late and stream.listens(Degraded):
            stream.emit(Degraded(self._policy, None, DegradedPart.WORKER))


def _wait(job: _Job, moment: float) -> bool:
    now = clock.current()
    if type(now) is clock.SystemClock:
        return job.done.acquire(timeout=min(max(0.0, moment - now.monotonic()), threading.TIMEOUT_MAX))
    # Somebody turns that clock by hand, in this thread's job or elsewhere.
    while now.monotonic() < moment and not job.done.acquire(timeout=_LOOK):
        pass
    return job.finished and now.monotonic() < moment


_lock = ForkSafeLock()
_workers: dict[str, Workers] = {}


def workers_of(policy: str) -> Workers:
    """The threads of a policy, by its name; none is started before it is needed."""
    found = _workers.get(policy)
    if found is None:
        with _lock:
            found = _workers.setdefault(policy, Workers(policy))
    return found


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows knows no fork
    os.register_at_fork(after_in_child=_workers.clear)  # a child process has none of the threads
