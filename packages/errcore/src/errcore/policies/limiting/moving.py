# SPDX-License-Identifier: MIT
"""The exact way to count: every hit is remembered for as long as it counts, in eight bytes."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING, cast

from errcore.policies.limiting.rates import until

if TYPE_CHECKING:
    from errcore.policies.limiting.rates import Rate

__all__ = ["Log", "MovingWindow"]

_FIRST = 8  # entries of a log that has just begun


class Log:
    """The moments of the latest hits, oldest first, in a ring of eight bytes each.

    Attributes:
        ring: Room for them.
        start: Where the oldest one is.
        count: How many there are.
    """

    __slots__ = ("count", "ring", "start")

    def __init__(self) -> None:
        self.ring: array[float] = array("d", bytes(8 * _FIRST))
        self.start: int = 0
        self.count: int = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> float:
        return self.ring[(self.start + index) % len(self.ring)]

    def drop(self, number: int) -> None:
        """Forget the oldest ones."""
        self.start = (self.start + number) % len(self.ring)
        self.count -= number

    def grow(self, size: int) -> None:
        """Make room for `size` of them in all."""
        ring, start = self.ring, self.start
        grown = ring[start:] + ring[:start]
        grown.extend(array("d", bytes(8 * (size - len(ring)))))
        self.ring, self.start = grown, 0


class MovingWindow:
    """Every hit is remembered for as long as it counts: exact, at eight bytes a hit.

    The state is the log.
    """

    __slots__ = ("_seconds", "amount", "memory")

    def __init__(self, rate: Rate) -> None:
        self.amount: int = rate.amount
        self.memory: float = rate.seconds
        self._seconds = rate.seconds

    def fresh(self) -> Log:
        """An empty log."""
        return Log()

    def first(self, now: float, cost: int) -> Log:
        """See `Rule`."""
        return cast("Log", self.admit(Log(), now, cost))

    def admit(self, state: Log, now: float, cost: int) -> Log | None:
        """See `Rule`."""
        ring, count = state.ring, state.count + cost
        size = len(ring)
        over = count - self.amount
        if over > 0:
            if ring[(state.start + over - 1) % size] + self._seconds > now:
                return None
            state.start = (state.start + over) % size  # as `drop` does; the count is that of the end
            state.count -= over
            count = self.amount
        if count > size:
            ring, size, count = self._made_room(state, now, cost)
        end = state.start + count
        ring[(end - 1) % size] = now
        if cost > 1:
            for place in range(end - cost, end - 1):
                ring[place % size] = now
        state.count = count
        return state

    def _made_room(self, state: Log, now: float, cost: int) -> tuple[array[float], int, int]:
        state.drop(self.gone(state, now))
        count = state.count + cost
        if count > len(state.ring) // 2:
            state.grow(min(self.amount, max(2 * len(state.ring), count)))
        return state.ring, len(state.ring), count

    def wait(self, state: Log, now: float, cost: int) -> float:
        """See `Rule`."""
        over = state.count + cost - self.amount
        if over <= 0:
            return 0.0
        due = state[over - 1] + self._seconds
        return 0.0 if due <= now else until(due, now)

    def told(self, state: Log, now: float) -> tuple[int, int, float]:
        """See `Rule`."""
        live = state.count - self.gone(state, now)
        return self.amount, self.amount - live, state[state.count - 1] + self._seconds - now if live else 0.0

    def gone(self, state: Log, now: float) -> int:
        """How many of the log count no more."""
        return bisect_right(state, now, key=lambda moment: moment + self._seconds)
