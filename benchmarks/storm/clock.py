# SPDX-License-Identifier: MIT
"""The clock of a simulation: it stands still until the next event moves it, and its chance follows from a seed."""

from __future__ import annotations

import random

__all__ = ["SimulatedClock"]


class SimulatedClock:
    """What `errcore.clock` is asked for in a simulation.

    Args:
        seed: What jitter and coins follow from.
        now: Seconds at the beginning.
    """

    def __init__(self, seed: int, now: float = 0.0) -> None:
        self.now = now
        self._random = random.Random(seed)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    def random(self) -> float:
        return self._random.random()

    def sleep(self, seconds: float, /) -> None:
        raise AssertionError("nobody sleeps in a simulation")

    async def asleep(self, seconds: float, /) -> None:
        raise AssertionError("nobody sleeps in a simulation")

    def token(self, nbytes: int, /) -> str:
        return self._random.randbytes(nbytes).hex()
