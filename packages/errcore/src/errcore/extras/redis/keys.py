# SPDX-License-Identifier: MIT
"""What is where in Redis, and for how long: hashes below one prefix, each of which ends by itself.

All keys have the same hash tag, so a Redis Cluster keeps them on one node and can change them in one step. Counts are
in one hash for each minute, hour and day, and which of these there are is in a hash for each width.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line
from errcore.monitor.series import errors_of_group, group_of
from errcore.monitor.windows import (
    HOUR,
    HOURS_KEPT,
    MINUTE,
    MINUTES_KEPT,
    SAMPLES_KEPT,
    WORKERS_KEPT,
    hour_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "DAY",
    "FOREVER",
    "KEPT",
    "PREFIX",
    "SAMPLES_SECONDS",
    "WIDTHS",
    "WORKERS_SECONDS",
    "Keys",
    "buckets_of",
    "buckets_to_read",
    "filed",
    "unfiled",
]

PREFIX = "errcore:"
DAY = 86_400
WIDTHS: tuple[int, ...] = (MINUTE, HOUR, DAY)
_SLACK = HOUR  # for batches that come late

KEPT: dict[int, int] = {
    MINUTE: MINUTES_KEPT * MINUTE + _SLACK,
    HOUR: HOURS_KEPT * HOUR + _SLACK,
    DAY: HOURS_KEPT * HOUR + DAY + _SLACK,
}
"""For how many seconds after its last change a bucket of each width is kept."""

FOREVER = KEPT[DAY]
"""What has no shorter time of its own."""

SAMPLES_SECONDS = SAMPLES_KEPT + _SLACK
WORKERS_SECONDS = WORKERS_KEPT + _SLACK

_PREFIX = re.compile(r"[A-Za-z0-9_.:/-]{1,100}")


class Keys:
    """The names of the keys below a prefix.

    Args:
        prefix: 1 to 100 letters, digits and any of `_.:/-`; a colon at its end makes no difference.

    Raises:
        errcore.ConfigurationError: If the prefix is none.

    >>> Keys("orders:").counts(60, 28_333_333)
    '{orders}:counts:60:28333333'
    """

    def __init__(self, prefix: str) -> None:
        if type(prefix) is not str or _PREFIX.fullmatch(prefix) is None or not prefix.rstrip(":"):
            shown = one_line(repr(prefix) if type(prefix) is str else prefix, 120)
            raise ConfigurationError(
                f"Cannot use prefix={shown}, because a prefix has 1 to 100 ASCII letters, digits and signs of "
                '"_.:/-", not only colons; pass one such as "orders:".'
            )
        self._root = root = f"{{{prefix.rstrip(':')}}}:"
        self.version: str = root + "version"
        self.workers: str = root + "workers"
        self.groups: str = root + "groups"

    def samples(self, group: str) -> str:
        """The samples of a group."""
        return f"{self._root}samples:{group.encode('utf-8', 'replace').decode()}"

    def buckets(self, width: int) -> str:
        """Which buckets of a width there are."""
        return f"{self._root}buckets:{width}"

    def counts(self, width: int, bucket: int) -> str:
        """The counts in one bucket."""
        return f"{self._root}counts:{width}:{bucket}"


def filed(group: str, seat: int) -> str:
    """The series of a group during one of its stays.

    >>> filed("c0ffee", 7), unfiled("group:c0ffee@7")
    ('group:c0ffee@7', ('c0ffee', '7'))
    """
    return f"{errors_of_group(group)}@{seat}"


def unfiled(series: str) -> tuple[str, str] | None:
    """The group and the seat that a series is about, or None if it is about something else."""
    found = group_of(series)
    if found is None:
        return None
    group, _, seat = found.rpartition("@")
    return group, seat


def buckets_of(minute: int) -> tuple[tuple[int, int], ...]:
    """The width and the number of each bucket that counts of a minute are added to.

    >>> buckets_of(1500)
    ((60, 1500), (3600, 25), (86400, 1))
    """
    return (MINUTE, minute), (HOUR, hour_of(minute)), (DAY, minute // (DAY // MINUTE))


def buckets_to_read(there: Mapping[int, Iterable[int]], width: int, first: int) -> list[tuple[int, int]]:
    """The buckets with what there was from one on: up to the next hour or day in small ones, then in larger ones.

    So an hour is read from 61 hashes at most, and thirty-five days from 59, not from 840.

    Args:
        there: The buckets of each width that there are.
        width: Of the bucket that is asked for.
        first: Its number.

    >>> buckets_to_read({3600: [22, 23, 24, 25, 48], 86400: [0, 1, 2]}, 3600, 23)
    [(3600, 23), (86400, 1), (86400, 2)]
    """
    wanted = sorted(bucket for bucket in there[width] if bucket >= first)
    larger = {MINUTE: HOUR, HOUR: DAY}.get(width)
    if not wanted or larger is None:
        return [(width, bucket) for bucket in wanted]
    # Not from what was asked for: where buckets before this one are forgotten, the larger one still has their counts.
    border = -(-wanted[0] * width // larger)
    fine = [(width, bucket) for bucket in wanted if bucket * width < border * larger]
    return fine + buckets_to_read(there, larger, border)
