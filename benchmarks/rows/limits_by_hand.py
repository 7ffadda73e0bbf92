# SPDX-License-Identifier: MIT
"""Limits written by hand: four ways to count one thing, and two to count many. Exact under threads, so with a lock.

They are told the time, as errcore's are.
"""

from __future__ import annotations

import threading
from collections import deque

__all__ = ["EvenByHand", "EvensByHand", "FixedByHand", "FixedsByHand", "MovingByHand", "SlidingByHand"]


class FixedByHand:
    """Windows one after the other."""

    __slots__ = ("amount", "ends", "lock", "seconds", "used")

    def __init__(self, amount: int, seconds: float) -> None:
        self.amount, self.seconds, self.ends, self.used = amount, seconds, 0.0, 0
        self.lock = threading.Lock()

    def hit(self, now: float) -> bool:
        """Count one hit if it fits."""
        with self.lock:
            if now >= self.ends:
                self.ends, self.used = now + self.seconds, 1
                return True
            if self.used < self.amount:
                self.used += 1
                return True
            return False


class EvenByHand:
    """GCRA as in the textbook: one theoretical arrival time."""

    __slots__ = ("burst", "due", "lock", "step")

    def __init__(self, amount: int, seconds: float) -> None:
        self.step, self.burst, self.due = seconds / amount, seconds * (1 + 1e-9), 0.0
        self.lock = threading.Lock()

    def hit(self, now: float) -> bool:
        """Count one hit if it fits."""
        with self.lock:
            due = self.due
            if due < now:  # noqa: PLR1730 - `max` would be a call
                due = now
            due += self.step
            if due - now > self.burst:
                return False
            self.due = due
            return True


class MovingByHand:
    """Every hit remembered in a deque for as long as it counts."""

    __slots__ = ("amount", "lock", "log", "seconds")

    def __init__(self, amount: int, seconds: float) -> None:
        self.amount, self.seconds = amount, seconds
        self.log: deque[float] = deque()
        self.lock = threading.Lock()

    def hit(self, now: float) -> bool:
        """Count one hit if it fits."""
        edge = now - self.seconds
        with self.lock:
            log = self.log
            while log and log[0] <= edge:
                log.popleft()
            if len(log) < self.amount:
                log.append(now)
                return True
            return False


class SlidingByHand:
    """This window, and the share of the one before that is not over yet."""

    __slots__ = ("amount", "before", "lock", "number", "seconds", "used")

    def __init__(self, amount: int, seconds: float) -> None:
        self.amount, self.seconds, self.number, self.before, self.used = amount, seconds, -2.0, 0, 0
        self.lock = threading.Lock()

    def hit(self, now: float) -> bool:
        """Count one hit if it fits."""
        seconds = self.seconds
        number, gone = divmod(now, seconds)
        with self.lock:
            if number > self.number:
                self.before = self.used if number == self.number + 1 else 0
                self.used, self.number = 0, number
            if int(self.before * (1.0 - gone / seconds)) + self.used < self.amount:
                self.used += 1
                return True
            return False


class FixedsByHand:
    """A fixed window for each key; of the keys at least the `most` last used, at most twice as many."""

    __slots__ = ("amount", "lock", "most", "old", "seconds", "young")

    def __init__(self, amount: int, seconds: float, most: int) -> None:
        self.amount, self.seconds, self.most = amount, seconds, most
        self.young: dict[str, list[float]] = {}
        self.old: dict[str, list[float]] = {}
        self.lock = threading.Lock()

    def hit(self, key: str, now: float) -> bool:
        """Count one hit if it fits."""
        with self.lock:
            window = self.young.get(key)
            if window is None:
                window = self.old.get(key)
                if len(self.young) >= self.most:
                    self.old, self.young = self.young, {}
                if window is None or now >= window[0]:
                    self.young[key] = [now + self.seconds, 1]
                    return True
                self.young[key] = window
            elif now >= window[0]:
                window[0] = now + self.seconds
                window[1] = 1
                return True
            if window[1] < self.amount:
                window[1] += 1
                return True
            return False


class EvensByHand:
    """GCRA for each key, with the same bound."""

    __slots__ = ("burst", "lock", "most", "old", "step", "young")

    def __init__(self, amount: int, seconds: float, most: int) -> None:
        self.step, self.burst, self.most = seconds / amount, seconds * (1 + 1e-9), most
        self.young: dict[str, float] = {}
        self.old: dict[str, float] = {}
        self.lock = threading.Lock()

    def hit(self, key: str, now: float) -> bool:
        """Count one hit if it fits."""
        with self.lock:
            due = self.young.get(key)
            if due is None:
                due = self.old.get(key, 0.0)
                if len(self.young) >= self.most:
                    self.old, self.young = self.young, {}
                self.young[key] = due
            if due < now:  # noqa: PLR1730 - as above
                due = now
            due += self.step
            if due - now > self.burst:
                return False
            self.young[key] = due
            return True
