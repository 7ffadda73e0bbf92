# SPDX-License-Identifier: MIT
"""What a breaker should do, in the plainest words: a list of everything that happened, read from the start each time.

It counts in the same ten buckets, by which the window is defined, and dates every success by itself: that successes
which come quickly may share a date is left to the tests of the window. Where chance decides, within the tenth by which
the time of an open breaker varies, it allows both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from errcore.policies.breaking.breaker import Breaker

__all__ = ["BreakerModel", "ModelCall"]

_BUCKETS = 10
_JITTER = 0.1
_ROUNDING = 1e-9


@attrs.define(eq=False)
class ModelCall:
    """A call that was let in.

    Attributes:
        era: How many changes of state there had been.
        began: When.
        ends: When its place as a probe ends; None if it is none.
    """

    era: int
    began: float
    ends: float | None = None


class BreakerModel:
    """A breaker for comparison.

    Args:
        settings: Of the breaker.

    Attributes:
        state: closed, open, half_open or isolated.
        period: Seconds for which it is open, the next time or this time.

    >>> from errcore.policies.breaking.breaker import Breaker
    >>> model = BreakerModel(Breaker(minimum=1))
    >>> model.end(model.begin(0.0), "failed", 0.0)
    >>> model.state, model.admits(4.0), model.admits(5.0), model.admits(6.0)
    ('open', False, None, True)
    """

    def __init__(self, settings: Breaker) -> None:
        self.state: str = "closed"
        self.period: float = settings.open_for
        self._settings = settings
        self._era = 0
        self._opened = 0.0
        self._probes: list[ModelCall] = []
        self._good = 0
        self._patience: float = settings.open_for
        self._base = 0.0
        self._counted: list[tuple[int, bool, bool]] = []  # number of the bucket, failed, slow

    def admits(self, now: float) -> bool | None:
        """Whether a call is let in; None where chance decides."""
        if self.state == "open":
            spread = self.period * (_JITTER + _ROUNDING)
            early, late = self._opened + self.period - spread, self._opened + self.period + spread
            return False if now < early else True if now > late else None
        if self.state == "half_open":
            return len(self._probes) < self._settings.probes or any(now >= self._end(p) for p in self._probes)
        return self.state == "closed"

    def wait(self, now: float) -> float:
        """The longest that a call which is refused now may be told to wait."""
        if self.state == "open":
            return self._opened + self.period * (1 + _JITTER + _ROUNDING) - now
        if self.state == "half_open":
            return min(map(self._end, self._probes), default=now) - now
        return self._settings.open_cap

    def _end(self, probe: ModelCall) -> float:
        return math.inf if probe.ends is None else probe.ends

    def begin(self, now: float) -> ModelCall:
        """A call was let in."""
        if self.state == "closed":
            return ModelCall(self._era, now)
        if self.state == "open":
            self._change("half_open")
        if len(self._probes) == self._settings.probes:
            self._probes.remove(min(self._probes, key=self._end))
        probe = ModelCall(self._era, now, now + self._patience)
        self._probes.append(probe)
        return probe

    def end(self, call: ModelCall, how: str, now: float) -> None:
        """A call has ended.

        Args:
            call: What `begin` gave.
            how: "ok", "failed" or "dropped".
            now: When.
        """
        slow_after = self._settings.slow_after
        slow = slow_after is not None and now - call.began >= slow_after
        if call.era != self._era:
            return
        if call.ends is not None:
            self._end_probe(call, "failed" if slow and how == "ok" else how, now)
        elif how != "dropped":
            self._count(now, how == "failed", slow)

    def _end_probe(self, probe: ModelCall, how: str, now: float) -> None:
        if probe not in self._probes:
            self._patience = max(self._patience, min(2 * (now - probe.began), self._settings.open_cap))
            return
        self._probes.remove(probe)
        if how == "failed":
            self.period = min(2 * self.period, self._settings.open_cap)
            self._open(now)
        elif how == "ok":
            self._good += 1
            if self._good == self._settings.successes:
                self.reset()

    def _count(self, now: float, failed: bool, slow: bool) -> None:
        settings = self._settings
        bucket = math.floor((now - self._base) / (settings.window / _BUCKETS) + _ROUNDING)
        self._counted = [each for each in self._counted if each[0] > bucket - _BUCKETS]
        if not self._counted:
            self._base, bucket = now, 0
        self._counted.append((bucket, failed, slow))
        calls = len(self._counted)
        if calls < settings.minimum:
            return
        failures, slow_ones = sum(each[1] for each in self._counted), sum(each[2] for each in self._counted)
        if failures / calls >= settings.failure_rate or slow_ones / calls >= settings.slow_rate:
            self.period = settings.open_for
            self._open(now)

    def _open(self, now: float) -> None:
        self._opened = now
        self._change("open")

    def isolate(self) -> None:
        """Somebody takes it out."""
        if self.state != "isolated":
            self._change("isolated")

    def reset(self) -> None:
        """It closes."""
        self._counted = []
        self.period = self._patience = self._settings.open_for
        self._change("closed")

    def _change(self, state: str) -> None:
        self.state = state
        self._era += 1
        self._probes = []
        self._good = 0
