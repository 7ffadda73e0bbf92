# SPDX-License-Identifier: MIT
"""Conversations about samples, and about how long things are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.monitor.records import EventRecord
from errcore.monitor.windows import HOUR, HOURS_KEPT, MINUTE, MINUTES_KEPT, SAMPLES_KEPT, minute_of
from errcore.testing.conformance.checks import holds, same
from errcore.testing.stores.material import batch, counts, everything, facts, now, sample

if TYPE_CHECKING:
    from errcore.testing.stores.material import MakeStore

__all__ = [
    "homeless_sample",
    "once_after_purge",
    "purge",
    "purge_minutes",
    "purge_nothing",
    "sample_leaves",
    "samples",
    "whole_sample",
]


def samples(make: MakeStore) -> None:
    """At most six; which ones between is a matter of chance, the others are not."""
    store, time = make(), now()
    group = facts("BROKEN").id
    for number in range(40):
        told = (sample(f"{number}", time + number),)
        store.apply(batch(number + 1, time + number, counts("BROKEN", time + number), samples=told))
        kept = [int(record.id) for record in store.samples(group)]
        same(kept, sorted(set(kept)), "the order, oldest first")
        same(len(kept), min(number + 1, 6), "how many are kept")
        same((kept[:3], kept[-1]), ([0, 1, 2][: number + 1], number), "the first three and the newest")


def whole_sample(make: MakeStore) -> None:
    """Every fact of it, and each of the kind that it was."""
    store, time = make(), now()
    told = EventRecord(
        id="e1",
        time=time + 0.123456,
        group=facts("BROKEN").id,
        code="BROKEN",
        status=503,
        public_message="It broke \N{SNOWMAN}.",
        request_id="req_1",
        message="It 'broke'\\",
        template="It <*>",
        type_name="app.Broken",
        category="internal",
        severity="critical",
        retriable="yes",
        expected=False,
        phase="stream",
        method="GET",
        route="/a/{b}",
        correlation_id="c1",
        trace_id="0" * 32,
        span_id="0" * 16,
        client_request_id="r1",
        service="cases",
        release="r1",
        causes=("OSError", "ValueError"),
        root_cause="ValueError at app.py:work",
        frames=("app.py:1 in work", "app.py:2 in more"),
        extra={"details": {"n": [1, 2.5, None, True, "\N{SNOWMAN}"]}},
    )
    store.apply(batch(1, time, counts("BROKEN", time), samples=(told, sample("e2", time + 1))))
    same(list(store.samples(told.group)), [told, sample("e2", time + 1)], "samples")


def homeless_sample(make: MakeStore) -> None:
    """Nothing is kept under an id that no group has."""
    store, time = make(1), now()
    told = (sample("e1", time, "OTHER"), sample("e2", time), sample("e3", time, "NEVER"))
    store.apply(batch(1, time, counts("BROKEN", time), counts("OTHER", time), samples=told))
    same([len(store.samples(facts(each).id)) for each in ("BROKEN", "OTHER", "NEVER")], [1, 0, 0], "samples")


def sample_leaves(make: MakeStore) -> None:
    """They go with their group; one that comes back begins anew."""
    store, time = make(1), now()
    store.apply(batch(1, time, counts("BROKEN", time), samples=(sample("e1", time),)))
    store.apply(batch(2, time + 70, counts("OTHER", time + 70), samples=(sample("o1", time + 70, "OTHER"),)))
    same(list(store.samples(facts("BROKEN").id)), [], "samples of a group that gave way")
    same([each.id for each in store.samples(facts("OTHER").id)], ["o1"], "samples of the one that came")
    told = tuple(sample(f"n{number}", time + 140 + number) for number in range(4))
    store.apply(batch(3, time + 140, counts("BROKEN", time + 140), samples=told))
    same([each.id for each in store.samples(facts("BROKEN").id)], ["n0", "n1", "n2", "n3"], "when it is back")


def purge(make: MakeStore) -> None:
    """Samples and workers first, groups and counts last."""
    store, time = make(), now()
    group = facts("BROKEN").id
    store.apply(
        batch(
            1,
            time,
            counts("BROKEN", time),
            counters={("route:/a", minute_of(time)): 1},
            samples=(sample("e1", time),),
        )
    )
    later = time + SAMPLES_KEPT + 60
    store.purge(later)
    holds(not store.samples(group) and not everything(store).workers, "samples and workers are forgotten")
    holds(group in everything(store).groups, "the group is there")
    store.apply(batch(1, later, counters={("route:/b", minute_of(later)): 1}, worker="worker-2"))
    store.purge(time + (HOURS_KEPT + 3) * HOUR)
    found = everything(store, HOUR)
    holds(not found.groups and "route:/a" not in found.counts, "so is all that is older than 35 days")
    (told,) = store.apply(batch(2, later, counts("BROKEN", later), worker="worker-2"))
    same((told.group.count, told.group.first_seen), (1, later), "a group that was forgotten is new")


def purge_minutes(make: MakeStore) -> None:
    """Two hours of minutes, and what is left in hours is exact."""
    store, time = make(), now()
    store.apply(batch(1, time, counts("BROKEN", time, 3), counters={("route:/a", minute_of(time)): 2}))
    later = time + (MINUTES_KEPT + 3) * MINUTE
    store.apply(batch(2, later, counts("BROKEN", later, 4), counters={("route:/a", minute_of(later)): 5}))
    store.purge(later)
    group = f"group:{facts('BROKEN').id}"
    same(dict(everything(store).counts), {group: 4, "route:/a": 5}, "minutes")
    same(dict(everything(store, HOUR).counts), {group: 7, "route:/a": 7}, "hours")


def purge_nothing(make: MakeStore) -> None:
    """What a window may ask for stays."""
    store, time = make(), now()
    counters = {("route:/a", minute_of(time)): 1}
    store.apply(batch(1, time, counts("BROKEN", time), counters=counters, samples=(sample("e1", time),)))
    before = everything(store), everything(store, HOUR), list(store.samples(facts("BROKEN").id))
    store.purge(time + MINUTES_KEPT * MINUTE)
    store.purge(time)  # a clock that was set back makes nothing old
    after = everything(store), everything(store, HOUR), list(store.samples(facts("BROKEN").id))
    same(after, before, "what there is")


def once_after_purge(make: MakeStore) -> None:
    """A batch that is told again after a while is known still."""
    store, time = make(), now()
    told = batch(7, time, counts("BROKEN", time))
    store.apply(told)
    store.purge(time + SAMPLES_KEPT - 60)
    store.apply(told)
    same(everything(store).groups[facts("BROKEN").id].count, 1, "a batch that is told again")
