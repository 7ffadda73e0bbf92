# SPDX-License-Identifier: MIT
"""How many calls may be under way at once, from threads and tasks together, so that one slow dependency cannot have all.

A slot that becomes free is handed to whoever has waited longest, before anybody new can take it. It is handed over under
the lock; who was cancelled, or ran out of time, in the same moment owns it, and passes it on.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import attrs

from errcore import clock
from errcore.errors.stock import BulkheadFullError
from errcore.forks import renew_in_children
from errcore.policies import deadlines
from errcore.policies.refusals import count, refuse, seconds

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

__all__ = ["Bulkhead", "Slots"]

_GRACE = 0.2  # real seconds in which the others have their turn on a clock that is not the system's
_FRAMES = 24  # that giving a slot back may need, waking who waits for it included
_AGAIN = 1.0  # seconds; what a caller is told who was refused where nobody waits


@attrs.frozen
class Bulkhead:
    """How many calls may be under way at once.

    Args:
        limit: Calls at once, 1 or more.
        queue: Calls that may wait for a slot; 0 refuses at once. A function that is called by a coroutine does not wait,
            since that would stop the event loop.
        max_wait: Seconds that one may wait; None waits as long as the deadline allows. It never waits beyond that.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense.

    >>> Bulkhead(10, queue=5, max_wait=0.5).limit
    10
    """

    limit: int = attrs.field(validator=count())
    queue: int = attrs.field(default=0, validator=count(0), kw_only=True)
    max_wait: float | None = attrs.field(default=None, validator=seconds(optional=True), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.max_wait is not None and not self.queue:
            refuse(
                "Bulkhead",
                "max_wait",
                self.max_wait,
                "nobody waits where there is no queue",
                "pass queue= as well",
            )


class _Waiter(Protocol):
    """Somebody in the queue."""

    def wake(self) -> bool:
        """Tell that the slot is theirs, or that the time is up; gives whether they can still be told."""
        ...


class _Thread:
    """A thread in the queue."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told = threading.Event()

    def wake(self) -> bool:
        self._told.set()
        return True

    def wait(self, longest: float | None) -> None:
        """Until it is told, but no longer than so many seconds of the current clock."""
        here = clock.current()
        if longest is None or type(here) is clock.SystemClock:
            self._told.wait(longest)
        elif not self._told.wait(_GRACE):
            # A clock of tests, on which waiting takes no time: nobody has come, so the time is up.
            here.sleep(longest)


class _Task:
    """A task in the queue."""

    __slots__ = ("_future", "_loop")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._future: Future[None] = loop.create_future()

    def wake(self) -> bool:
        with suppress(RuntimeError):  # its loop is closed
            self._loop.call_soon_threadsafe(self._tell)
            return True
        return False

    def _tell(self, *_done: object) -> None:
        if not self._future.done():
            self._future.set_result(None)

    async def wait(self, longest: float | None) -> None:
        """Until it is told, but no longer than so many seconds of the current clock."""
        if longest is None:
            await self._future
            return
        alarm = self._loop.create_task(_asleep(longest))
        alarm.add_done_callback(self._tell)
        try:
            await self._future
        finally:
            with suppress(RuntimeError):  # its loop is closed
                alarm.cancel()


async def _asleep(longest: float) -> None:
    await clock.current().asleep(longest)


def _headroom(frames: int) -> None:
    """Raise the RecursionError now that would come when the slot is given back, and lose it."""
    if frames:
        _headroom(frames - 1)


def _has_a_loop() -> bool:
    # Waiting would stop its tasks, and one of them may be who has the slot.
    running = getattr(sys.modules.get("asyncio.events"), "_get_running_loop", None)
    return running is not None and running() is not None


