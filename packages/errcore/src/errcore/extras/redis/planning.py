# SPDX-License-Identifier: MIT
"""What a batch changes, given what Redis has: the functions of every store, and the writes that come of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.extras.redis.entries import Entry
from errcore.extras.redis.keys import FOREVER, KEPT, SAMPLES_SECONDS, buckets_of, filed
from errcore.extras.redis.writing import Writes
from errcore.monitor.batches import OVERFLOW
from errcore.monitor.groups import Standing, among_others, fold
from errcore.monitor.samples import NEWEST, placed
from errcore.monitor.stores.protocol import GroupChanged
from errcore.monitor.stores.seating import seat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from errcore.extras.redis.keys import Keys
    from errcore.monitor.batches import Batch
    from errcore.monitor.groups import Group
    from errcore.monitor.records import EventRecord

__all__ = ["Found", "plan"]


@attrs.frozen(kw_only=True)
class Found:
    """What was read before a batch is applied.

    Attributes:
        version: Of all entries; each change of one changes it. Empty if nothing was read.
        entries: Those that were asked for, by the id of their group.
        places: How many groups have a place, without the overflow.
    """

    version: str = ""
    entries: Mapping[str, Entry] = attrs.field(factory=dict[str, Entry])
    places: int = 0

    @property
    def next_seat(self) -> int:
        """The seat of groups that come with the next version."""
        return int(self.version) + 1 if self.version.isdecimal() else 0


class _Plan:
    """The entries as they change, and the counts that are added."""

    def __init__(self, keys: Keys, found: Found) -> None:
        self._keys = keys
        self._seat = found.next_seat
        self.entries: dict[str, Entry] = dict(found.entries)
        self.counts: dict[tuple[int, int], dict[bytes, int]] = {}
        self.changed: set[str] = set()
        self.writes: Writes = Writes()

    def set(self, name: str, entry: Entry) -> None:
        self.entries[name] = entry
        self.changed.add(name)

    def count(self, series: str, minute: int, count: int) -> None:
        name = series.encode("utf-8", "replace")
        for place in buckets_of(minute):
            counts = self.counts.setdefault(place, {})
            counts[name] = counts.get(name, 0) + count

    def set_group(self, group: Group) -> Entry:
        """A group as it is now, in the seat that it has, or in a new one."""
        known = self.entries.get(group.facts.id)
        entry = Entry(group=group, seat=self._seat) if known is None else attrs.evolve(known, group=group)
        self.set(group.facts.id, entry)
        return entry

    def move_out(self, leaving: str) -> None:
        """Count a group among the others; that its counts are theirs follows from its seat, which nobody has."""
        group = self.entries.pop(leaving).group
        others = self.entries.get(OVERFLOW.id)
        self.changed.discard(leaving)
        self.set_group(among_others(None if others is None else others.group, group))
        self.writes.cut(self._keys.groups, [leaving])
        self.writes.drop(self._keys.samples(leaving))

    def keep(self, record: EventRecord, chance: Callable[[], float]) -> None:
        """Put a sample into its slot, and perhaps the one that it displaces into another."""
        entry = self.entries.get(record.group)
        if entry is None:
            return  # there was no room for its group
        key, number, slots = self._keys.samples(record.group), entry.offered + 1, dict(entry.slots)
        slot, elsewhere = placed(number, NEWEST in slots, chance)
        if elsewhere is not None:
            self.writes.copy(key, NEWEST, elsewhere)
            slots[elsewhere] = slots[NEWEST]
        slots[slot] = record.time
        self.writes.put(key, SAMPLES_SECONDS, {str(slot): record.to_json()})
        self.set(record.group, attrs.evolve(entry, offered=number, slots=slots))

    def finish(self) -> Writes:
        """All of it as writes."""
        for (width, bucket), counts in self.counts.items():
            self.writes.add(self._keys.counts(width, bucket), KEPT[width], counts)
            self.writes.put(self._keys.buckets(width), FOREVER, {str(bucket): 1})
        if self.changed:
            encoded = {name: self.entries[name].encoded() for name in self.changed}
            self.writes.put(self._keys.groups, FOREVER, encoded)
        return self.writes


def plan(
    batch: Batch, keys: Keys, found: Found, most: int, chance: Callable[[], float]
) -> tuple[Writes, list[GroupChanged]]:
    """What a batch writes, and which groups appear or regress by it.

    Args:
        batch: What was counted.
        keys: Where things are.
        found: The entries of its groups and of the overflow; where there is no room for all of its groups, every entry.
        most: How many groups are told apart.
        chance: Gives numbers in [0, 1).
    """
    made = _Plan(keys, found)
    present = {
        name: Standing(entry.group.last_seen, entry.group.count)
        for name, entry in found.entries.items()
        if name != OVERFLOW.id
    }
    # Those that were not read have places, too.
    seated = seat(batch, present, most - (found.places - len(present)))
    for leaving in seated.leaving:
        made.move_out(leaving)
    changes: list[GroupChanged] = []
    for counts in seated.groups:
        known = made.entries.get(counts.facts.id)
        group, change = fold(None if known is None else known.group, counts, batch.release)
        entry = made.set_group(group)
        series = filed(counts.facts.id, entry.seat)
        for minute, count in counts.minutes.items():
            made.count(series, minute, count)
        if change is not None:
            changes.append(GroupChanged(group, change))
    for (series, minute), count in batch.counters.items():
        made.count(series, minute, count)
    for record in batch.samples:
        made.keep(record, chance)
    return made.finish(), changes
