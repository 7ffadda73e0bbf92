# SPDX-License-Identifier: MIT
"""Conversations about counts: exact, once, and in the window that they belong to."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from errcore.monitor.groups import GroupState
from errcore.monitor.windows import HOUR, MINUTE, minute_of
from errcore.testing.conformance.checks import holds, same
from errcore.testing.stores.material import batch, counts, everything, facts, now

if TYPE_CHECKING:
    from errcore.testing.stores.material import MakeStore

__all__ = ["empty", "future", "hours", "large", "odd_names", "once", "order", "sums", "workers"]


def empty(make: MakeStore) -> None:
    """Nothing is there, and nothing fails for that."""
    store = make()
    for width in (MINUTE, HOUR):
        found = everything(store, width)
        same((len(found.counts), len(found.groups), len(found.workers)), (0, 0, 0), "an empty store")
    same(list(store.samples(facts("BROKEN").id)), [], "samples")
    same(store.set_state(facts("BROKEN").id, GroupState.MUTED, now()), None, "a group")
    store.purge(now())


def sums(make: MakeStore) -> None:
    """Counts add up, each series for itself, from the first bucket of the window on."""
    store, time = make(), now()
    minute = minute_of(time)
    for number in (1, 2):
        told = batch(
            number,
            time,
            counts("BROKEN", time, 2),
            counters={("route:/a", minute): 3, ("route:/a", minute + 1): 4, ("request:ok:/a", minute): 5},
        )
        store.apply(told)
    group = f"group:{facts('BROKEN').id}"
    same(
        dict(store.read(MINUTE, minute).counts),
        {group: 4, "route:/a": 14, "request:ok:/a": 10},
        "all of it",
    )
    same(dict(store.read(MINUTE, minute + 1).counts), {"route:/a": 8}, "the second minute")
    same(dict(store.read(MINUTE, minute + 2).counts), {}, "the third one")


def hours(make: MakeStore) -> None:
    """What was counted in minutes is there in hours, too."""
    store, time = make(), now()
    minute = minute_of(time)
    counters = {("route:/a", minute - 1): 1, ("route:/a", minute): 2, ("route:/a", minute + 59): 4}
    store.apply(batch(1, time, counters=counters))
    hour = minute // 60
    for first, number in ((hour - 1, 7), (hour, 6)):
        same(dict(store.read(HOUR, first).counts), {"route:/a": number}, "hours")
    same(dict(store.read(HOUR, hour + 1).counts), {}, "the next hour")


def future(make: MakeStore) -> None:
    """A window has no end, so nothing is lost from view when a clock is set back."""
    store, time = make(), now()
    store.apply(batch(1, time, counters={("route:/a", minute_of(time) + 45): 7}))
    same(dict(store.read(MINUTE, minute_of(time)).counts), {"route:/a": 7}, "counts of the future")


def once(make: MakeStore) -> None:
    """A batch that is told again, as after an answer that was lost, changes nothing."""
    store, time = make(), now()
    counters = {("route:/a", minute_of(time)): 1}
    changed = [
        len(store.apply(batch(number, time, counts("BROKEN", time), counters=counters)))
        for number in (1, 1, 2, 2, 1)
    ]
    same(changed, [1, 0, 0, 0, 0], "how much is told to be new")
    store.apply(batch(1, time, counts("BROKEN", time), counters=counters, worker="worker-2"))
    found = everything(store)
    same(found.counts["route:/a"], 3, "a series")
    same(found.groups[facts("BROKEN").id].count, 3, "a group")


def order(make: MakeStore) -> None:
    """Whichever worker is first, what comes out is the same."""
    time = now()
    minute = minute_of(time)
    several = [
        batch(
            1,
            time + number,
            counts("BROKEN", time + number, number, {f"variant {number}": number}),
            counters={("route:/a", minute): number, (f"route:/{number}", minute): 1},
            worker=f"worker-{number}",
        )
        for number in (1, 2, 3)
    ]
    group = facts("BROKEN").id
    for turn, turned in enumerate(permutations(several)):
        store = make()
        before = everything(store).counts.get("route:/a", 0)  # of the turn before, where stores share a place
        for told in turned:
            store.apply(
                batch(turn + 1, told.time, *told.groups, counters=told.counters, worker=f"{told.worker}")
            )
        found = everything(store)
        same(found.counts["route:/a"] - before, 6, "a series")
        same(
            (found.groups[group].first_seen, found.groups[group].last_seen), (time + 1, time + 3), "extremes"
        )
        shares = {found.groups[group].variants[f"variant {number}"] / number for number in (1, 2, 3)}
        same(len(shares), 1, "how often the variants were counted")


def odd_names(make: MakeStore) -> None:
    """Names are data, whatever they look like; those of up to 300 characters of Unicode are told apart."""
    store, time = make(), now()
    minute = minute_of(time)
    names = (
        "route:",
        "route:/a'); DROP TABLE counts; --",
        "route:/%_*?[a-z]",
        'route:/"\\{x}\r\n\t',
        "route:/\0/\x1b[31m",
        "route:/\N{SNOWMAN}\N{PILE OF POO}",
        "route:/" + "x" * 293,
        "latency:-54:/a:b:c",
    )
    store.apply(batch(1, time, counters={(name, minute): each for each, name in enumerate(names, 1)}))
    same(dict(everything(store).counts), {name: each for each, name in enumerate(names, 1)}, "odd names")
    store.apply(batch(2, time, counters={("route:/\ud800", minute): 1, ("route:/" + "y" * 9000, minute): 1}))
    same(sum(everything(store).counts.values()), 38, "all, with half a character and with too many")


def large(make: MakeStore) -> None:
    """Counts of years at full speed."""
    store, time = make(), now()
    for number in (1, 2):
        store.apply(
            batch(
                number, time, counts("BROKEN", time, 2**50), counters={("route:/a", minute_of(time)): 2**50}
            )
        )
    found = everything(store)
    same((found.counts["route:/a"], found.groups[facts("BROKEN").id].count), (2**51, 2**51), "large counts")


def workers(make: MakeStore) -> None:
    """A worker is known by its last batch, also by an empty one."""
    store, time = make(), now()
    store.apply(batch(1, time, worker="worker-1"))
    store.apply(batch(1, time + 1, worker="worker-2"))
    store.apply(batch(2, time + 5, worker="worker-1"))
    found = everything(store).workers
    holds(set(found) == {"worker-1", "worker-2"}, "both workers are known")
    same((found["worker-1"], found["worker-2"]), (time + 5, time + 1), "when they told something")
