# SPDX-License-Identifier: MIT
"""How long requests took, in buckets that grow by a sixteenth of an octave: 2.2 % of error, and addition merges them.

The bounds are those of OpenTelemetry's exponential histogram of scale 4 and of Prometheus' native one of schema 4: bucket
i holds what is above 2^(i/16) and at most 2^((i+1)/16), in milliseconds here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bucket_of", "quantile"]

_LEAST = 0.000_1  # seconds; shorter ones and longer ones are in the outermost buckets
_MOST = 60.0
_SHARES = 16


def bucket_of(seconds: float) -> int:
    """The bucket of a duration, between -54 and 253.

    Args:
        seconds: From 0.1 ms to 60 s; others count as the nearest of these.

    >>> bucket_of(0.0015), bucket_of(0.0)
    (9, -54)
    """
    if not seconds > _LEAST:  # NaN, too
        seconds = _LEAST
    elif seconds > _MOST:
        seconds = _MOST
    return math.ceil(math.log2(seconds * 1000) * _SHARES) - 1


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The duration in seconds that `share` of all do not exceed; None where there are none.

    The middle of a bucket, in the sense of products: at most 2.2 % off for what lies between 0.1 ms and 60 s.

    Args:
        counts: How many there are in each bucket.
        share: Such as 0.95.

    >>> round(quantile({bucket_of(0.1): 99, bucket_of(2.0): 1}, 0.5), 3)
    0.101
    """
    total = sum(counts.values())
    if total <= 0:
        return None
    wanted = math.ceil(share * total)
    passed = 0
    bucket = 0
    for bucket in sorted(counts):  # pragma: no branch - the last one passes what is wanted
        passed += counts[bucket]
        if passed >= wanted:
            break
    return float(2 ** ((bucket + 0.5) / _SHARES)) / 1000
