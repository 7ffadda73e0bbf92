# SPDX-License-Identifier: MIT
"""A batch into the tables, what a window says out of them, and what is forgotten; each inside of one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.monitor.series import errors_of_group
from errcore.monitor.stores.protocol import GroupChanged, Snapshot
from errcore.monitor.stores.seating import seat
from errcore.monitor.stores.sqlite_groups import GroupRows, add, groups_of
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
    import sqlite3
    from collections.abc import Mapping, Sequence

    from errcore.monitor.batches import Batch
    from errcore.monitor.stores.sqlite_groups import Counts

__all__ = ["applied", "forget", "make_room", "snapshot"]

_NAME = 300  # characters

_ADD = (
    "INSERT INTO counts VALUES (?, ?, ?, ?)"
    " ON CONFLICT (width, bucket, series) DO UPDATE SET n = n + excluded.n"
)
_TOLD = (
    "INSERT INTO workers VALUES (?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET number = excluded.number, told = excluded.told"
)
_SUMS = (
    "SELECT coalesce(name, ? || id), total"
    " FROM (SELECT series, sum(n) AS total FROM counts WHERE width = ? AND bucket >= ? GROUP BY series) AS sums"
    " LEFT JOIN series ON series.number = sums.series LEFT JOIN groups ON groups.number = -sums.series"
)


def applied(connection: sqlite3.Connection, batch: Batch, most: int) -> Sequence[GroupChanged]:
    """Write a batch, unless its number was written already."""
    known = connection.execute("SELECT number FROM workers WHERE id = ?", (batch.worker,)).fetchone()
    if known is not None and known[0] >= batch.number:
        return ()
    rows = GroupRows(connection)
    seated = seat(batch, rows.standings, most)
    rows.move_out(seated.leaving)
    counts: Counts = {}
    changes = rows.count(seated.groups, batch.release, counts)
    _count(connection, batch.counters, counts)
    connection.executemany(_ADD, [(*bucket, count) for bucket, count in sorted(counts.items())])
    rows.keep(batch.samples)
    connection.execute(_TOLD, (batch.worker, batch.number, batch.time))
    return changes


def _count(connection: sqlite3.Connection, counters: Mapping[tuple[str, int], int], counts: Counts) -> None:
    """Put what was counted of series into `counts`, under the numbers of the series."""
    hours: dict[str, int] = {}
    for name, minute in counters:
        hour = hour_of(minute)
        hours[name] = max(hour, hours.get(name, hour))
    numbers: dict[str, int] = {}
    for name, hour in hours.items():
        kept = _kept_name(name)
        row = connection.execute("SELECT number, hour FROM series WHERE name = ?", (kept,)).fetchone()
        if row is None:
            made = connection.execute("INSERT INTO series (name, hour) VALUES (?, ?)", (kept, hour))
            numbers[name] = made.lastrowid or 0
            continue
        numbers[name] = row[0]
        if hour > row[1]:
            connection.execute("UPDATE series SET hour = ? WHERE number = ?", (hour, row[0]))
    for (name, minute), count in counters.items():
        add(counts, numbers[name], minute, count)


def _kept_name(name: str) -> str:
    # A template of a route may hold anything, and SQLite takes only what is Unicode.
    return name[:_NAME].encode("utf-8", "replace").decode()


def snapshot(connection: sqlite3.Connection, width: int, first: int) -> Snapshot:
    """What there was from a bucket on."""
    return Snapshot(
        counts=dict(connection.execute(_SUMS, (errors_of_group(""), width, first))),
        groups=groups_of(connection),
        workers=dict(connection.execute("SELECT id, told FROM workers")),
    )


def forget(connection: sqlite3.Connection, now: float) -> None:
    """Forget what is older than it is kept."""
    _forget_before(connection, oldest_kept(now, MINUTE, MINUTES_KEPT), oldest_kept(now, HOUR, HOURS_KEPT))
    connection.execute("DELETE FROM samples WHERE time < ?", (now - SAMPLES_KEPT,))
    connection.execute("DELETE FROM workers WHERE told < ?", (now - WORKERS_KEPT,))
    gone = connection.execute("SELECT number FROM groups WHERE last_seen < ?", (now - HOURS_KEPT * HOUR,))
    numbers = [number for (number,) in gone]
    if numbers:
        GroupRows(connection).forget(numbers)


def _forget_before(connection: sqlite3.Connection, minute: int, hour: int) -> None:
    # No minute is kept whose hour is not: a series is forgotten with the last hour that it was counted in.
    minute = max(minute, hour * (HOUR // MINUTE))
    for width, first in ((MINUTE, minute), (HOUR, hour)):
        connection.execute("DELETE FROM counts WHERE width = ? AND bucket < ?", (width, first))
    connection.execute("DELETE FROM series WHERE hour < ?", (hour,))


def make_room(connection: sqlite3.Connection, now: float) -> None:
    """Forget what is old, the older half of the minutes and samples that are left, and the oldest quarter of the hours.

    Where that is nothing, the quarter of the groups that was seen longest ago is counted among the others.
    """
    before = connection.total_changes
    forget(connection, now)
    minutes, hours = (_span(connection, width, now) for width in (MINUTE, HOUR))
    _forget_before(
        connection,
        minutes[0] + (minutes[1] - minutes[0] + 1) // 2,
        hours[0] + (hours[1] - hours[0] + 3) // 4,
    )
    connection.execute(
        "DELETE FROM samples WHERE place IN"
        " (SELECT place FROM samples ORDER BY time LIMIT (SELECT (count(*) + 1) / 2 FROM samples))"
    )
    if connection.total_changes == before:
        rows = GroupRows(connection)
        idle = sorted(rows.standings, key=lambda each: rows.standings[each].last_seen)
        rows.move_out(idle[: (len(idle) + 3) // 4])


def _span(connection: sqlite3.Connection, width: int, now: float) -> tuple[int, int]:
    """The first bucket that there is and the last one, which is none of the future."""
    current = int(now // width)
    (first,) = connection.execute("SELECT min(bucket) FROM counts WHERE width = ?", (width,)).fetchone()
    return (current, current) if first is None else (min(first, current), current)
