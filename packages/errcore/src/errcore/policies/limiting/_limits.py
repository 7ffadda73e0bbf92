# SPDX-License-Identifier: MIT
"""The one file that knows `limits`: it reads the rates that are not usual ones, and its strategies may count here.

Our own limiters need neither its strategies nor a storage. Whoever uses those, by themselves or below another library, has
a storage here, "errcore://", which counts with the arithmetic of our limiters. The one in memory that `limits` brings
starts a thread that walks over all keys, and reads the wall clock. Ours has no thread, no walk, a bounded number of keys,
and time that never goes back; it reads the wall clock only for what `limits` wants in seconds since the epoch.
`errcore.extras.limits` is the public door to it.
"""

from __future__ import annotations

import functools
import re
import threading
from typing import TYPE_CHECKING, Any

from limits.storage.base import MovingWindowSupport, SlidingWindowCounterSupport, Storage
from limits.util import parse_many

from errcore import clock
from errcore.forks import renew_in_children
from errcore.policies.limiting.counting import SlidingWindow
from errcore.policies.limiting.moving import Log, MovingWindow
from errcore.policies.limiting.rates import Rate
from errcore.policies.limiting.recent import MOST_REMEMBERED, Recent
from errcore.policies.refusals import refuse

if TYPE_CHECKING:
    from limits import RateLimitItem

__all__ = ["EmbeddedStorage", "parsed"]

_LONGEST_TEXT = 200
_MOST_RATES = 10
_MOST_HITS = 1_000_000_000
_LONGEST = 1_000_000_000  # seconds

_NO_TIME = re.compile(r"(?:/|per)\s*0+\s*[a-z]", re.IGNORECASE)

_WORDS = "pass a text such as '100/minute', '5 per 10 seconds' or '10/second; 1000/hour'"


def parsed(text: Any) -> tuple[Rate, ...]:
    """The rates that a text names, in its order, each once.

    Raises:
        errcore.ConfigurationError: If it names none, or one that makes no sense.

    >>> parsed("100/minute")
    (Rate(amount=100, seconds=60),)
    """
    if type(text) is not str or not text.isascii() or len(text) > _LONGEST_TEXT:
        refuse("RateLimit", "rate", text, "it is no rate", _WORDS)
    try:
        items = parse_many(text)
    except ValueError:
        refuse("RateLimit", "rate", text, "it cannot be read", _WORDS)
    if _NO_TIME.search(text):  # which `limits` reads as 1
        refuse("RateLimit", "rate", text, "nothing happens in no time", "pass 1 or more of the unit")
    if len(items) > _MOST_RATES:
        refuse(
            "RateLimit",
            "rate",
            text,
            "each hit is counted against each of them",
            f"pass at most {_MOST_RATES}",
        )
    return tuple(dict.fromkeys(_rate(item, text) for item in items))


def _rate(item: RateLimitItem, text: str) -> Rate:
    rate = Rate(item.amount, item.get_expiry())
    if not 1 <= rate.amount <= _MOST_HITS:
        refuse("RateLimit", "rate", text, f"{rate.amount} is no limit", f"pass 1 to {_MOST_HITS} hits")
    if rate.seconds > _LONGEST:
        refuse("RateLimit", "rate", text, "nobody waits that long", f"pass at most {_LONGEST} seconds")
    return rate


@functools.lru_cache(maxsize=256)
def _moving(limit: int, expiry: int) -> MovingWindow:
    return MovingWindow(Rate(limit, expiry))


@functools.lru_cache(maxsize=256)
def _sliding(limit: int, expiry: int) -> SlidingWindow:
    return SlidingWindow(Rate(limit, expiry))


