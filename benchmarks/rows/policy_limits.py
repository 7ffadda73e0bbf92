# SPDX-License-Identifier: MIT
"""One hit against a limit, by each of the four ways to count.

Both sides are told the time, which goes on with each hit as if 900 came in a second where 1000 may. So windows begin,
logs are full of hits that still count, and nothing is refused. The limits by hand have a lock, or they would let in too
many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows.limits_by_hand import EvenByHand, FixedByHand, MovingByHand, SlidingByHand
from errcore import RateLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Hit = Callable[[float], bool]

__all__ = ["even", "fixed", "moving", "sliding"]

_JOBS = 100
_STEP = 1 / 900  # seconds between two hits
_RATE = "1000/second"

_LONE = "reads the clock itself"


def even() -> Case:
    """The row of GCRA."""
    return _case("gcra", EvenByHand, 1.3)


def fixed() -> Case:
    """The row of fixed windows."""
    return _case("fixed", FixedByHand, 0.8)


def moving() -> Case:
    """The row of the window that remembers each hit."""
    return _case("moving", MovingByHand, 3.0)


def sliding() -> Case:
    """The row of two windows weighted."""
    return _case("sliding", SlidingByHand, 3.0)


def _case(algorithm: str, by_hand: Any, gate: float) -> Case:
    def ours(text: str) -> Hit:
        return RateLimit(text, algorithm=algorithm).limiter().hit

    return Case(
        f"policy limit {algorithm}",
        limit=Column(
            "with a lock, by hand", _hits(by_hand(1000, 1.0).hit), outcome=lambda: _seen(by_hand(3, 10.0).hit)
        ),
        ours=Column("errcore", _hits(ours(_RATE)), outcome=lambda: _seen(ours("3 per 10 seconds"))),
        gate=gate,
        peers=tuple(_peers(algorithm)),
        jobs=_JOBS,
    )


def _hits(hit: Hit) -> Callable[[], None]:
    """A loop of its own for each column: the interpreter specialises code where it stands."""
    source = (
        "def hits():\n"
        "    global now\n"
        "    moment = now\n"
        f"    for _ in range({_JOBS}):\n"
        f"        moment += {_STEP!r}\n"
        "        hit(moment)\n"
        "    now = moment\n"
    )
    namespace: dict[str, Any] = {"hit": hit, "now": 1000.0}
    exec(source, namespace)
    hits: Callable[[], None] = namespace["hits"]
    return hits


def _seen(hit: Hit) -> list[bool]:
    """Full, waiting, at the border, over it, after a long time."""
    moments = (
        1000.0,
        1000.0,
        1000.5,
        1001.0,
        1003.0,
        1003.5,
        1004.5,
        1010.25,
        1010.25,
        1014.0,
        1020.5,
        1099.0,
        1099.0,
    )
    return [hit(moment) for moment in (*moments, 1099.0, 1099.0)]


def _peers(algorithm: str) -> Iterator[Column]:
    if available("limits") and algorithm != "gcra":
        from limits import parse, strategies
        from limits.storage import MemoryStorage

        name = {"fixed": "FixedWindow", "moving": "MovingWindow", "sliding": "SlidingWindowCounter"}[
            algorithm
        ]
        limiter, item = getattr(strategies, f"{name}RateLimiter")(MemoryStorage()), parse("1000/second")
        differs = "reads the wall clock, refuses most"
        yield Column("limits", _hits(lambda _: limiter.hit(item, "bench")), differs=differs)
    if available("pyresilience") and algorithm == "gcra":
        from pyresilience import RateLimiter, RateLimiterConfig

        bucket = RateLimiter(RateLimiterConfig(max_calls=10**9))
        yield Column(
            "pyresilience", _hits(lambda _: bucket.acquire()), differs=f"a bucket of tokens, {_LONE}"
        )
