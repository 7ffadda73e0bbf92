# SPDX-License-Identifier: MIT
"""How the calls through a closed breaker ended, and whether that is too much.

Successes are counted without a clock and without a lock. Where calls are rare each gets its date at once. Where they are
frequent a group shares one: it was gathered in a small part of a bucket, so the window does not notice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from errcore.policies.breaking.window import Window

if TYPE_CHECKING:
    from errcore.policies.breaking.breaker import Breaker
    from errcore.policies.breaking.generations import Generation

__all__ = ["GROUP", "Tally"]

GROUP = 64
"""Successes that may share a date."""

_DENSE = 1 / 8  # of a bucket


class Tally:
    """The count of one generation of a breaker. Not safe for threads: whoever adds to it holds the lock.

    Args:
        settings: What is too much.
    """

    __slots__ = ("_began", "_gathered", "_settings", "_settled", "_window")

    def __init__(self, settings: Breaker) -> None:
        self._settings = settings
        self._window = Window(settings.window)
        self._settled = self._began = -math.inf
        self._gathered = 0

    def settle(self, generation: Generation, now: float) -> None:
        """Put the successes that were counted into the window.

        Args:
            generation: Which counted them.
            now: On the monotonic clock.
        """
        width = self._window.width
        oks, generation.oks = generation.oks, 0
        # A group that took long to fill came at the old pace, right after the one before; then calls became rare.
        late = generation.group > 1 and now - self._settled > width
        if oks:
            self._window.add(self._settled if late else now, oks)
        self._settled = now
        self._gathered += oks
        if late or self._gathered >= GROUP:
            # A clock that stands still, in a test, says nothing about the pace.
            generation.group = GROUP if 0 < now - self._began <= width * _DENSE else 1
            self._began = now
            self._gathered = 0

    def add(self, generation: Generation, now: float, *, failed: int, slow: int) -> None:
        """Count one call that failed, was slow, or both.

        Args:
            generation: Which counts the successes.
            now: On the monotonic clock.
            failed: 1 if it failed.
            slow: 1 if it was slow.
        """
        self.settle(generation, now)
        self._window.add(now, failed=failed, slow=slow)

    def is_too_much(self, generation: Generation) -> bool:
        """Whether too many of the calls in the window failed or were slow, as of the last reading.

        Args:
            generation: Which counts the successes.
        """
        window, settings = self._window, self._settings
        calls, failed, slow = window.calls, window.failed, window.slow
        if not (failed or slow):
            return False
        if calls < settings.minimum:
            generation.group = 1  # the next success may be the call that was missing
            return False
        return failed / calls >= settings.failure_rate or (slow > 0 and slow / calls >= settings.slow_rate)

    def is_clean(self, now: float) -> bool:
        """Whether nothing failed or was slow within the window.

        Args:
            now: On the monotonic clock.
        """
        self._window.turn(now)
        return not (self._window.failed or self._window.slow)
