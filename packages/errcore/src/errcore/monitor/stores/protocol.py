# SPDX-License-Identifier: MIT
"""What a monitor asks of the place where counts are kept.

A store is asked by one thread at a time in each process, and may be asked by many processes at once. What it raises is
survived: the monitor keeps the batch and applies it later, once. It has to answer or to raise within seconds, for whoever asks
the monitor waits as long, and everybody else for up to five seconds. `errcore.testing.stores` is the suite that each passes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from errcore.monitor.batches import Batch
    from errcore.monitor.groups import Change, Group, GroupState
    from errcore.monitor.records import EventRecord

__all__ = ["GroupChanged", "Scope", "Snapshot", "Store"]


class Scope(StrEnum):
    """Whose counts a store has."""

    WORKER = "worker"
    HOST = "host"
    CLUSTER = "cluster"


@attrs.frozen
class GroupChanged:
    """A group appeared or regressed; emitted on `errcore.events.stream` by the worker whose batch did it.

    Attributes:
        group: What it is now.
        change: Which of the two.
    """

    group: Group
    change: Change


@attrs.frozen(kw_only=True)
class Snapshot:
    """What a store says of a window.

    Attributes:
        counts: How many of what there were in the window. Series are those of `Batch.counters`, and for each
            group `errcore.monitor.series.errors_of_group` of its id.
        groups: Every group, by id, whether or not it was seen in the window; the overflow is one of them, where there is any.
        workers: When each worker last told something, in seconds since the epoch; of those that did in the last 48 hours.
    """

    counts: Mapping[str, int]
    groups: Mapping[str, Group]
    workers: Mapping[str, float]


class Store(Protocol):
    """A place for counts.

    Raises:
        errcore.StorageError: By each method but `renew` and `close`, if the place cannot be reached, or refuses. Of a batch
            nothing is there then, or all; it may be applied again under its number.
    """

    @property
    def scope(self) -> Scope:
        """Whose counts it has."""
        ...

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        """Add a batch, all of it or nothing; a number of a worker that was applied already is not applied again."""
        ...

    def read(self, width: int, first: int) -> Snapshot:
        """What there was from a bucket on, buckets of the future included.

        Args:
            width: Seconds of a bucket: `errcore.monitor.windows.MINUTE` or `HOUR`. What is read in minutes goes back two
                hours at least, and what is read in hours thirty-five days, or less where the store says so.
            first: The number of the first bucket since the epoch.
        """
        ...

    def samples(self, group: str) -> Sequence[EventRecord]:
        """The samples of a group, oldest first; none of one that there is not."""
        ...

    def set_state(self, group: str, state: GroupState, now: float) -> Group | None:
        """Say something of a group; what it is now, or None if there is none of that id.

        Args:
            group: Its id.
            state: What is said.
            now: Seconds since the epoch.
        """
        ...

    def purge(self, now: float) -> None:
        """Forget what is old: samples and workers after 48 hours, counts in minutes after two, all else after 35 days.

        Args:
            now: Seconds since the epoch.
        """
        ...

    def renew(self) -> None:
        """Start anew in a child that was just forked: connections and locks of the parent are not ours to use or to close."""
        ...

    def close(self) -> None:
        """Let go of connections. Closing twice is fine."""
        ...
