# SPDX-License-Identifier: MIT
"""Conversations with several stores of one place, several threads and several processes."""

from __future__ import annotations

import os
import threading
import warnings
from typing import TYPE_CHECKING

from errcore.monitor.groups import GroupState
from errcore.monitor.stores import Scope
from errcore.monitor.windows import minute_of
from errcore.testing.conformance.checks import same
from errcore.testing.stores.material import batch, counts, everything, facts, now

if TYPE_CHECKING:
    from errcore.monitor.stores import Store
    from errcore.testing.stores.material import MakeStore

__all__ = ["closed", "forked", "threads", "told_once", "workers_share"]


def closed(make: MakeStore) -> None:
    """A monitor that is closed may count again."""
    store, time = make(), now()
    store.close()
    store.apply(batch(1, time, counters={("route:/a", minute_of(time)): 1}))
    store.close()
    store.close()
    store.apply(batch(2, time, counters={("route:/a", minute_of(time)): 1}))
    same(dict(everything(store).counts), {"route:/a": 2}, "counts")


def threads(make: MakeStore) -> None:
    """A thread counts, another one reads."""
    store, time = make(), now()
    problems: list[Exception] = []

    def work(worker: str) -> None:
        try:
            for number in range(1, 11):
                told = batch(
                    number,
                    time,
                    counts("BROKEN", time),
                    counters={("route:/a", minute_of(time)): 1},
                    worker=worker,
                )
                store.apply(told)
                everything(store)
        except Exception as problem:  # noqa: BLE001 - told below
            problems.append(problem)

    several = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(4)]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    same(problems, [], "what went wrong")
    found = everything(store)
    same((found.counts["route:/a"], found.groups[facts("BROKEN").id].count), (40, 40), "counts")


def workers_share(make: MakeStore) -> None:
    """What one says, the other one reads; also of what somebody said of a group, and of numbers that were applied."""
    one, other = make(), make()
    if one.scope is Scope.WORKER:
        return
    time = now()
    one.apply(batch(1, time, counts("BROKEN", time, 2), worker="worker-1"))
    other.apply(batch(1, time, counts("BROKEN", time, 3), worker="worker-2"))
    group = facts("BROKEN").id
    one.set_state(group, GroupState.MUTED, time)
    for store in (one, other):
        found = everything(store)
        same((found.groups[group].count, found.groups[group].state), (5, GroupState.MUTED), "the group")
        same(set(found.workers), {"worker-1", "worker-2"}, "workers")
    other.apply(batch(1, time, counts("BROKEN", time, 2), worker="worker-1"))
    same(everything(one).groups[group].count, 5, "a batch that was applied elsewhere")


def told_once(make: MakeStore) -> None:
    """So that several workers do not raise several alarms."""
    one, other = make(), make()
    if one.scope is Scope.WORKER:
        return
    time = now()
    told = [
        len(store.apply(batch(1, time, counts("BROKEN", time), worker=f"worker-{number}")))
        for number, store in enumerate((one, other))
    ]
    same(told, [1, 0], "how often it was told")


def _count_in_child(store: Store, time: float) -> None:  # pragma: no cover - as below
    try:
        store.renew()
        told = batch(
            1,
            time,
            counts("BROKEN", time),
            counters={("route:/a", minute_of(time)): 10},
            worker="child",
        )
        new = len(store.apply(told))
        ours = 0 if store.scope is Scope.WORKER else 1
        counted = everything(store).counts["route:/a"] == 10 + ours
        store.close()
        os._exit(0 if counted and new == 1 else 3)
    finally:
        os._exit(4)


def forked(make: MakeStore) -> None:
    """In a child that was forked after a store was used; where the child has counts of its own, they are none of ours."""
    store, time = make(), now()
    store.apply(batch(1, time, counters={("route:/a", minute_of(time)): 1}))
    if hasattr(os, "fork"):  # pragma: no branch - Windows knows no fork
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # there may be other threads, as in a service
            child = os.fork()
        if not child:  # pragma: no cover - nothing is measured in a child
            _count_in_child(store, time)
        same(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0, "the exit code of the child")
    store.apply(batch(2, time, counters={("route:/a", minute_of(time)): 1}))
    theirs = 0 if store.scope is Scope.WORKER else 10
    same(everything(store).counts["route:/a"], 2 + theirs, "counts of the parent")
