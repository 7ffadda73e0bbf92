# SPDX-License-Identifier: MIT
"""A limit for each of a million keys: a hit of a key that is known, in no order.

The limits by hand have the same bound on keys. Neither runs anything in the background: what that would cost a process
shows in the rows of `Population`.
"""

from __future__ import annotations

import gc
import random
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, Column
from benchmarks.populations import Population
from benchmarks.rows.limits_by_hand import EvensByHand, FixedsByHand
from errcore import RateLimit

if TYPE_CHECKING:
    from collections.abc import Callable

    Hit = Callable[[str, float], bool]

__all__ = ["columns", "even", "fixed", "population"]

_KEYS = 1_000_000
_JOBS = 1000


def even() -> Case:
    """The row of GCRA."""
    return _case("policy 1e6 keys, gcra", EvensByHand, "gcra")


def fixed() -> Case:
    """The row of fixed windows."""
    return _case("policy 1e6 keys, fixed", FixedsByHand, "fixed")


def population() -> Population:
    """The rows of bytes, idle CPU and threads."""
    return Population(
        "policy 1e6 keys", __name__, keys=_KEYS, times_the_bytes=2.0, points=2.0, peers=(("limits", 100_000),)
    )


def columns(keys: int) -> dict[str, Callable[[], Callable[[str], object]]]:
    """What a process of a population fills: from a key to a hit, by the name of the column.

    Args:
        keys: How many keys there will be.
    """
    return {
        "limit": lambda: _timed(FixedsByHand(100, 60, keys).hit),
        "ours": lambda: _ours(keys),
        "limits": _limits,
    }


def _timed(hit: Hit) -> Callable[[str], object]:
    from time import monotonic

    return lambda key: hit(key, monotonic())


def _ours(keys: int) -> Callable[[str], object]:
    return RateLimit("100/minute", algorithm="fixed").limits(most=keys).hit


def _limits() -> Callable[[str], object]:
    from limits import parse
    from limits.storage import MemoryStorage
    from limits.strategies import FixedWindowRateLimiter

    limiter, item = FixedWindowRateLimiter(MemoryStorage()), parse("100/minute")
    return lambda key: limiter.hit(item, key)


def _case(name: str, by_hand: Any, algorithm: str) -> Case:
    def ours(text: str, most: int) -> Hit:
        return RateLimit(text, algorithm=algorithm).limits(most=most).hit

    return Case(
        name,
        limit=Column(
            "a dictionary and a lock",
            _hits(by_hand(10**6, 1000.0, _KEYS).hit),
            outcome=lambda: _seen(by_hand(2, 10.0, 8).hit),
        ),
        ours=Column(
            "errcore",
            _hits(ours("1000000 per 1000 seconds", _KEYS)),
            outcome=lambda: _seen(ours("2 per 10 seconds", 8)),
        ),
        gate=1.3,
        jobs=_JOBS,
    )


@cache
def _chunks() -> list[list[str]]:
    # Made when they are first asked for: a look at whether the jobs are equal needs none of them.
    names = [f"client-{number}" for number in range(_KEYS)]
    random.Random(1).shuffle(names)
    return [names[start : start + _JOBS] for start in range(0, _KEYS, _JOBS)]


def _hits(hit: Hit) -> Callable[[], None]:
    """Hits of a thousand keys, always the next ones; the first call makes all of them known."""
    source = (
        "def hits():\n"
        "    if not ready:\n"
        "        fill()\n"
        "    for key in following():\n"
        "        hit(key, 1001.0)\n"
    )
    ready: list[object] = []

    def fill() -> None:
        for chunk in _chunks():
            for key in chunk:
                hit(key, 1000.0)
        ready.append(True)
        gc.freeze()  # or each round would end with a walk over all of it
        namespace["following"] = cycle(_chunks()).__next__

    namespace: dict[str, Any] = {"hit": hit, "ready": ready, "fill": fill}
    exec(source, namespace)
    hits: Callable[[], None] = namespace["hits"]
    return hits


def _seen(hit: Hit) -> list[bool]:
    """Two at a time for each, at a time of its own; and who has not come for long begins anew, as one of eight."""
    seen = [
        hit(key, moment)
        for moment in (1000.0, 1001.0, 1002.0, 1010.5, 1030.0)
        for key in ("a", "b", "a", "a")
    ]
    many = [hit(f"key {number}", 1030.0) for number in range(20)]
    return [*seen, *many, hit("a", 1030.0), hit("key 19", 1030.0), hit("key 19", 1030.0)]