class Slots:
    """The slots of one bulkhead.

    Args:
        settings: How many.
        policy: Whose; in what it raises.

    Attributes:
        used: Slots that are taken.

    >>> slots = Slots(Bulkhead(1), "db")
    >>> slots.enter()
    >>> slots.enter()
    Traceback (most recent call last):
        ...
    errcore.errors.dependencies.BulkheadFullError: ...
    >>> slots.leave()
    >>> slots.idle
    True
    """

    __slots__ = ("__weakref__", "_limit", "_lock", "_max_wait", "_policy", "_queue", "_waiting", "used")

    def __init__(self, settings: Bulkhead, policy: str) -> None:
        self.used: int = 0
        self._limit = settings.limit
        self._queue = settings.queue
        self._max_wait = settings.max_wait
        self._policy = policy
        self._waiting: OrderedDict[_Waiter, None] = OrderedDict()
        self._lock = (
            threading.RLock()
        )  # reentrant, since a finalizer that runs inside may make a guarded call, too
        renew_in_children(self)

    @property
    def idle(self) -> bool:
        """Whether nobody is inside, and nobody waits."""
        return not self.used and not self._waiting

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def enter(self) -> None:
        """Take a slot; waits for one where there is a queue, but not in the thread of an event loop.

        Raises:
            errcore.BulkheadFullError: If there is none, and none becomes free in time.
        """
        _headroom(_FRAMES)
        if self._taken():
            return
        if _has_a_loop():
            raise self._full()
        waiter = _Thread()
        longest = self._line_up(waiter)
        if longest != 0:
            try:
                waiter.wait(longest)
            except BaseException:
                self._give_up(waiter)
                raise
            self._check(waiter)

    async def aenter(self) -> None:
        """The same, waiting as a task does."""
        _headroom(_FRAMES)
        if self._taken():
            return
        import asyncio  # loaded by whoever gets here

        waiter = _Task(asyncio.get_running_loop())
        longest = self._line_up(waiter)
        if longest != 0:
            try:
                await waiter.wait(longest)
            except BaseException:
                self._give_up(waiter)
                raise
            self._check(waiter)

    def leave(self) -> None:
        """Give a slot back: to whoever has waited longest, if somebody does. Never waits."""
        while True:
            with self._lock:
                if not self._waiting:
                    self.used = max(0, self.used - 1)  # a child that was forked inside begins with none taken
                    return
                waiter, _ = self._waiting.popitem(last=False)
            if waiter.wake():
                return

    def renew(self) -> None:
        """Begin anew, in a child that was just forked: those inside and those who wait are in the parent."""
        self._lock = threading.RLock()
        self._waiting = OrderedDict()
        self.used = 0

    def _taken(self) -> bool:
        with self._lock:
            if self.used < self._limit and not self._waiting:
                self.used += 1
                return True
            return False

    def _line_up(self, waiter: _Waiter) -> float | None:
        """Seconds that it may wait, None for any; 0 if a slot has become free, which is taken then."""
        left, most = deadlines.remaining(), self._max_wait
        longest = most if left is None else left if most is None else min(left, most)
        with self._lock:
            if self._taken():
                return 0.0
            if len(self._waiting) < self._queue and (longest is None or longest > 0):
                self._waiting[waiter] = None
                return None if longest is None else min(longest, threading.TIMEOUT_MAX)
        raise self._full()

    def _check(self, waiter: _Waiter) -> None:
        """After the wait: it owns a slot if it is in the queue no more, whoever told it what."""
        with self._lock:
            if waiter not in self._waiting:
                return
            del self._waiting[waiter]
        raise self._full()

    def _give_up(self, waiter: _Waiter) -> None:
        """It was cancelled: leave the queue, or pass on what it has been given meanwhile."""
        with self._lock:
            waits = waiter in self._waiting
            if waits:
                del self._waiting[waiter]
        if not waits:
            self.leave()

    def _full(self) -> BulkheadFullError:
        return BulkheadFullError(
            f"All {self._limit} slots of the policy {self._policy!r} are taken.",
            policy=self._policy,
            retry_after=_AGAIN if self._max_wait is None else self._max_wait,
        )
