# SPDX-License-Identifier: MIT
"""How often something may happen: the settings of a limit.

A policy counts its calls with one `Limiter`; what comes in is counted for each client, with `Limits`.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Literal

import attrs

from errcore.policies.limiting.counting import FixedWindow, Gcra, SlidingWindow
from errcore.policies.limiting.keyed_limits import EvenLimits, Limits
from errcore.policies.limiting.limiter import EvenLimiter, Limiter, WindowLimiter
from errcore.policies.limiting.moving import MovingWindow
from errcore.policies.limiting.rates import AllOf, Rate, Rule
from errcore.policies.limiting.recent import MOST_REMEMBERED
from errcore.policies.refusals import chosen, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ALGORITHMS", "Algorithm", "RateLimit"]

Algorithm = Literal["gcra", "fixed", "moving", "sliding"]
"""A way to count."""

ALGORITHMS: dict[Algorithm, Callable[[Rate], Rule]] = {
    "gcra": Gcra,
    "fixed": FixedWindow,
    "moving": MovingWindow,
    "sliding": SlidingWindow,
}
"""The ways to count, by name."""

_LONGEST_LOG = 1_000_000  # hits, of eight bytes each

_ATOMIC_NEXT: bool = getattr(sys, "_is_gil_enabled", lambda: True)()


# One rate in one unit, which is what most write. `limits` reads all others, and takes longer to load than all else that a
# policy is made of. A test holds the two readings equal.
_USUAL = re.compile(r"([1-9][0-9]{0,8}) ?(?:/|per) ?(second|minute|hour|day)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def _rates(text: Any) -> tuple[Rate, ...]:
    usual = _USUAL.fullmatch(text) if type(text) is str else None
    if usual is not None:
        return (Rate(int(usual[1]), _SECONDS[usual[2]]),)
    from errcore.policies.limiting._limits import parsed

    return parsed(text)


def _fits(part: RateLimit, _field: object, rates: tuple[Rate, ...]) -> None:
    most = max(rate.amount for rate in rates)
    if part.algorithm == "moving" and most > _LONGEST_LOG:
        refuse(
            "RateLimit",
            "rate",
            part.rate,
            f"the moving window keeps each hit, and {most} of them are {most * 8 >> 20} MiB a key",
            f"pass at most {_LONGEST_LOG}, or another algorithm",
        )


@attrs.frozen
class RateLimit:
    """How often something may happen.

    Args:
        rate: "100/minute", "5 per 10 seconds"; several, of which each has to be kept, with ";" or ",": "10/second;
            1000/hour". Units are second, minute, hour, day, month (30 days) and year (360 days).
        algorithm: How to count. "gcra": the limit at once, then evenly, for one number a key. "fixed": windows one after
            the other, twice the rate at a border. "sliding": two windows weighted, nearly exact. "moving": exact, for
            eight bytes a hit.

    Attributes:
        rates: What `rate` says.

    Raises:
        errcore.ConfigurationError: If the rate cannot be read or makes no sense, or there is no such algorithm.

    >>> RateLimit("10/second; 1000/hour").rates
    (Rate(amount=10, seconds=1), Rate(amount=1000, seconds=3600))
    >>> limiter = RateLimit("2/minute").limiter()
    >>> [limiter.take(now=0.0).allowed for _ in range(3)], limiter.take(now=0.0).retry_after
    ([True, True, False], 30.0)
    """

    rate: str = attrs.field(eq=False)
    algorithm: Algorithm = attrs.field(default="gcra", validator=chosen(ALGORITHMS), kw_only=True)
    rates: tuple[Rate, ...] = attrs.field(
        init=False,
        repr=False,
        default=attrs.Factory(lambda own: _rates(own.rate), takes_self=True),
        validator=_fits,
    )

    @property
    def rule(self) -> Rule:
        """The arithmetic of it."""
        rules = [ALGORITHMS[self.algorithm](rate) for rate in self.rates]
        return rules[0] if len(rules) == 1 else AllOf(rules)

    def limiter(self) -> Limiter:
        """A count of its own against this limit, for threads and tasks alike."""
        rule = self.rule
        if isinstance(rule, Gcra):
            return EvenLimiter(rule)
        return WindowLimiter(rule) if isinstance(rule, FixedWindow) and _ATOMIC_NEXT else Limiter(rule)

    def limits(self, most: int = MOST_REMEMBERED) -> Limits:
        """A count for each key against this limit.

        Args:
            most: Keys that are remembered for certain, those used last; memory is bounded by it.

        Raises:
            errcore.ConfigurationError: If `most` is no count.
        """
        rule = self.rule
        return EvenLimits(rule, most) if isinstance(rule, Gcra) else Limits(rule, most)
