# SPDX-License-Identifier: MIT
"""What is older than it is kept, as writes. Pure.

Whole keys end by themselves; this is for what is in a hash whose rest is still needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.extras.redis.entries import decoded
from errcore.extras.redis.keys import DAY, FOREVER
from errcore.extras.redis.reading import text_of, workers_of
from errcore.extras.redis.writing import Writes
from errcore.monitor.windows import (
    HOUR,
    HOURS_KEPT,
    MINUTE,
    MINUTES_KEPT,
    SAMPLES_KEPT,
    WORKERS_KEPT,
    oldest_kept,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from errcore.extras.redis.entries import Entry
    from errcore.extras.redis.keys import Keys
    from errcore.extras.redis.reading import Raw

__all__ = ["forget_buckets", "forget_groups", "forget_workers"]

_AT_ONCE = 50


def forget_buckets(
    keys: Keys, buckets: Mapping[int, Iterable[int]], now: float
) -> Iterator[list[tuple[str | int, ...]]]:
    """Commands that remove buckets, a few at a time: others wait for the server meanwhile.

    Args:
        keys: Where things are.
        buckets: Those of each width that there are.
        now: Seconds since the epoch.
    """
    hour = oldest_kept(now, HOUR, HOURS_KEPT)
    # A day stays until its last hour goes.
    oldest = {MINUTE: oldest_kept(now, MINUTE, MINUTES_KEPT), HOUR: hour, DAY: hour // (DAY // HOUR)}
    for width, numbers in buckets.items():
        gone = [number for number in numbers if number < oldest[width]]
        for start in range(0, len(gone), _AT_ONCE):
            few = gone[start : start + _AT_ONCE]
            yield [
                ("unlink", *(keys.counts(width, number) for number in few)),
                ("hdel", keys.buckets(width), *few),
            ]


def forget_workers(keys: Keys, workers: Mapping[Raw, Raw], now: float) -> Writes:
    """Cut workers that told nothing for long, unless they are just telling something."""
    writes = Writes()
    told = workers_of(workers)
    gone = {
        worker: value
        for worker, value in workers.items()
        if told.get(text_of(worker), 0.0) < now - WORKERS_KEPT
    }
    if gone:
        writes.cut_unchanged(keys.workers, gone)
    return writes


def forget_groups(keys: Keys, groups: Mapping[Raw, Raw], now: float) -> Writes:
    """Cut groups that were not seen for long and what is no group, and the old samples of the others."""
    writes = Writes()
    changed: dict[str, str | int] = {}
    gone: list[str] = []
    for raw, text in groups.items():
        name, entry = text_of(raw), decoded(text)
        if entry is None or entry.group.last_seen < now - HOURS_KEPT * HOUR:
            gone.append(name)
            writes.drop(keys.samples(name))
        elif old := [slot for slot, time in entry.slots.items() if time < now - SAMPLES_KEPT]:
            writes.cut(keys.samples(name), map(str, old))
            changed[name] = _without(entry, old).encoded()
    if gone:
        writes.cut(keys.groups, gone)
    if changed:
        writes.put(keys.groups, FOREVER, changed)
    return writes


def _without(entry: Entry, old: list[int]) -> Entry:
    return attrs.evolve(entry, slots={slot: time for slot, time in entry.slots.items() if slot not in old})
