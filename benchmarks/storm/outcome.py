# SPDX-License-Identifier: MIT
"""What came of a run, second by second, and the measures that are taken of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Outcome"]

_WINDOW = 5  # seconds
_WELL = 0.95


@attrs.define
class Outcome:
    """Counts by second. All calls of a run have ended when it is read, so no window is cut off.

    Attributes:
        begun: Calls that began.
        good: Calls that succeeded, whenever they did, by the second in which they began.
        attempts: Requests that were sent, by the second in which they were.
    """

    begun: list[int]
    good: list[int]
    attempts: list[int]

    @classmethod
    def of(cls, seconds: int) -> Outcome:
        """Nothing yet."""
        return cls([0] * seconds, [0] * seconds, [0] * seconds)

    @classmethod
    def total(cls, parts: list[Outcome]) -> Outcome:
        """All of them together."""
        return cls(
            _added(part.begun for part in parts),
            _added(part.good for part in parts),
            _added(part.attempts for part in parts),
        )

    def sent(self, now: float) -> None:
        """A request was sent. What is sent after the last call began is in no window."""
        if now < len(self.attempts):
            self.attempts[int(now)] += 1

    def goodput(self, start: float, end: float) -> float:
        """The share of the calls of a time that succeeded."""
        begun = sum(self.begun[int(start) : int(end)])
        return sum(self.good[int(start) : int(end)]) / begun if begun else 1.0

    def recovery(self, after: float) -> float | None:
        """Seconds from a moment to the end of the last five seconds with less than 95 %; None if they are the last."""
        seconds = len(self.begun)
        for end in range(seconds, int(after), -1):
            if self.goodput(end - _WINDOW, end) < _WELL:
                return None if end == seconds else end - after
        return 0.0

    def amplification(self, start: float, end: float) -> float:
        """Requests for each call of a time."""
        begun = sum(self.begun[int(start) : int(end)])
        return sum(self.attempts[int(start) : int(end)]) / begun if begun else 1.0

    def peak(self, start: float) -> int:
        """The most requests of one second, from a moment on."""
        return max(self.attempts[int(start) :])

    def lost(self, start: float) -> int:
        """Calls that failed, from a moment on."""
        return sum(self.begun[int(start) :]) - sum(self.good[int(start) :])


def _added(columns: Iterable[list[int]]) -> list[int]:
    return [sum(second) for second in zip(*columns, strict=True)]
