# SPDX-License-Identifier: MIT
"""When to stop calling a dependency, and when to try again: what a breaker is told."""

from __future__ import annotations

from typing import Any

import attrs

from errcore.policies.refusals import count, refuse, seconds, share

__all__ = ["Breaker"]

_LONGEST = 60.0  # seconds; what `open_cap` is for most


def _longest(part: Breaker) -> float:
    # A wrong `open_for` is refused after this ran.
    return max(_LONGEST, part.open_for) if type(part.open_for) in {int, float} else _LONGEST


def _capped(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
    seconds()(part, field, value)
    if value < part.open_for:
        refuse("Breaker", "open_cap", value, "it is what open_for grows to", f"pass {part.open_for} or more")


@attrs.frozen
class Breaker:
    """Stop calling a dependency that fails.

    It opens when, of at least `minimum` calls within `window`, the share of failures reaches `failure_rate`, or the
    share of slow calls `slow_rate`. After `open_for`, give or take a tenth, probes are let through: `successes` good
    ones in a row close it, a failed or slow one opens it again for twice as long.

    Args:
        failure_rate: The share of failures that opens it, above 0 and at most 1.
        minimum: Calls in the window below which it stays closed.
        window: Seconds over which calls are counted, in ten buckets.
        slow_after: Seconds from which a call counts as slow; None times nothing.
        slow_rate: The share of slow calls that opens it, above 0 and at most 1.
        open_for: Seconds until the first probe; also how long a probe may take before another one takes its place.
        open_cap: Seconds of the longest time between probes that fail; 60, or `open_for` where that is longer.
        probes: How many calls may be probes at once.
        successes: Good probes in a row that close it.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense.

    >>> Breaker(0.25, open_for=120).open_cap
    120
    """

    failure_rate: float = attrs.field(default=0.5, validator=share())
    minimum: int = attrs.field(default=20, validator=count(), kw_only=True)
    window: float = attrs.field(default=30.0, validator=seconds(), kw_only=True)
    slow_after: float | None = attrs.field(default=None, validator=seconds(optional=True), kw_only=True)
    slow_rate: float = attrs.field(default=1.0, validator=share(), kw_only=True)
    open_for: float = attrs.field(default=5.0, validator=seconds(), kw_only=True)
    open_cap: float = attrs.field(
        default=attrs.Factory(_longest, takes_self=True), validator=_capped, kw_only=True
    )
    probes: int = attrs.field(default=1, validator=count(), kw_only=True)
    successes: int = attrs.field(default=3, validator=count(), kw_only=True)
