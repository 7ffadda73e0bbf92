# SPDX-License-Identifier: MIT
"""How many retries a process may make, so that a fleet of any size does not turn an overload into an outage.

Two purses. One evaporates within half a minute and is filled by successful first attempts: a tenth of a retry each.
The other is small, full at birth, and refilled by successes only. A timeout, which says that the dependency is
overloaded, may use the second one only in proportion to what the first one holds. All income comes from successes, so
an outage pays nobody; memory is counted in seconds of one's own traffic, so the sum over a fleet does not depend on its
size. The study behind the numbers is in docs/explanation.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import attrs

from errcore import clock
from errcore.forks import renew_in_children
from errcore.policies.refusals import share

if TYPE_CHECKING:
    from errcore.errors.kinds import Cost

__all__ = ["FOLD", "Purse", "RetryBudget"]

FOLD = 16
"""Successes that are counted before the clock is read."""

_SAVED = 3.0  # seconds of traffic that the evaporating purse holds at most: ratio x tau
_PER_OK = 0.1
_PER_SECOND = 0.05
_LIFT = 2.0
_GIFT = 2.0  # seconds after birth in which the first call may make all its attempts


@attrs.frozen
class RetryBudget:
    """The share of calls that may be retries.

    Policies without `key=` that are given the same object share what it holds. A number stands for one of its own each
    time, and where there is a `key=` each key has its own.

    Args:
        ratio: Retries for each successful first attempt, above 0 and at most 1. Utilisation times (1 + ratio) should
            stay below 1, hence 0.1.

    Raises:
        errcore.ConfigurationError: If the ratio is no such number.

    >>> RetryBudget(0.2).ratio
    0.2
    """

    ratio: float = attrs.field(default=0.1, validator=share())
    _purses: dict[str, Purse] = attrs.field(init=False, factory=dict[str, "Purse"], eq=False, repr=False)

    def purse(self, attempts: int) -> Purse:
        """What all policies that were given this object pay from.

        Args:
            attempts: Attempts of one call of the policy that asks; the most of all of them count.
        """
        purse = self._purses.setdefault("shared", Purse(self, attempts))
        purse.widen(attempts)
        return purse

    def __reduce__(self) -> tuple[type[RetryBudget], tuple[float]]:
        return RetryBudget, (self.ratio,)  # a copy has nothing to share, and locks cannot be copied


class Purse:
    """The budget of one policy in this process.

    Args:
        settings: How much may be earned.
        attempts: Attempts of one call; the small purse holds one retry less.
        born: When the process was, as far as this is concerned, on the monotonic clock; now, unless one knows better.

    Attributes:
        n: Successful first attempts since the last settling. The happy path adds to it without a lock: an increment
            that is lost in a race earns less, and nothing else.
        fresh: Whether there was no success yet; a caller then notes when its call began.
    """

    __slots__ = (
        *("_earned", "_gift", "_born", "_last", "_lock", "_own", "_own_cap", "_ratio", "_tau"),
        *("__weakref__", "fresh", "n"),
    )

    def __init__(self, settings: RetryBudget, attempts: int, born: float | None = None) -> None:
        self.n: int = 0
        self.fresh: bool = True
        self._ratio = settings.ratio
        self._tau = _SAVED / settings.ratio
        self._own_cap = self._own = float(attempts - 1)
        self._gift = attempts - 1
        self._earned = 0.0
        self._last = clock.current().monotonic()
        self._born = self._last if born is None else born
        # Reentrant, since a finalizer or a signal handler that runs inside may make a guarded call, too.
        self._lock = threading.RLock()
        renew_in_children(self)

    def renew(self) -> None:
        """Let go of the lock, which nobody holds in a child that was just forked."""
        self._lock = threading.RLock()

    def widen(self, attempts: int) -> None:
        """Have room for calls of so many attempts, too: for those of a variant, or of another policy that shares it.

        Args:
            attempts: Attempts of one call.
        """
        with self._lock:
            more = attempts - 1 - int(self._own_cap)
            if more > 0:
                self._own_cap += more
                self._own += more
                if self.fresh:
                    self._gift += more

    @property
    def idle(self) -> bool:
        """Whether little would be lost if this were forgotten: nothing was spent, or not lately."""
        return self._own >= self._own_cap or clock.current().monotonic() - self._last >= self._tau

    def settle(self) -> None:
        """Turn the successes that were counted into credit."""
        now = clock.current().monotonic()
        with self._lock:
            self._settle(now)

    def _settle(self, now: float) -> None:
        n, self.n = self.n, 0
        gap = now - self._last
        if gap > 0:
            kept = math.exp(-gap / self._tau)
            self._earned = self._earned * kept + self._ratio * n * ((1 - kept) * self._tau / gap)
            if self._own < self._own_cap:
                self._own = min(self._own_cap, self._own + min(_PER_OK * n, _PER_SECOND * gap))
        else:
            self._earned += self._ratio * n
        self._last = now
        if n:
            self._gift = 0
            self.fresh = False

    def allows(self, cost: Cost, begun: float) -> bool:
        """Whether a failed call may be tried again; if so, that is paid for. Never waits.

        Args:
            cost: What the failure cost the dependency.
            begun: When the call began, on the monotonic clock.
        """
        now = clock.current()
        with self._lock:
            self._settle(now.monotonic())
            if self._gift > 0 and begun - self._born <= _GIFT:
                self._gift -= 1
                return True
            stake = self._own if cost == "plain" else min(self._own, _LIFT * self._earned)
            chance = self._earned + stake
            if chance >= 1:
                rest = max(0.0, 1 - self._earned)
                self._earned = max(0.0, self._earned - 1)
                self._own -= rest
                return True
            # What was staked is gone whichever way the coin falls, or every quiet process would win in the end.
            self._earned = 0.0
            self._own -= stake
            return now.random() < chance
