# SPDX-License-Identifier: MIT
"""Time in minutes and hours: which bucket a moment is in, and which buckets a window has.

Buckets are numbered from the epoch, so that those of several workers line up. Wall clocks step: a moment is put where the
clock says that it is, a window has no end, and so nothing that was counted is ever zeroed or lost from view.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import attrs

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "HOUR",
    "HOURS_KEPT",
    "MINUTE",
    "MINUTES_KEPT",
    "SAMPLES_KEPT",
    "WORKERS_KEPT",
    "Window",
    "by_the_hour",
    "hour_of",
    "minute_of",
    "oldest_kept",
    "window_of",
]

MINUTE = 60
"""Seconds of a fine bucket."""

HOUR = 3600
"""Seconds of a coarse bucket."""

MINUTES_KEPT = 120
"""How many fine buckets are kept at least: windows up to two hours are told in minutes."""

HOURS_KEPT = 35 * 24
"""How many coarse buckets are kept at least: thirty-five days."""

SAMPLES_KEPT = 48 * HOUR
"""Seconds for which samples are kept."""

WORKERS_KEPT = 48 * HOUR
"""Seconds for which it is remembered which batches of a worker were applied, after its last one."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TEXT = re.compile(r"(\d{1,6})([smhd])")
_LONGEST = HOURS_KEPT * HOUR


@attrs.frozen
class Window:
    """The latest stretch of time.

    Attributes:
        seconds: How long it is.
        width: Seconds of the buckets that it is counted in.
    """

    seconds: int
    width: int

    def first(self, now: float) -> int:
        """The number of its first bucket: a part of a bucket counts as all of it.

        >>> window_of("5m").first(600.0), window_of("5m").first(630.0)
        (5, 5)
        """
        return math.floor((now - self.seconds) / self.width)


def window_of(asked: str | float) -> Window:
    """A window from a text such as "5m", "1h" or "7d", or from seconds.

    Args:
        asked: At least a minute, at most 35 days.

    Raises:
        errcore.ConfigurationError: If it is no such stretch of time.

    >>> window_of("1h"), window_of(86400)
    (Window(seconds=3600, width=60), Window(seconds=86400, width=3600))
    """
    seconds = _seconds(asked)
    if seconds is None or not MINUTE <= seconds <= _LONGEST:
        raise ConfigurationError(
            f"Cannot look at a window of {one_line(asked, 40)}, because it is no stretch of time of 1 minute to 35 days; pass "
            'one such as "5m", "1h", "7d", or seconds.'
        )
    return Window(seconds, MINUTE if seconds <= MINUTES_KEPT * MINUTE else HOUR)


def _seconds(asked: object) -> int | None:
    if type(asked) is str:
        found = _TEXT.fullmatch(asked)
        return None if found is None else int(found[1]) * _UNITS[found[2]]
    if (type(asked) is int or type(asked) is float) and 1 <= asked <= _LONGEST:  # NaN is neither
        return math.ceil(asked)
    return None


def by_the_hour(minutes: Mapping[int, int], recent: int) -> dict[int, int]:
    """The same counts in fewer buckets: what is not among the latest minutes is counted in the first minute of its hour.

    Args:
        minutes: How many in each minute since the epoch; at least one.
        recent: How many of the latest minutes stay as they are.

    >>> by_the_hour({59: 1, 60: 2, 61: 3, 200: 4, 210: 5}, 10)
    {0: 1, 60: 5, 200: 4, 210: 5}
    """
    oldest = max(minutes) - recent
    kept: dict[int, int] = {}
    for minute, count in minutes.items():
        bucket = minute if minute >= oldest else minute - minute % (HOUR // MINUTE)
        kept[bucket] = kept.get(bucket, 0) + count
    return kept


def minute_of(moment: float) -> int:
    """The number of the fine bucket that a moment is in.

    Args:
        moment: Seconds since the epoch.

    >>> minute_of(119.9)
    1
    """
    return int(moment // MINUTE)


def hour_of(minute: int) -> int:
    """The number of the coarse bucket that a fine one is in.

    Args:
        minute: The number of the fine one.

    >>> hour_of(119)
    1
    """
    return minute // (HOUR // MINUTE)


def oldest_kept(now: float, width: int, number: int) -> int:
    """The number of the oldest bucket that is not forgotten: a window may begin in the middle of one.

    Args:
        now: Seconds since the epoch.
        width: Seconds of a bucket.
        number: How many are kept at least.

    >>> oldest_kept(36_000.0, MINUTE, MINUTES_KEPT)
    479
    """
    return int(now // width) - number - 1
