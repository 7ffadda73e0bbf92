# SPDX-License-Identifier: MIT
"""A limit for each key: for each client of a service, each tenant, each address.

Keys come from outside, so there may be any number of them, and they may be anything.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from errcore import clock
from errcore.forks import renew_in_children
from errcore.policies.keys import key_of
from errcore.policies.limiting.limiter import checked, decide
from errcore.policies.limiting.recent import Recent
from errcore.policies.refusals import refuse

if TYPE_CHECKING:
    from errcore.policies.limiting.counting import Gcra
    from errcore.policies.limiting.limiter import Decision
    from errcore.policies.limiting.rates import Rule

__all__ = ["EvenLimits", "Limits"]


class Limits:
    """A count for each key against one limit. Made by `RateLimit.limits()`.

    Exact under threads. Keys of any size and type will do; those that look alike as a text, such as 7 and "7", are one
    key. The `most` keys that were used last are remembered; one that is forgotten begins anew, so let there be room for
    all clients of a period. Nothing runs in the background.

    Args:
        rule: How to count.
        most: Keys that are remembered for certain.

    Raises:
        errcore.ConfigurationError: If `most` is no count.

    >>> from errcore import RateLimitError
    >>> from errcore.policies.limiting.rate_limit import RateLimit
    >>> clients = RateLimit("1/minute").limits()
    >>> clients.take("198.51.100.7", now=0.0).allowed, clients.take("203.0.113.9", now=0.0).allowed
    (True, True)
    >>> seen = clients.take("198.51.100.7", now=15.0)
    >>> RateLimitError(limit=seen.limit, remaining=seen.remaining, retry_after=seen.retry_after).retry_after
    45.0
    """

    __slots__ = ("__weakref__", "_admit", "_first", "_lock", "_recent", "_rule")

    def __init__(self, rule: Rule, most: int) -> None:
        if type(most) is not int or most < 1:
            refuse("Limits", "most", most, "it is how many keys are remembered", "pass 1 or more")
        self._rule = rule
        self._admit = rule.admit
        self._first = rule.first
        self._lock = threading.RLock()
        self._recent: Recent[Any] = Recent(most, self._rule.memory)
        renew_in_children(self)

    def hit(self, key: object, now: float | None = None) -> bool:
        """Count one hit for a key if it fits; the short way for those who need no more than yes or no."""
        if now is None:
            now = clock.current().monotonic()
        if type(key) is not str:
            key = key_of(key)
        recent = self._recent
        with self._lock:
            # `get` and `put` of the map in place: the calls would cost more than the arithmetic.
            if now >= recent.due:
                recent.tend(now)
            young = recent.young
            state = young.get(key)
            if state is not None:
                after = self._admit(state, now, 1)
                if after is None:
                    return False
                if after is not state:
                    young[key] = after
                return True
            known = key_of(key)  # only now: a key that is young has been through it
            if known != key:
                return self._decided(known, now, 1, keep=True).allowed
            state = recent.old.get(key)
            after = self._first(now, 1) if state is None else self._admit(state, now, 1)
            if len(young) >= recent.most:
                recent.turn(now)
                young = recent.young
            young[key] = state if after is None else after
            return after is not None

    def take(self, key: object, now: float | None = None, cost: int = 1) -> Decision:
        """Count `cost` hits for a key if all of them fit, else none.

        Args:
            key: Whose.
            now: The reading of the monotonic clock; None reads it.
            cost: How many hits it stands for.

        Raises:
            errcore.ConfigurationError: If the cost is not 1 or more.
        """
        return self._decided(key_of(key), now, cost, keep=True)

    def peek(self, key: object, now: float | None = None, cost: int = 1) -> Decision:
        """What `take` would say, without counting anything; the arguments are those of `take`.

        Raises:
            errcore.ConfigurationError: If the cost is not 1 or more.
        """
        return self._decided(key_of(key), now, cost, keep=False)

    def forget(self, key: object) -> None:
        """Let a key begin anew, for instance after a login that worked."""
        with self._lock:
            self._recent.forget(key_of(key))

    def _decided(self, key: str, now: float | None, cost: int, *, keep: bool) -> Decision:
        rule, cost = self._rule, checked(cost)
        if now is None:
            now = clock.current().monotonic()
        with self._lock:
            state = self._recent.get(key, now)
            if state is None:
                state = rule.fresh()
            allowed = cost <= rule.amount and not rule.wait(state, now, cost)
            if allowed and keep:
                state = rule.admit(state, now, cost)
                self._recent.put(key, state, now)
            return decide(rule, state, now, cost, allowed=allowed)

    def renew(self) -> None:
        """Make a new lock, in a child that was just forked."""
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """How many keys are remembered."""
        with self._lock:
            return len(self._recent)


class EvenLimits(Limits):
    """The same for a single GCRA, which is the usual one: a key that was seen lately costs no call but the lock's."""

    __slots__ = ("_most", "_pace")

    def __init__(self, rule: Gcra, most: int) -> None:
        super().__init__(rule, most)
        self._most = rule.most
        self._pace = rule.pace

    def hit(self, key: object, now: float | None = None) -> bool:
        """See `Limits`."""
        if now is None:
            now = clock.current().monotonic()
        if type(key) is str:
            recent = self._recent
            with self._lock:
                young = recent.young
                state = young.get(key)
                if state is not None and now < recent.due:
                    earned = now * self._pace
                    if state < earned:  # noqa: PLR1730 - as in `EvenLimiter`
                        state = earned
                    state += 1.0
                    if state - earned > self._most:
                        return False
                    young[key] = state
                    return True
        return super().hit(key, now)
