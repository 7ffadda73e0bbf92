# SPDX-License-Identifier: MIT
"""What is counted of one place that fails: how many in each minute, and of how many different messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.monitor.batches import OTHER
from errcore.monitor.windows import MINUTE

if TYPE_CHECKING:
    from errcore.monitor.batches import GroupFacts
    from errcore.monitor.samples import Allowance

__all__ = ["MOST_MESSAGES", "Entry", "Taken"]

MOST_MESSAGES = 64
"""Messages of a place that are told apart until the next batch; what is made of them are a few templates."""


@attrs.frozen
class Taken:
    """What was counted of one place, taken out: nobody adds to it any more.

    Attributes:
        facts: Its group.
        route: Where it failed.
        minutes: How many in each minute, by the number of the minute since the epoch.
        first: When the first one was, in seconds since the epoch.
        last: When the last one was.
        variants: How many had each message.
    """

    facts: GroupFacts
    route: str
    minutes: dict[int, int]
    first: float
    last: float
    variants: dict[str, int]


class Entry:
    """One place that fails: what was counted of it since the last batch."""

    __slots__ = (
        "_alive",
        "_begins",
        "_ends",
        "_minute",
        "allowance",
        "facts",
        "first",
        "last",
        "minutes",
        "route",
        "variants",
    )

    def __init__(self, facts: GroupFacts, route: str, allowance: Allowance, *alive: object) -> None:
        self.facts: GroupFacts = facts
        self.route: str = route
        self.allowance: Allowance = allowance
        self._alive = alive  # so that nothing else gets the addresses by which this is found
        self._begins = self._ends = self._minute = 0  # of the latest minute: to divide is dear
        self.reset()

    def keeps(self, *alive: object) -> bool:
        """Whether it keeps these alive, so that their addresses stay theirs."""
        return all(mine is yours for mine, yours in zip(self._alive, alive, strict=True))

    def reset(self) -> None:
        """Start counting anew."""
        self.minutes: dict[int, int] = {}
        self.variants: dict[str, int] = {}
        self.first: float = 0.0
        self.last: float = 0.0

    def copy(self) -> Taken:
        """What is there, which stays."""
        return Taken(self.facts, self.route, {**self.minutes}, self.first, self.last, {**self.variants})

    def taken(self) -> Taken:
        """What is there; counting starts anew."""
        found = Taken(self.facts, self.route, self.minutes, self.first, self.last, self.variants)
        self.reset()
        return found

    def add(self, now: float, message: str) -> bool:
        """Count one; whether it is to be kept as a sample.

        Args:
            now: Seconds since the epoch.
            message: What it says, if that is known without asking it.
        """
        if not self._begins <= now < self._ends:
            self._minute = int(now // MINUTE)
            self._begins, self._ends = self._minute * MINUTE, (self._minute + 1) * MINUTE
        minute, minutes = self._minute, self.minutes
        if not minutes:
            self.first = self.last = now
        elif now > self.last:
            self.last = now
        elif now < self.first:  # the clock was set back
            self.first = now
        minutes[minute] = minutes.get(minute, 0) + 1
        variants = self.variants
        if message in variants:
            variants[message] += 1
        elif len(variants) < MOST_MESSAGES:
            variants[message] = 1
        else:
            variants[OTHER] = variants.get(OTHER, 0) + 1
        allowance = self.allowance
        return not allowance.rests_from <= now < allowance.rests_until and allowance.take(now)
