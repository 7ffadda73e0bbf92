# SPDX-License-Identifier: MIT
"""Which failures of a group are kept to be looked at: the first three, the newest one, and two of those between.

The two between are a fair choice of all that were ever the newest (Vitter 1985, algorithm R). How one worker saves itself
from offering every failure is `Allowance`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FIRST", "NEWEST", "SLOTS", "Allowance", "placed"]

FIRST = 3
NEWEST = 3
"""The number of the slot of the newest one."""

SLOTS = 6
"""Slots 0 to 2 have the first ones, 3 the newest, 4 and 5 the choice of those between."""

_CHOSEN = SLOTS - NEWEST - 1
_EVERY = 60.0  # seconds


def placed(number: int, has_newest: bool, chance: Callable[[], float]) -> tuple[int, int | None]:
    """Where a sample goes, and where the one goes that was the newest.

    Args:
        number: The sample is offered as that one of its group, counted from 1.
        has_newest: Whether there is a newest one.
        chance: Gives a number in [0, 1); asked only where one is displaced.

    Returns:
        The slot of the sample; and that to which the newest one is moved before, None where it stays or is given up.

    >>> placed(3, False, lambda: 0.9), placed(4, False, lambda: 0.9), placed(5, True, lambda: 0.9)
    ((2, None), (3, None), (3, 4))
    >>> placed(6, True, lambda: 0.9), placed(104, True, lambda: 0.9)
    ((3, 5), (3, None))
    """
    slot = min(number - 1, NEWEST)
    displaces = has_newest and slot == NEWEST
    return slot, _chosen(number - NEWEST - 1, chance()) if displaces else None


def _chosen(displaced: int, chance: float) -> int | None:
    """Where the `displaced`th one that is no more the newest goes, counted from 1; None if it is given up."""
    if displaced <= _CHOSEN:
        return NEWEST + displaced
    place = int(chance * displaced)
    return NEWEST + 1 + place if place < _CHOSEN else None


class Allowance:
    """How many samples of a group one worker takes: three at once, then one a minute.

    Args:
        spare: How many at once.

    Attributes:
        rests_from: Since when none is taken, in seconds since the epoch: who compares that need not ask. It is earlier only
            after the clock was set back, and then one is taken.
        rests_until: Until when, likewise.

    >>> allowance = Allowance()
    >>> [allowance.take(now) for now in (0.0, 0.0, 1.0, 2.0, 61.0)]
    [True, True, True, False, True]
    """

    __slots__ = ("_spare", "rests_from", "rests_until")

    def __init__(self, spare: int = FIRST) -> None:
        self._spare = spare
        self.rests_from: float = 0.0
        self.rests_until: float = 0.0

    def take(self, now: float) -> bool:
        """Whether this one is taken.

        Args:
            now: Seconds since the epoch.
        """
        if self.rests_from <= now < self.rests_until:
            return False
        if self._spare > 1:
            self._spare -= 1
        else:
            self.rests_from, self.rests_until = now, now + _EVERY
        return True
