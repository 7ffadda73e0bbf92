# SPDX-License-Identifier: MIT
"""What is counted of one place that fails: how many in each minute, and of how many different messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.monitor.templates import OTHER_VARIANTS
from errcore.monitor.windows import MINUTE

if TYPE_CHECKING:
    from errcore.monitor.batches import GroupFacts
    from errcore.monitor.samples import Allowance

__all__ = ["MOST_MESSAGES", "Entry"]

MOST_MESSAGES = 64
"""Messages of a place that are told apart until the next batch; what is made of them are a few templates."""


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
            variants[OTHER_VARIANTS] = variants.get(OTHER_VARIANTS, 0) + 1
        allowance = self.allowance
        return not allowance.rests_from <= now < allowance.rests_until and allowance.take(now)
