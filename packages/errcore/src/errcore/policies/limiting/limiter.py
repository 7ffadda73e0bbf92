# SPDX-License-Identifier: MIT
"""One count against a limit, and the decision that it gives.

Exact under threads, and usable from tasks: nothing here waits, but for a lock that is held for arithmetic only.
"""

from __future__ import annotations

import itertools
import math
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from errcore import clock
from errcore.forks import renew_in_children
from errcore.policies.refusals import refuse

if TYPE_CHECKING:
    from errcore.policies.limiting.counting import FixedWindow, Gcra
    from errcore.policies.limiting.rates import Rule

__all__ = ["Decision", "EvenLimiter", "Limiter", "WindowLimiter", "checked", "decide"]

_NEARLY = 0.999  # of a wait; the rest is looked at exactly


@attrs.frozen
class Decision:
    """Whether something may happen now, and what to tell whoever asked.

    Attributes:
        allowed: Whether it may; then it has been counted.
        limit: The limit that is nearest to being used up.
        remaining: What is left of it.
        retry_after: Seconds after which it would be allowed if nothing else happens: 0 if it is, None if it never will
            be, since it costs more than the limit.
        reset_after: Seconds until all of the limit is there again.
    """

    allowed: bool
    limit: int
    remaining: int
    retry_after: float | None
    reset_after: float


def checked(cost: int) -> int:
    """A cost: 1 or more.

    Raises:
        errcore.ConfigurationError: If it is none.
    """
    if type(cost) is not int or cost < 1:
        refuse("take", "cost", cost, "it is how many hits it stands for", "pass 1 or more")
    return cost


def decide(rule: Rule, state: Any, now: float, cost: int, *, allowed: bool) -> Decision:
    """What to tell about a cost that was allowed, and counted, or refused.

    Args:
        rule: How it was counted.
        state: What is known after that.
        now: When, on the monotonic clock.
        cost: What was asked for.
        allowed: The answer.
    """
    limit, remaining, reset = rule.told(state, now)
    if allowed:
        return Decision(True, limit, remaining, 0.0, reset)
    wait = None if cost > rule.amount else rule.wait(state, now, cost)
    return Decision(False, limit, remaining, wait, reset)


class Limiter:
    """One count against a limit. Made by `RateLimit.limiter()`.

    Exact under threads: its lock is held for arithmetic only.
    """

    __slots__ = ("__weakref__", "_admit", "_lock", "_rule", "_shut", "_state")

    LINES: ClassVar[tuple[str, ...]] = ("fits = limiter.hit(begun)",)
    """What a generated wrapper does for a hit: it has `limiter` and `begun`, and reads `fits`."""

    def __init__(self, rule: Rule) -> None:
        # Reentrant, since a finalizer or a signal handler that runs inside may make a guarded call, too.
        self._lock = threading.RLock()
        self._rule = rule
        self._admit = rule.admit
        self._shut = -math.inf
        self._state: Any = rule.fresh()
        renew_in_children(self)

    def hit(self, now: float | None = None) -> bool:
        """Count one hit if it fits; the short way for those who need no more than yes or no.

        Args:
            now: The reading of the monotonic clock; None reads it.
        """
        if now is None:
            now = clock.current().monotonic()
        if now < self._shut:
            return False
        with self._lock:
            state = self._admit(self._state, now, 1)
            if state is None:
                # Nothing gets in before that, so until then nobody needs the lock to be told so.
                self._shut = now + _NEARLY * self._rule.wait(self._state, now, 1)
                return False
            self._state = state
            return True

    def take(self, now: float | None = None, cost: int = 1) -> Decision:
        """Count `cost` hits if all of them fit, else none.

        Args:
            now: The reading of the monotonic clock; None reads it.
            cost: How many hits it stands for.

        Raises:
            errcore.ConfigurationError: If the cost is not 1 or more.
        """
        return self._decided(now, cost, keep=True)

    def peek(self, now: float | None = None, cost: int = 1) -> Decision:
        """What `take` would say, without counting anything: for what is counted only when it goes wrong.

        The arguments are those of `take`.

        Raises:
            errcore.ConfigurationError: If the cost is not 1 or more.

        >>> from errcore.policies.limiting.rate_limit import RateLimit
        >>> failures = RateLimit("1/minute").limiter()
        >>> [failures.peek(0.0).allowed, failures.take(0.0).allowed, failures.peek(0.0).allowed]
        [True, True, False]
        """
        return self._decided(now, cost, keep=False)

    @property
    def idle(self) -> bool:
        """Whether all of the limit is there, so that nothing would be lost if this were forgotten."""
        return self.peek().reset_after <= 0

    def renew(self) -> None:
        """Make a new lock, in a child that was just forked."""
        self._lock = threading.RLock()

    def _decided(self, now: float | None, cost: int, *, keep: bool) -> Decision:
        rule, cost = self._rule, checked(cost)
        if now is None:
            now = clock.current().monotonic()
        with self._lock:
            state = self._state
            allowed = cost <= rule.amount and not rule.wait(state, now, cost)
            if allowed and keep:
                state = self._state = rule.admit(state, now, cost)
            return decide(rule, state, now, cost, allowed=allowed)


