# SPDX-License-Identifier: MIT
"""Three ways to count at a few numbers a key: an even leak, fixed windows, and windows that slide over one another.

Each admits the limit at once, and then as the rate allows. What they differ in is what happens at the borders.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from errcore.policies.limiting.rates import until

if TYPE_CHECKING:
    from errcore.policies.limiting.rates import Rate

__all__ = ["FixedWindow", "Gcra", "SlidingWindow"]

_SLACK = 1e-6  # of one hit: what rounding may add up to


class Gcra:
    """A bucket that leaks evenly: `amount` at once, and then one every `seconds / amount`.

    The state is one number: how many hits the clock will have earned when the bucket is empty. Counted in hits and not
    in seconds, since adding whole numbers is exact.
    """

    __slots__ = ("amount", "memory", "most", "pace")

    def __init__(self, rate: Rate) -> None:
        self.amount: int = rate.amount
        self.memory: float = rate.seconds
        self.pace: float = rate.amount / rate.seconds
        self.most: float = rate.amount + _SLACK

    def fresh(self) -> float:
        """An empty bucket."""
        return -math.inf

    def first(self, now: float, cost: int) -> float:
        """See `Rule`."""
        return now * self.pace + cost

    def admit(self, state: float, now: float, cost: int) -> float | None:
        """See `Rule`."""
        earned = now * self.pace
        if state < earned:  # noqa: PLR1730 - the call of `max` would be the dearest part
            state = earned
        state += cost
        return state if state - earned <= self.most else None

    def wait(self, state: float, now: float, cost: int) -> float:
        """See `Rule`."""
        earned = now * self.pace
        level = max(state, earned) + cost - earned
        return 0.0 if level <= self.most else (level - self.amount) / self.pace

    def told(self, state: float, now: float) -> tuple[int, int, float]:
        """See `Rule`."""
        level = max(0.0, state - now * self.pace)
        return self.amount, max(0, int(self.most - level)), level / self.pace


class FixedWindow:
    """Windows one after the other, each begun by the first hit after the last: cheap, and twice the rate at a border.

    The state is when the window ends, and what it has used.
    """

    __slots__ = ("_seconds", "amount", "memory")

    def __init__(self, rate: Rate) -> None:
        self.amount: int = rate.amount
        self.memory: float = rate.seconds
        self._seconds = rate.seconds

    def fresh(self) -> list[float]:
        """A window that is over."""
        return [-math.inf, 0]

    def first(self, now: float, cost: int) -> list[float]:
        """See `Rule`."""
        return [now + self._seconds, cost]

    def admit(self, state: list[float], now: float, cost: int) -> list[float] | None:
        """See `Rule`."""
        if now >= state[0]:
            state[0] = now + self._seconds
            state[1] = cost
            return state
        used = state[1] + cost
        if used > self.amount:
            return None
        state[1] = used
        return state

    def wait(self, state: list[float], now: float, cost: int) -> float:
        """See `Rule`."""
        ends, used = state
        return 0.0 if now >= ends or used + cost <= self.amount else until(ends, now)

    def told(self, state: list[float], now: float) -> tuple[int, int, float]:
        """See `Rule`."""
        ends, used = state
        return (
            (self.amount, self.amount, 0.0)
            if now >= ends
            else (self.amount, self.amount - int(used), ends - now)
        )


class SlidingWindow:
    """This window, and the share of the one before that is not over yet: nearly exact, at three numbers a key.

    The state is the number of the window, what the one before it used, and what it has used.
    """

    __slots__ = ("_seconds", "amount", "memory")

    def __init__(self, rate: Rate) -> None:
        self.amount: int = rate.amount
        self.memory: float = 2 * rate.seconds
        self._seconds = rate.seconds

    def fresh(self) -> tuple[float, int, int]:
        """A window long ago."""
        return -math.inf, 0, 0

    def seen(self, state: tuple[float, int, int], now: float) -> tuple[float, int, int, float]:
        """The state as it looks now, and the share of the window that is left."""
        number, before, used = state
        index, gone = divmod(now, self._seconds)
        if index > number:
            before, used = (used if index == number + 1 else 0), 0
        return index, before, used, 1.0 - gone / self._seconds

    def first(self, now: float, cost: int) -> tuple[float, int, int]:
        """See `Rule`."""
        return now // self._seconds, 0, cost

    def admit(self, state: tuple[float, int, int], now: float, cost: int) -> tuple[float, int, int] | None:
        """See `Rule`."""
        number, before, used = state
        index, gone = divmod(now, self._seconds)
        if index > number:
            before, used = (used if index == number + 1 else 0), 0
        # Only the share is rounded: a sum with it could be rounded up to the next whole number.
        if int(before * (1.0 - gone / self._seconds)) + used + cost > self.amount:
            return None
        return index, before, used + cost

    def wait(self, state: tuple[float, int, int], now: float, cost: int) -> float:
        """See `Rule`."""
        _, before, used, share = self.seen(state, now)
        room = self.amount - cost + 1 - used  # what the share of the window before has to be below
        if int(before * share) < room:
            return 0.0
        if room > 0:
            wait = self._seconds * (share - room / before)
        else:
            wait = self._seconds * (share + 1 - (room + used) / used)
        # Below and not at: a little more, so that whoever waits exactly that long gets in.
        return wait + self._seconds * 1e-9 + math.ulp(now) * 2

    def told(self, state: tuple[float, int, int], now: float) -> tuple[int, int, float]:
        """See `Rule`."""
        _, before, used, share = self.seen(state, now)
        windows = share + 1 if used else share if before else 0.0
        return self.amount, max(0, self.amount - used - int(before * share)), windows * self._seconds
