# SPDX-License-Identifier: MIT
"""One port for time and chance.

Everything in errcore that reads a clock, sleeps or needs a random number asks the clock of the current context.
This is the only module that touches the real ones, so a test that swaps the clock controls all of them at once.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["Clock", "SystemClock", "current", "using"]


class Clock(Protocol):
    """What errcore asks of a clock; `errcore.testing.FakeClock` is the other implementation."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean anything."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch, for stamps that people and other hosts read."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Block this thread for `seconds`."""
        ...

    async def asleep(self, seconds: float, /) -> None:
        """Suspend this task for `seconds`."""
        ...

    def random(self) -> float:
        """A number in [0, 1), for jitter: not for secrets."""
        ...

    def token(self, nbytes: int, /) -> str:
        """`nbytes` unpredictable bytes as lower-case hexadecimal digits."""
        ...


class SystemClock:
    """The real clock.

    >>> SystemClock().monotonic() <= SystemClock().monotonic()
    True
    """

    # Plain functions of the C library: a wrapper would double what a reading costs.
    monotonic: staticmethod[[], float] = staticmethod(time.monotonic)
    wall: staticmethod[[], float] = staticmethod(time.time)
    sleep: staticmethod[[float], None] = staticmethod(time.sleep)
    random: staticmethod[[], float] = staticmethod(random.random)

    async def asleep(self, seconds: float, /) -> None:
        """Suspend this task for `seconds`."""
        import asyncio  # an import of errcore does not pay for asyncio

        await asyncio.sleep(seconds)

    def token(self, nbytes: int, /) -> str:
        """`nbytes` unpredictable bytes as lower-case hexadecimal digits."""
        return os.urandom(nbytes).hex()


_current: ContextVar[Clock] = ContextVar("errcore_clock", default=SystemClock())

C = TypeVar("C", bound=Clock)

current: Callable[[], Clock] = _current.get
"""The clock of this context: the system's, unless `using` says otherwise."""


@contextmanager
def using(clock: C) -> Generator[C]:
    """Make `clock` the clock of this context while the block runs.

    Args:
        clock: The clock that every part of errcore reads inside the block.

    >>> from errcore.testing import FakeClock
    >>> with using(FakeClock(wall=0.0)) as clock:
    ...     current().wall()
    0.0
    """
    token = _current.set(clock)
    try:
        yield clock
    finally:
        _current.reset(token)