class EvenLimiter(Limiter):
    """The same for a single GCRA, which is what most policies have: no call but the lock's."""

    __slots__ = ("_most", "_pace")

    # `hit`, as it stands below, without its call.
    LINES: ClassVar[tuple[str, ...]] = (
        "earned = begun * limiter._pace",
        "with limiter._lock:",
        "    level = limiter._state",
        "    if level < earned:",
        "        level = earned",
        "    level += 1.0",
        "    fits = level - earned <= limiter._most",
        "    if fits:",
        "        limiter._state = level",
    )

    def __init__(self, rule: Gcra) -> None:
        super().__init__(rule)
        self._most = rule.most
        self._pace = rule.pace

    def hit(self, now: float | None = None) -> bool:
        """See `Limiter`."""
        if now is None:
            now = clock.current().monotonic()
        earned = now * self._pace
        with self._lock:
            state = self._state
            if state < earned:  # noqa: PLR1730 - a call of `max` would cost more than the rest
                state = earned
            state += 1.0
            if state - earned > self._most:
                return False
            self._state = state
            return True


class _Window:
    """One fixed window. `left` counts down for what costs more than 1; a hit draws a ticket, and gets in by its number."""

    __slots__ = ("ends", "left", "ticket")

    def __init__(self, ends: float, left: int) -> None:
        self.ends = ends
        self.left = left
        # One instruction of the interpreter: no two threads get the same number.
        self.ticket = itertools.count(1).__next__


class WindowLimiter(Limiter):
    """The same for a single fixed window: a hit takes no lock, unless it begins a window.

    A ticket that did not get in changes nothing: whoever draws one later does not get in either.
    """

    __slots__ = ("_window",)

    def __init__(self, rule: FixedWindow) -> None:
        super().__init__(rule)
        self._window = _Window(-math.inf, 0)

    def hit(self, now: float | None = None) -> bool:
        """See `Limiter`."""
        if now is None:
            now = clock.current().monotonic()
        window = self._window
        if now >= window.ends:
            window = self._begun(now)
        return window.ticket() <= window.left

    def _begun(self, now: float) -> _Window:
        with self._lock:
            if now >= self._window.ends:
                self._window = _Window(now + self._rule.memory, self._rule.amount)
            return self._window

    def _decided(self, now: float | None, cost: int, *, keep: bool) -> Decision:
        rule, cost = self._rule, checked(cost)
        if now is None:
            now = clock.current().monotonic()
        with self._lock:
            window = self._window
            if now >= window.ends:
                if not keep or cost > rule.amount:
                    return decide(rule, rule.fresh(), now, cost, allowed=cost <= rule.amount)
                window = self._begun(now)
            # First less for all, then a ticket: a hit meanwhile may be refused, but never is one too many let in.
            window.left -= cost - 1
            room = window.left + cost - window.ticket()
            allowed = room >= cost
            if allowed and keep:
                room -= cost
            else:
                window.left += cost
            return decide(rule, [window.ends, rule.amount - max(0, room)], now, cost, allowed=allowed)
