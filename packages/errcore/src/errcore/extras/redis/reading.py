# SPDX-License-Identifier: MIT
"""What Redis has as what a store says: sums, groups, samples; what is none of ours is passed over. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from errcore.extras.redis.entries import decoded
from errcore.extras.redis.keys import unfiled
from errcore.monitor.batches import OVERFLOW
from errcore.monitor.records import EventRecord
from errcore.monitor.series import errors_of_group
from errcore.monitor.stores.protocol import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from errcore.extras.redis.entries import Entry

__all__ = [
    "Raw",
    "entries_of",
    "mapping_of",
    "numbers_of",
    "records_of",
    "snapshot_of",
    "text_of",
    "workers_of",
]

Raw: TypeAlias = bytes | str
"""What a client gives: bytes, or texts if it was made so."""

_LARGEST = 2**63


def text_of(raw: Raw) -> str:
    """Bytes as a text, whatever they are."""
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw


def mapping_of(raw: Mapping[Raw, Raw] | Sequence[Raw]) -> Mapping[Raw, Raw]:
    """A hash, of which some clients make no mapping.

    >>> mapping_of([b"w1", b"12"])
    {b'w1': b'12'}
    """
    return raw if isinstance(raw, Mapping) else dict(zip(raw[::2], raw[1::2], strict=True))


def entries_of(raw: Mapping[Raw, Raw]) -> dict[str, Entry]:
    """The entries in a hash, by the id of their group."""
    return {text_of(name): entry for name, text in raw.items() if (entry := decoded(text)) is not None}


def numbers_of(raw: Iterable[Raw]) -> list[int]:
    """The numbers among names.

    >>> numbers_of([b"7", b"seven"])
    [7]
    """
    found: list[int] = []
    for name in raw:
        try:
            found.append(int(name))
        except ValueError:
            continue
    return found


def workers_of(raw: Mapping[Raw, Raw]) -> dict[str, float]:
    """When each worker last told something.

    >>> workers_of({b"w1": b"12 1700000000.5", b"w2": b"gone fishing"})
    {'w1': 1700000000.5}
    """
    found: dict[str, float] = {}
    for worker, told in raw.items():
        try:
            moment = float(text_of(told).partition(" ")[2])
        except ValueError:
            continue
        if math.isfinite(moment):
            found[text_of(worker)] = moment
    return found


def snapshot_of(
    buckets: Iterable[Mapping[Raw, Raw]], entries: Mapping[str, Entry], workers: Mapping[str, float]
) -> Snapshot:
    """What there is in these buckets together; counts of a group that has left are the others'."""
    sums: dict[Raw, int] = {}
    for bucket in buckets:
        for name, value in bucket.items():
            try:
                count = int(value)
            except ValueError:
                continue
            if 0 < count < _LARGEST:
                sums[name] = sums.get(name, 0) + count
    counts: dict[str, int] = {}
    for name, count in sums.items():
        series = _resolved(text_of(name), entries)
        counts[series] = counts.get(series, 0) + count
    groups = {name: entry.group for name, entry in entries.items()}
    return Snapshot(counts=counts, groups=groups, workers=workers)


def _resolved(series: str, entries: Mapping[str, Entry]) -> str:
    found = unfiled(series)
    if found is None:
        return series
    group, seat = found
    entry = entries.get(group)
    stays = entry is not None and str(entry.seat) == seat
    return errors_of_group(group if stays or OVERFLOW.id not in entries else OVERFLOW.id)


def records_of(raw: Iterable[Raw]) -> list[EventRecord]:
    """The samples among these texts, oldest first."""
    records = (_record(text) for text in raw)
    return sorted((record for record in records if record is not None), key=lambda record: record.time)


def _record(text: Raw) -> EventRecord | None:
    try:
        record = EventRecord.from_json(text_of(text))
    except (ValueError, TypeError, RecursionError):
        return None
    return record if type(record.time) in (float, int) and math.isfinite(record.time) else None
