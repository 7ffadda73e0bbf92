# SPDX-License-Identifier: MIT
"""Rates, and what it takes to count against one: arithmetic on what is known of a key.

A rule holds no state, no lock and no clock. All times are seconds on the monotonic clock.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AllOf", "Rate", "Rule", "until"]


@attrs.frozen
class Rate:
    """So many hits in so many seconds.

    >>> Rate(100, 60).amount
    100
    """

    amount: int
    seconds: float


class Rule(Protocol):
    """One way to count.

    Attributes:
        amount: The cost that fits at most, at any time.
        memory: Seconds after which a state that nobody touched is as good as a fresh one.
    """

    amount: int
    memory: float

    def fresh(self) -> Any:
        """The state of a key that nobody has used."""
        ...

    def first(self, now: float, cost: int) -> Any:
        """The state of a key after its first hit, of a cost of at most `amount`; what `admit` gives for a fresh one."""
        ...

    def admit(self, state: Any, now: float, cost: int) -> Any:
        """The state after a hit, or None if it does not fit. The state that was passed must not be used any more."""
        ...

    def wait(self, state: Any, now: float, cost: int) -> float:
        """Seconds until a cost of at most `amount` fits if nothing else comes; 0 if it does."""
        ...

    def told(self, state: Any, now: float) -> tuple[int, int, float]:
        """The limit, the hits that are left, and the seconds until all of them are there again."""
        ...


def until(due: float, now: float) -> float:
    """Seconds from `now` to `due`, such that whoever waits exactly that long is there.

    >>> until(60.0, 12.5)
    47.5
    """
    wait = due - now
    return wait if now + wait >= due else math.nextafter(due, math.inf) - now  # the sum was rounded down


class AllOf:
    """Several rules at once: what does not fit into one of them uses up none.

    The state is that of each.
    """

    __slots__ = ("_rules", "amount", "memory")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self.amount: int = min(rule.amount for rule in rules)
        self.memory: float = max(rule.memory for rule in rules)

    def fresh(self) -> tuple[Any, ...]:
        """What each of them begins with."""
        return tuple(rule.fresh() for rule in self._rules)

    def first(self, now: float, cost: int) -> tuple[Any, ...]:
        """See `Rule`."""
        return tuple(rule.first(now, cost) for rule in self._rules)

    def admit(self, state: tuple[Any, ...], now: float, cost: int) -> tuple[Any, ...] | None:
        """See `Rule`."""
        # All are asked before any is told: a log changes when it admits.
        for rule, own in zip(self._rules, state, strict=True):
            if rule.wait(own, now, cost):
                return None
        return tuple(rule.admit(own, now, cost) for rule, own in zip(self._rules, state, strict=True))

    def wait(self, state: tuple[Any, ...], now: float, cost: int) -> float:
        """See `Rule`."""
        return max(rule.wait(own, now, cost) for rule, own in zip(self._rules, state, strict=True))

    def told(self, state: tuple[Any, ...], now: float) -> tuple[int, int, float]:
        """What the one says of which the least is left."""
        each = [rule.told(own, now) for rule, own in zip(self._rules, state, strict=True)]
        return min(each, key=lambda told: (told[1], -told[2]))
