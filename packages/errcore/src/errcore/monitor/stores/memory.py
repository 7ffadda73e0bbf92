# SPDX-License-Identifier: MIT
"""Counts in the memory of one process: the store of tests, of scripts and of services with one worker.

What is counted in hours goes back two days here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import clock
from errcore.forks import ForkSafeLock
from errcore.monitor.batches import OVERFLOW
from errcore.monitor.groups import MOST_GROUPS, Standing, among_others, fold, in_state
from errcore.monitor.samples import NEWEST, placed
from errcore.monitor.series import errors_of_group
from errcore.monitor.stores.protocol import GroupChanged, Scope, Snapshot
from errcore.monitor.stores.seating import seat
from errcore.monitor.windows import (
    HOUR,
    HOURS_KEPT,
    MINUTE,
    MINUTES_KEPT,
    SAMPLES_KEPT,
    WORKERS_KEPT,
    hour_of,
    oldest_kept,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from errcore.monitor.batches import Batch, GroupCounts
    from errcore.monitor.groups import Group, GroupState
    from errcore.monitor.records import EventRecord

__all__ = ["MemoryStore"]

_HOURS = 48
_OTHERS = errors_of_group(OVERFLOW.id)


class MemoryStore:
    """A store that ends with its process.

    Args:
        most_groups: How many groups are told apart.

    >>> MemoryStore().read(60, 0).counts
    {}
    """

    scope: Scope = Scope.WORKER

    def __init__(self, most_groups: int = MOST_GROUPS) -> None:
        self._most = most_groups
        self._lock = ForkSafeLock()
        self._clear()

    def _clear(self) -> None:
        self._groups: dict[str, Group] = {}
        self._counts: dict[int, dict[int, dict[str, int]]] = {MINUTE: {}, HOUR: {}}
        self._samples: dict[str, dict[int, EventRecord]] = {}
        self._offered: dict[str, int] = {}
        self._workers: dict[str, tuple[int, float]] = {}

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        """Add a batch; a number that was applied already is not applied again."""
        with self._lock:
            if self._workers.get(batch.worker, (0, 0.0))[0] >= batch.number:
                return ()
            seated = seat(
                batch,
                {
                    each: Standing(group.last_seen, group.count)
                    for each, group in self._groups.items()
                    if each != OVERFLOW.id
                },
                self._most,
            )
            for group in seated.leaving:
                self._move_out(group)
            changes = [change for counts in seated.groups for change in self._count(counts, batch.release)]
            for (series, minute), count in batch.counters.items():
                self._add(series, minute, count)
            for record in batch.samples:
                self._keep(record)
            self._workers[batch.worker] = batch.number, batch.time
            return changes

    def _count(self, counts: GroupCounts, release: str | None) -> list[GroupChanged]:
        group, change = fold(self._groups.get(counts.facts.id), counts, release)
        self._groups[counts.facts.id] = group
        for minute, count in counts.minutes.items():
            self._add(errors_of_group(counts.facts.id), minute, count)
        return [] if change is None else [GroupChanged(group, change)]

    def _add(self, series: str, minute: int, count: int) -> None:
        for width, bucket in ((MINUTE, minute), (HOUR, hour_of(minute))):
            counts = self._counts[width].setdefault(bucket, {})
            counts[series] = counts.get(series, 0) + count

    def _move_out(self, leaving: str) -> None:
        """Count a group among the others, with its history."""
        group = self._groups.pop(leaving)
        others = self._groups.get(OVERFLOW.id)
        self._groups[OVERFLOW.id] = among_others(others, group)
        for counts, count in self._forget(leaving):
            counts[_OTHERS] = counts.get(_OTHERS, 0) + count

    def _forget(self, group: str) -> list[tuple[dict[str, int], int]]:
        """Forget all of a group; what was counted of it, with where that was."""
        self._samples.pop(group, None)
        self._offered.pop(group, None)
        series = errors_of_group(group)
        return [
            (counts, counts.pop(series))
            for buckets in self._counts.values()
            for counts in buckets.values()
            if series in counts
        ]

    def _keep(self, record: EventRecord) -> None:
        if record.group not in self._groups:
            return  # there was no room for its group
        kept = self._samples.setdefault(record.group, {})
        number = self._offered[record.group] = self._offered.get(record.group, 0) + 1
        slot, elsewhere = placed(number, NEWEST in kept, clock.current().random)
        if elsewhere is not None:
            kept[elsewhere] = kept[NEWEST]
        kept[slot] = record

    def read(self, width: int, first: int) -> Snapshot:
        """What there was from a bucket on."""
        with self._lock:
            sums: dict[str, int] = {}
            for bucket, counts in self._counts[width].items():
                if bucket >= first:
                    for series, count in counts.items():
                        sums[series] = sums.get(series, 0) + count
            workers = {worker: told for worker, (_, told) in self._workers.items()}
            return Snapshot(counts=sums, groups=dict(self._groups), workers=workers)

    def samples(self, group: str) -> Sequence[EventRecord]:
        """The samples of a group, oldest first."""
        with self._lock:
            return sorted(self._samples.get(group, {}).values(), key=lambda record: record.time)

    def set_state(self, group: str, state: GroupState, now: float) -> Group | None:
        """Say something of a group."""
        with self._lock:
            known = self._groups.get(group)
            if known is not None:
                known = self._groups[group] = in_state(known, state, now)
            return known

    def purge(self, now: float) -> None:
        """Forget what is old."""
        oldest = {MINUTE: oldest_kept(now, MINUTE, MINUTES_KEPT), HOUR: oldest_kept(now, HOUR, _HOURS)}
        with self._lock:
            for width, buckets in self._counts.items():
                for bucket in [bucket for bucket in buckets if bucket < oldest[width]]:
                    del buckets[bucket]
            for group, kept in list(self._samples.items()):
                self._samples[group] = {
                    slot: record for slot, record in kept.items() if record.time >= now - SAMPLES_KEPT
                }
            gone = now - HOURS_KEPT * HOUR
            for each in [each for each, group in self._groups.items() if group.last_seen < gone]:
                del self._groups[each]
                self._forget(each)
            self._workers = {
                worker: told for worker, told in self._workers.items() if told[1] >= now - WORKERS_KEPT
            }

    def renew(self) -> None:
        """A child counts for itself: what the parent has counted is the parent's."""
        self._clear()

    def close(self) -> None:
        """There is nothing to let go of."""
