# SPDX-License-Identifier: MIT
"""The rows of groups, inside of one transaction: who has a place, what is counted of each, and which samples are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from errcore import clock
from errcore.jsonsafe.encoding import encoder
from errcore.monitor.batches import OVERFLOW
from errcore.monitor.groups import Group, Standing, among_others, fold
from errcore.monitor.records import EventRecord
from errcore.monitor.samples import NEWEST, placed
from errcore.monitor.stores.protocol import GroupChanged
from errcore.monitor.windows import HOUR, MINUTE, hour_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from errcore.monitor.batches import GroupCounts

    Counts: TypeAlias = dict[tuple[int, int, int], int]
    """(width, bucket, series) -> how many more."""

__all__ = ["GroupRows", "add", "groups_of", "samples_of"]

_PLACES = 8  # more than there are slots
_encode = encoder(ascii_only=True)

_SAVE = (
    "INSERT INTO groups (number, id, last_seen, count, document) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (number) DO UPDATE"
    " SET last_seen = excluded.last_seen, count = excluded.count, document = excluded.document"
)
_MOVE = (
    "INSERT INTO counts SELECT width, bucket, ?, n FROM counts WHERE series = ? AND series < 0"
    " ON CONFLICT (width, bucket, series) DO UPDATE SET n = n + excluded.n"
)


class GroupRows:
    """The groups as they are when a transaction begins, and what it does to them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[str, int] = {}
        self._offered: dict[str, int] = {}
        self.standings: dict[str, Standing] = {}
        for number, each, last_seen, count, offered in connection.execute(
            "SELECT number, id, last_seen, count, offered FROM groups"
        ):
            self._numbers[each] = number
            self._offered[each] = offered
            if each != OVERFLOW.id:
                self.standings[each] = Standing(last_seen, count)
        self._next = max(self._numbers.values(), default=0) + 1

    def get(self, group: str) -> Group | None:
        """A group, if there is one of that id."""
        return self._read(group) if group in self._numbers else None

    def _read(self, group: str) -> Group:
        found = self._connection.execute("SELECT document FROM groups WHERE id = ?", (group,))
        return Group.from_dict(json.loads(found.fetchone()[0]))

    def save(self, groups: Iterable[Group]) -> None:
        """Write groups, new and old ones."""
        rows: list[tuple[int, str, float, int, str]] = []
        for group in groups:
            each = group.facts.id
            if each not in self._numbers:
                self._numbers[each], self._offered[each] = self._next, 0
                self._next += 1
            rows.append((self._numbers[each], each, group.last_seen, group.count, _encode(group.to_dict())))
        self._connection.executemany(_SAVE, rows)

    def count(
        self, several: Iterable[GroupCounts], release: str | None, counts: Counts
    ) -> list[GroupChanged]:
        """Count errors of groups that have a place.

        Args:
            several: What was counted.
            release: Which release counted.
            counts: Where the counts of their minutes are put, to be written.
        """
        folded: dict[str, Group] = {}
        changes: list[GroupChanged] = []
        for more in several:
            each = more.facts.id
            known = folded.get(each) or self.get(each)
            folded[each], change = fold(known, more, release)
            if change is not None:
                changes.append(GroupChanged(folded[each], change))
        self.save(folded.values())
        for more in several:
            for minute, count in more.minutes.items():
                add(counts, -self._numbers[more.facts.id], minute, count)
        return changes

    def move_out(self, leaving: Iterable[str]) -> None:
        """Count groups among the others, with their history."""
        others = self.get(OVERFLOW.id)
        numbers: list[int] = []
        for each in leaving:
            others = among_others(others, self._read(each))
            numbers.append(self._numbers.pop(each))
        if others is not None and numbers:
            self._remove(numbers)  # first, for there may be no room for anything else
            self.save([others])
            new = -self._numbers[OVERFLOW.id]
            self._connection.executemany(_MOVE, [(new, -number) for number in numbers])
            self._remove_counts(numbers)

    def forget(self, numbers: Sequence[int]) -> None:
        """Forget groups, with all that is kept of them, by their numbers."""
        self._remove(numbers)
        self._remove_counts(numbers)

    def _remove(self, numbers: Sequence[int]) -> None:
        execute = self._connection.executemany
        execute("DELETE FROM groups WHERE number = ?", [(number,) for number in numbers])
        execute(
            "DELETE FROM samples WHERE place BETWEEN ? AND ?",
            [(number * _PLACES, number * _PLACES + _PLACES - 1) for number in numbers],
        )

    def _remove_counts(self, numbers: Sequence[int]) -> None:
        self._connection.executemany(
            "DELETE FROM counts WHERE series = ? AND series < 0", [(-number,) for number in numbers]
        )

    def keep(self, samples: Iterable[EventRecord]) -> None:
        """Keep some of these samples, of groups that have a place."""
        execute = self._connection.execute
        offered: dict[int, int] = {}
        for record in samples:
            number = self._numbers.get(record.group)
            if number is None:
                continue
            nth = self._offered[record.group] = offered[number] = self._offered[record.group] + 1
            newest = number * _PLACES + NEWEST
            there = execute("SELECT 1 FROM samples WHERE place = ?", (newest,)).fetchone()
            slot, elsewhere = placed(nth, there is not None, clock.current().random)
            if elsewhere is not None:
                execute(
                    "UPDATE OR REPLACE samples SET place = ? WHERE place = ?",
                    (number * _PLACES + elsewhere, newest),
                )
            execute(
                "INSERT OR REPLACE INTO samples VALUES (?, ?, ?)",
                (number * _PLACES + slot, record.time, record.to_json()),
            )
        self._connection.executemany(
            "UPDATE groups SET offered = ? WHERE number = ?",
            [(nth, number) for number, nth in offered.items()],
        )


def add(counts: Counts, series: int, minute: int, count: int) -> None:
    """Count in the bucket of the minute and in that of its hour."""
    for bucket in ((MINUTE, minute, series), (HOUR, hour_of(minute), series)):
        counts[bucket] = counts.get(bucket, 0) + count


def groups_of(connection: sqlite3.Connection) -> dict[str, Group]:
    """Every group, by id."""
    return {
        each: Group.from_dict(json.loads(document))
        for each, document in connection.execute("SELECT id, document FROM groups ORDER BY number")
    }


def samples_of(connection: sqlite3.Connection, group: str) -> list[EventRecord]:
    """The samples of a group, oldest first."""
    rows = connection.execute(
        "SELECT samples.document FROM groups JOIN samples ON place BETWEEN number * :n AND number * :n + :n - 1"
        " WHERE id = :id ORDER BY time, place",
        {"id": group, "n": _PLACES},
    )
    return [EventRecord.from_json(document) for (document,) in rows]
