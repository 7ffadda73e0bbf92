# SPDX-License-Identifier: MIT
"""A clock that tests turn by hand.

Sleeping on it takes no time: it notes how long somebody wanted to sleep and jumps there. Its random numbers and
tokens follow from a seed, so a test that fails fails the same way again.
"""

from __future__ import annotations

import hashlib
import math
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["FakeClock"]

_TURNS = 8  # of the event loop, before the earliest sleeper concludes that nobody else has anything to do


class FakeClock:
    """A clock that moves when it is told to, or when somebody sleeps on it.

    Tasks that sleep at the same time wake in the order of their deadlines, as they would on a real clock. Threads may
    share one; a thread that sleeps moves the clock for all.

    Args:
        monotonic: First reading of the monotonic clock, in seconds.
        wall: First reading of the wall clock, in seconds since the epoch.
        seed: What random numbers and tokens follow from.

    Attributes:
        sleeps: The seconds of every sleep, in the order in which they began.

    >>> from errcore import clock
    >>> with clock.using(FakeClock(wall=1000.0)) as fake:
    ...     clock.current().sleep(2.5)
    ...     clock.current().wall(), fake.monotonic(), fake.sleeps
    (1002.5, 2.5, [2.5])
    """

    def __init__(self, monotonic: float = 0.0, wall: float = 1_700_000_000.0, seed: int = 0) -> None:
        self.sleeps: list[float] = []
        self._start = monotonic
        self._now = monotonic
        self._wall = wall
        self._seed = seed
        self._drawn = 0
        self._deadlines: list[float] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Seconds on the clock that never goes back."""
        return self._now

    def wall(self) -> float:
        """Seconds since the epoch."""
        return self._wall + (self._now - self._start)

    def advance(self, seconds: float) -> None:
        """Let time pass.

        Args:
            seconds: How much.

        Raises:
            ValueError: If that is not a finite number of seconds, or is negative: time does not go back.
        """
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError(
                f"Cannot advance the clock by {seconds!r} seconds, because time only goes forward."
            )
        with self._lock:
            self._now += seconds

    def sleep(self, seconds: float, /) -> None:
        """Note the sleep and jump to its end."""
        self.sleeps.append(seconds)
        self.advance(seconds)

    async def asleep(self, seconds: float, /) -> None:
        """Note the sleep, let every other task have its turn, and jump to its end."""
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError(f"Cannot sleep for {seconds!r} seconds, because time only goes forward.")
        self.sleeps.append(seconds)
        deadline = self._now + seconds
        self._deadlines.append(deadline)
        try:
            while True:
                for _ in range(_TURNS):
                    await _Turn()
                with self._lock:
                    if self._now >= deadline:
                        return
                    if deadline == min(self._deadlines):
                        self._now = deadline
                        return
        finally:
            self._deadlines.remove(deadline)

    def random(self) -> float:
        """The next number in [0, 1); the same ones for the same seed."""
        return int(self.token(7), 16) / 16**14

    def token(self, nbytes: int, /) -> str:
        """The next `nbytes` bytes as hexadecimal digits; the same ones for the same seed.

        >>> FakeClock(seed=7).token(4) == FakeClock(seed=7).token(4) != FakeClock(seed=8).token(4)
        True
        """
        with self._lock:
            self._drawn += 1
            drawn = self._drawn
        return hashlib.shake_128(f"{self._seed}:{drawn}".encode()).hexdigest(nbytes)


class _Turn:
    """Awaiting it lets the event loop of asyncio run everybody else once, without importing asyncio."""

    def __await__(self) -> Generator[None]:
        yield
