# SPDX-License-Identifier: MIT
"""How the calls of the last seconds ended: sums over a window of ten buckets. Arithmetic only; no clock, no lock.

The first call after a quiet time begins a bucket, so a burst is forgotten exactly one window later. Of the others the
oldest are forgotten by the bucket, at most a tenth of the window early and never late.
"""

from __future__ import annotations

__all__ = ["BUCKETS", "Window"]

BUCKETS = 10

_ROUNDING = 1e-9  # of a bucket, so that what is one window old is forgotten whatever the last digits say


class Window:
    """Calls in a time window, and how many of them failed or were slow.

    Args:
        seconds: The length of the window.

    Attributes:
        width: Seconds of one bucket.
        calls: Calls in the window, as of the last reading.
        failed: How many of them failed.
        slow: How many of them were slow; one that was slow and failed is in both.

    >>> window = Window(30.0)
    >>> window.add(0.0, 3, failed=2)
    >>> window.add(29.9)
    >>> window.calls, window.failed
    (4, 2)
    >>> window.turn(30.0)
    >>> window.calls, window.failed
    (1, 0)
    """

    __slots__ = ("_base", "_buckets", "_tick", "calls", "failed", "slow", "width")

    def __init__(self, seconds: float) -> None:
        self.width: float = seconds / BUCKETS
        self._buckets = [[0, 0, 0] for _ in range(BUCKETS)]
        self._base = 0.0
        self._tick = 0
        self.calls: int = 0
        self.failed: int = 0
        self.slow: int = 0

    def add(self, now: float, calls: int = 1, *, failed: int = 0, slow: int = 0) -> None:
        """Count calls that ended.

        Args:
            now: When, on a monotonic clock. A moment before the last one counts as the last one: threads read their
                clocks before they take turns.
            calls: How many.
            failed: How many of them failed.
            slow: How many of them were slow.
        """
        self.turn(now)
        bucket = self._buckets[self._tick % BUCKETS]
        bucket[0] += calls
        self.calls += calls
        if failed:
            bucket[1] += failed
            self.failed += failed
        if slow:
            bucket[2] += slow
            self.slow += slow

    def turn(self, now: float) -> None:
        """Forget what is older than the window.

        Args:
            now: On a monotonic clock.
        """
        if self.calls:
            tick = int((now - self._base) / self.width + _ROUNDING)
            passed = tick - self._tick
            if passed <= 0:
                return
            for step in range(1, min(passed, BUCKETS) + 1):
                self._empty(self._buckets[(self._tick + step) % BUCKETS])
            self._tick = tick
        if not self.calls:
            self._base = now
            self._tick = 0

    def _empty(self, bucket: list[int]) -> None:
        self.calls -= bucket[0]
        self.failed -= bucket[1]
        self.slow -= bucket[2]
        bucket[:] = (0, 0, 0)
