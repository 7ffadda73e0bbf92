# SPDX-License-Identifier: MIT
"""The time by which old counts are deleted: a wall clock that jumps ahead is believed after a day, not at once.

What is deleted does not come back when the clock does. So time goes on from where it was as a clock goes that nobody sets, and
the wall clock counts where it says less. Where other workers have told the store something, a process whose clock is far ahead
of theirs begins where they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TrustedTime"]

_DRIFT = 3600.0  # seconds by which clocks may differ
_DAY = 86400.0


class TrustedTime:
    """Seconds since the epoch, never far ahead of what can be known.

    Args:
        wall: What the wall clock says, in seconds since the epoch.
        ticks: What a clock says that never goes back, in seconds.
        told: When workers last told something, in seconds since the epoch.

    >>> time = TrustedTime(1_000_000.0, 0.0, [900_000.0])
    >>> time.now(1_000_010.0, 10.0), time.now(1_090_000.0, 90_000.0)
    (903610.0, 1090000.0)
    """

    def __init__(self, wall: float, ticks: float, told: Iterable[float] = ()) -> None:
        known = sorted(told)
        # The one in the middle: one worker more whose clock is wrong does not move it far.
        start = min(wall, known[(len(known) - 1) // 2] + _DRIFT) if known else wall
        self._anchor = start - ticks
        self._ahead_since: float | None = None

    def now(self, wall: float, ticks: float) -> float:
        """The time.

        Args:
            wall: What the wall clock says.
            ticks: What the other one says.
        """
        expected = self._anchor + ticks
        if wall <= expected + _DRIFT:
            self._ahead_since = None
            self._anchor = max(self._anchor, wall - ticks)  # it drifts
            return wall
        if self._ahead_since is None:
            self._ahead_since = ticks
        if ticks - self._ahead_since < _DAY:
            return expected
        self._anchor, self._ahead_since = wall - ticks, None
        return wall
