# SPDX-License-Identifier: MIT
"""A retry budget written by hand, after the rule of two purses in docs/explanation: see `errcore.policies.budget`."""

from __future__ import annotations

import math
import random
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PursesByHand"]

FOLD = 16


class PursesByHand:
    """One purse evaporates and is filled by successes; the other is small, full at birth, and refilled by successes.

    Args:
        attempts: Of one call.
        ratio: Retries for each success.
        now: What the time is.
        chance: A number in [0, 1).
    """

    __slots__ = (
        "born",
        "chance",
        "earned",
        "fresh",
        "gift",
        "last",
        "lock",
        "most",
        "n",
        "now",
        "own",
        "ratio",
        "tau",
    )

    def __init__(
        self,
        attempts: int = 3,
        ratio: float = 0.1,
        now: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.ratio, self.tau, self.now, self.chance = ratio, 3.0 / ratio, now, chance
        self.n, self.fresh, self.earned = 0, True, 0.0
        self.own = self.most = float(attempts - 1)
        self.gift = attempts - 1
        self.born = self.last = now()
        self.lock = threading.Lock()

    def settle(self) -> None:
        """Turn successes into credit."""
        with self.lock:
            self._settle(self.now())

    def _settle(self, now: float) -> None:
        n, self.n = self.n, 0
        gap = now - self.last
        if gap > 0:
            kept = math.exp(-gap / self.tau)
            self.earned = self.earned * kept + self.ratio * n * (1 - kept) * self.tau / gap
        else:
            self.earned += self.ratio * n
        if self.own < self.most:
            self.own = min(self.most, self.own + min(0.1 * n, 0.05 * gap))
        self.last = now
        if n:
            self.gift, self.fresh = 0, False

    def pays(self, begun: float, *, slow: bool = False) -> bool:
        """Whether a failed call may be tried again; then that is paid for."""
        with self.lock:
            self._settle(self.now())
            if self.gift > 0 and begun - self.born <= 2.0:
                self.gift -= 1
                return True
            stake = min(self.own, 2.0 * self.earned) if slow else self.own
            chance = self.earned + stake
            if chance >= 1:
                self.own -= max(0.0, 1 - self.earned)
                self.earned = max(0.0, self.earned - 1)
                return True
            self.earned = 0.0
            self.own -= stake
            return self.chance() < chance
