# SPDX-License-Identifier: MIT
"""A map that remembers the keys it saw lately, and is never scanned: not by a thread, not by a caller.

Two dictionaries, young and old. What is used moves to the young one; when that is full, or a period is over, it becomes
the old one, and what was in the old one is given back in small pieces, a few with each call. So the `most` keys that
were used last are always there, and what nobody asked for during a period is gone after the next one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["MOST_REMEMBERED", "Recent"]

S = TypeVar("S")

MOST_REMEMBERED = 65_536
"""Keys that are remembered for certain, unless somebody says another number."""

_PIECE = 1024  # entries that one call gives back: below a tenth of a millisecond


class Recent(Generic[S]):
    """What is known of each key. Not for several threads at once: its owner has a lock.

    Args:
        most: Keys that are remembered for certain; up to twice as many are kept.
        period: Seconds after which what is known of a key that was not used says nothing any more.

    Attributes:
        most: As it was passed.
        young: What was used since the last turn.
        old: What was used before that, and is looked up where the young one has nothing.
        due: When `tend` has to be called.

    >>> seen = Recent(most=2, period=60)
    >>> for key in "abcde":
    ...     seen.put(key, 1, now=0.0)
    >>> [seen.get(key, now=0.0) for key in "ade"], len(seen)
    ([None, 1, 1], 3)
    """

    __slots__ = ("_dying", "_period", "_turns", "due", "most", "old", "young")

    def __init__(self, most: int, period: float) -> None:
        self.most: int = most
        self._period = period
        self.due: float = -math.inf
        self._turns = -math.inf
        self.young: dict[Any, S] = {}
        self.old: dict[Any, S] = {}
        self._dying: list[dict[Any, S]] = []

    def get(self, key: Hashable, now: float) -> S | None:
        """What is known of a key. To be asked for is to be used: whoever is refused all the time is not forgotten."""
        if now >= self.due:
            self.tend(now)
        state = self.young.get(key)
        if state is None:
            state = self.old.get(key)
            if state is not None:
                self.put(key, state, now)
        return state

    def put(self, key: Hashable, state: S, now: float) -> None:
        """Note what is known of a key from now on; `now` is that of the `get` before."""
        if len(self.young) >= self.most and key not in self.young:
            self.turn(now)
        self.young[key] = state

    def forget(self, key: Hashable) -> bool:
        """Forget a key; gives whether it was there."""
        young = self.young.pop(key, None)
        return self.old.pop(key, None) is not None or young is not None

    def stretch(self, period: float, now: float) -> None:
        """Let the period be at least so many seconds from now on."""
        if period > self._period:
            self._period = period
            self._turns = now + period
            self.due = self.due if self._dying else self._turns

    def clear(self) -> None:
        """Forget everything."""
        self.young, self.old, self._dying = {}, {}, []

    def tend(self, now: float) -> None:
        """Do what is due: a turn, or giving back a piece of what nobody asked for."""
        if now >= self._turns:
            stale = now >= self._turns + self._period
            self.turn(now)
            if stale:
                self.turn(now)
        left = _PIECE
        while self._dying and left > 0:
            last = self._dying[-1]
            for _ in range(min(left, len(last))):
                last.popitem()
                left -= 1
            if not last:
                self._dying.pop()
        self.due = -math.inf if self._dying else self._turns

    def turn(self, now: float) -> None:
        """Make the young dictionary the old one."""
        if self.old:
            self._dying.append(self.old)
            self.due = -math.inf
        self.old, self.young = self.young, {}
        self._turns = now + self._period

    def __len__(self) -> int:
        return len(self.young) + sum(key not in self.young for key in self.old)