class EmbeddedStorage(Storage, MovingWindowSupport, SlidingWindowCounterSupport):
    """A storage in the memory of this process for the strategies of `limits`.

    Exact under threads. Once this class is imported, `limits` finds it as "errcore://".

    Args:
        uri: The address by which `limits` found it.
        wrap_exceptions: What `limits` passes; nothing goes wrong here.
        most: Keys of each strategy that are remembered for certain; one that is forgotten begins anew.
        options: What else `limits` passes.

    Raises:
        errcore.ConfigurationError: If `most` is no count.

    >>> from limits import parse
    >>> from limits.strategies import MovingWindowRateLimiter
    >>> limiter = MovingWindowRateLimiter(EmbeddedStorage())
    >>> [limiter.hit(parse("2/hour"), "me") for _ in range(3)]
    [True, True, False]
    """

    STORAGE_SCHEME: list[str] | None = ["errcore"]  # noqa: RUF012 - as `limits` declares it

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,
        most: int = MOST_REMEMBERED,
        **options: Any,
    ) -> None:
        if type(most) is not int or most < 1:
            refuse("EmbeddedStorage", "most", most, "it is how many keys are remembered", "pass 1 or more")
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._lock = threading.RLock()
        self._fixed: Recent[tuple[float, int]] = Recent(most, 0.0)
        self._logs: Recent[Log] = Recent(most, 0.0)
        self._windows: Recent[tuple[float, int, int]] = Recent(most, 0.0)
        renew_in_children(self)

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """What may go wrong with it: nothing."""
        return ()

    def renew(self) -> None:
        """Make a new lock, in a child that was just forked."""
        self._lock = threading.RLock()

    def check(self) -> bool:
        """Whether it is well."""
        return True

    def reset(self) -> int | None:
        """Forget everything; gives how many keys there were."""
        with self._lock:
            count = len(self._fixed) + len(self._logs) + len(self._windows)
            self._fixed.clear()
            self._logs.clear()
            self._windows.clear()
            return count

    def clear(self, key: str) -> None:
        """Forget a key."""
        with self._lock:
            self._fixed.forget(key)
            self._logs.forget(key)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count against a fixed window; gives its count."""
        with self._lock:
            now = clock.current().monotonic()
            self._fixed.stretch(expiry, now)
            ends, used = self._window(key, now)
            state = (ends, used + amount) if now < ends else (now + expiry, amount)
            self._fixed.put(key, state, now)
            return state[1]

    def get(self, key: str) -> int:
        """The count of a fixed window."""
        with self._lock:
            now = clock.current().monotonic()
            ends, used = self._window(key, now)
            return used if now < ends else 0

    def get_expiry(self, key: str) -> float:
        """When a fixed window ends, in seconds since the epoch."""
        with self._lock:
            here = clock.current()
            now = here.monotonic()
            return here.wall() + max(0.0, self._window(key, now)[0] - now)

    def _window(self, key: str, now: float) -> tuple[float, int]:
        state = self._fixed.get(key, now)
        return (now, 0) if state is None else state

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count against a moving window, if it fits."""
        if amount > limit:
            return False
        with self._lock:
            now = clock.current().monotonic()
            self._logs.stretch(expiry, now)
            log = _moving(limit, expiry).admit(self._logs.get(key, now) or Log(), now, amount)
            if log is None:
                return False
            self._logs.put(key, log, now)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The oldest hit that counts, in seconds since the epoch, and how many do."""
        with self._lock:
            here = clock.current()
            now = here.monotonic()
            log = self._logs.get(key, now)
            gone = 0 if log is None else _moving(limit, expiry).gone(log, now)
            if log is None or gone == len(log):
                return here.wall(), 0
            return here.wall() - (now - log[gone]), len(log) - gone

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count against a sliding window, if it fits."""
        with self._lock:
            now = clock.current().monotonic()
            self._windows.stretch(2 * expiry, now)
            rule = _sliding(limit, expiry)
            state = rule.admit(self._windows.get(key, now) or rule.fresh(), now, amount)
            if state is None:
                return False
            self._windows.put(key, state, now)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """The count of the window before, the seconds that it still counts; the same of this one."""
        with self._lock:
            now = clock.current().monotonic()
            rule = _sliding(1, expiry)
            _, before, used, share = rule.seen(self._windows.get(key, now) or rule.fresh(), now)
            return before, share * expiry if before else 0.0, used, (share + 1) * expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002 - as `limits` calls it
        """Forget a key."""
        with self._lock:
            self._windows.forget(key)
