# SPDX-License-Identifier: MIT
"""What stores are told in the cases: groups, batches and samples around the present hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from errcore import clock
from errcore.monitor.batches import Batch, GroupCounts, GroupFacts, group_id
from errcore.monitor.records import EventRecord
from errcore.monitor.windows import HOUR, MINUTE, minute_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.monitor.stores import Snapshot, Store

__all__ = ["MakeStore", "batch", "counts", "everything", "facts", "now", "sample"]


class MakeStore(Protocol):
    """Makes stores that share one place."""

    def __call__(self, most_groups: int = 512, /) -> Store:
        """A store with room for so many groups."""
        ...


def now() -> float:
    """The beginning of the present hour, so that some minutes more are in the same one."""
    return clock.current().wall() // HOUR * HOUR


def facts(name: str) -> GroupFacts:
    """A group of that name."""
    return GroupFacts(
        id=group_id(name, "app.Broken", "app.py:work", None),
        code=name,
        category="internal",
        severity="error",
        fault="server",
        outcome="error",
        type_name="app.Broken",
        site="app.py:work",
        service="cases",
    )


def counts(
    group: str | GroupFacts, time: float, number: int = 1, variants: Mapping[str, int] | None = None
) -> GroupCounts:
    """So many errors of a group, all at one time."""
    return GroupCounts(
        facts=facts(group) if isinstance(group, str) else group,
        minutes={minute_of(time): number},
        first=time,
        last=time,
        variants={"It broke": number} if variants is None else variants,
    )


def batch(
    number: int,
    time: float,
    *groups: GroupCounts,
    counters: Mapping[tuple[str, int], int] | None = None,
    samples: tuple[EventRecord, ...] = (),
    worker: str = "worker-1",
    release: str | None = None,
) -> Batch:
    """A batch of a worker."""
    return Batch(
        worker=worker,
        number=number,
        time=time,
        release=release,
        groups=groups,
        counters=counters or {},
        samples=samples,
    )


def sample(name: str, time: float, group: str = "BROKEN") -> EventRecord:
    """A failure of a group."""
    return EventRecord(
        id=name, time=time, group=facts(group).id, code=group, status=500, public_message="It broke."
    )


def everything(store: Store, width: int = MINUTE) -> Snapshot:
    """What there is in a store, from the beginning of time."""
    return store.read(width, 0)
