# SPDX-License-Identifier: MIT
"""Conversations about groups: their history, what is said of them, and who has a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.monitor.batches import OVERFLOW
from errcore.monitor.groups import Change, GroupState
from errcore.monitor.windows import HOUR, MINUTE, minute_of
from errcore.testing.conformance.checks import holds, same
from errcore.testing.stores.material import batch, counts, everything, facts, now

if TYPE_CHECKING:
    from errcore.monitor.groups import Group
    from errcore.monitor.stores import Store
    from errcore.testing.stores.material import MakeStore

__all__ = [
    "appears",
    "gives_way",
    "grows",
    "known_release",
    "muted",
    "newcomers",
    "no_room",
    "no_such_group",
    "overflow",
    "regresses",
    "releases",
    "variants",
]


def _group(store: Store, name: str = "BROKEN") -> Group:
    return everything(store).groups[facts(name).id]


def _told(store: Store) -> dict[str, int]:
    """How many errors of each group there are by its history and, the same, by the counts of its minutes and of its hours."""
    found, hours = everything(store), everything(store, HOUR).counts
    by_history = {each: group.count for each, group in found.groups.items()}
    for counted in (found.counts, hours):
        same({each: counted[f"group:{each}"] for each in by_history}, by_history, "counts of groups")
        same(len(counted), len(by_history), "how many groups are counted")
    return by_history


def appears(make: MakeStore) -> None:
    """It is told when it is first counted, and not again."""
    store, time = make(), now()
    (told,) = store.apply(batch(1, time, counts("BROKEN", time, 3), release="r1"))
    same(
        (told.change, told.group.facts, told.group.count),
        (Change.APPEARED, facts("BROKEN"), 3),
        "what is told",
    )
    same(_group(store), told.group, "what is kept")
    same(list(store.apply(batch(2, time, counts("BROKEN", time)))), [], "the second time")


def grows(make: MakeStore) -> None:
    """All of its history is kept, and when it began."""
    store, time = make(), now()
    store.apply(batch(1, time, counts("BROKEN", time + 2, 3)))
    store.apply(batch(2, time, counts("BROKEN", time + 1, 1, {"It fell": 1})))
    store.apply(batch(3, time + 90, counts("BROKEN", time + 90, 2)))
    group = _group(store)
    same((group.count, group.first_seen, group.last_seen), (6, time + 1, time + 90), "its history")
    same(dict(group.variants), {"It broke": 5, "It fell": 1}, "its variants")
    same(everything(store).counts[f"group:{group.facts.id}"], 6, "its counts")


def variants(make: MakeStore) -> None:
    """What more there is counts as other ones; the sum is exact."""
    store, time = make(), now()
    for number in range(10):
        store.apply(
            batch(number + 1, time, counts("BROKEN", time, 2, {f"variant {number}": 1, "It broke": 1}))
        )
    found = _group(store).variants
    same((len(found), found["_other"], sum(found.values())), (9, 3, 20), "variants")


def releases(make: MakeStore) -> None:
    """The latest is the last; one that is not said is none."""
    store, time = make(), now()
    for number in range(10):
        store.apply(batch(2 * number + 1, time, counts("BROKEN", time), release=f"r{number}"))
        store.apply(batch(2 * number + 2, time, counts("BROKEN", time)))
    same(_group(store).releases, tuple(f"r{number}" for number in range(2, 10)), "releases")


def regresses(make: MakeStore) -> None:
    """It is open again, and told."""
    store, time = make(), now()
    store.apply(batch(1, time, counts("BROKEN", time), release="r1"))
    resolved = store.set_state(facts("BROKEN").id, GroupState.RESOLVED, time + 10)
    same(_group(store), resolved, "what is kept")
    same((_group(store).state, _group(store).state_since), (GroupState.RESOLVED, time + 10), "its state")
    (told,) = store.apply(batch(2, time + 20, counts("BROKEN", time + 20), release="r2"))
    same((told.change, told.group), (Change.REGRESSED, _group(store)), "what is told")
    same((told.group.state, told.group.regressed_at), (GroupState.OPEN, time + 20), "its state")
    same(
        list(store.apply(batch(3, time + 30, counts("BROKEN", time + 30), release="r2"))), [], "the next one"
    )


def known_release(make: MakeStore) -> None:
    """A worker that was not replaced yet has it still."""
    store, time = make(), now()
    store.apply(batch(1, time, counts("BROKEN", time), release="r1"))
    store.set_state(facts("BROKEN").id, GroupState.RESOLVED, time + 10)
    same(
        list(store.apply(batch(2, time + 20, counts("BROKEN", time + 20), release="r1"))), [], "what is told"
    )
    same((_group(store).state, _group(store).count), (GroupState.RESOLVED, 2), "its state")


def muted(make: MakeStore) -> None:
    """It is counted, and nothing is told; until somebody says otherwise."""
    store, time = make(), now()
    store.apply(batch(1, time, counts("BROKEN", time)))
    store.set_state(facts("BROKEN").id, GroupState.MUTED, time + 10)
    same(list(store.apply(batch(2, time + 20, counts("BROKEN", time + 20)))), [], "what is told")
    same((_group(store).state, _group(store).count), (GroupState.MUTED, 2), "its state")
    store.set_state(facts("BROKEN").id, GroupState.OPEN, time + 30)
    same(_group(store).state, GroupState.OPEN, "its state after that")


def no_such_group(make: MakeStore) -> None:
    """Nothing is made by that."""
    store, time = make(), now()
    same(store.set_state("no such group", GroupState.RESOLVED, time), None, "a group")
    holds(not everything(store).groups, "there is no group")


def no_room(make: MakeStore) -> None:
    """The first to come have the places, and the sum is exact."""
    store, time = make(4), now()
    store.apply(
        batch(1, time, *(counts(f"BROKEN_{each}", time, each + 1, {"": each + 1}) for each in range(6)))
    )
    same(
        _told(store),
        {**{facts(f"BROKEN_{each}").id: each + 1 for each in range(4)}, OVERFLOW.id: 11},
        "groups",
    )
    others = everything(store).groups[OVERFLOW.id]
    same((others.facts, len(others.variants)), (OVERFLOW, 0), "the others have no names")
    store.apply(batch(2, time + 50, counts("BROKEN_5", time + 50), counts("BROKEN_3", time + 50)))
    same((_told(store)[OVERFLOW.id], _group(store, "BROKEN_3").count), (12, 5), "the next ones")


def gives_way(make: MakeStore) -> None:
    """Whose last error was longest ago; the history of both is exact."""
    store, time = make(2), now()
    store.apply(batch(1, time, counts("OLDER", time - 20, 3), counts("OLD", time - 10, 4), release="r1"))
    store.apply(batch(2, time + 30, counts("OLDER", time + 30, 5)))
    store.set_state(facts("OLD").id, GroupState.MUTED, time + 40)
    later = time + HOUR + 60
    (told,) = store.apply(batch(3, later, counts("NEW", later, 6)))
    same((told.change, told.group.facts), (Change.APPEARED, facts("NEW")), "what is told")
    same(_told(store), {facts("OLDER").id: 8, facts("NEW").id: 6, OVERFLOW.id: 4}, "groups")
    others = everything(store).groups[OVERFLOW.id]
    same((others.first_seen, others.last_seen), (time - 10, time - 10), "the times of the others")
    same(others.state, GroupState.OPEN, "what was said of a group is not said of all others")
    same(
        store.read(MINUTE, minute_of(later)).counts.get(f"group:{OVERFLOW.id}"),
        None,
        "counts stay where they were",
    )
    store.apply(batch(4, later + 2 * HOUR, counts("NEWER", later + 2 * HOUR, 7)))
    same(_told(store), {facts("NEW").id: 6, facts("NEWER").id: 7, OVERFLOW.id: 12}, "one more gave way")
    store.apply(batch(5, later + 2 * HOUR, counts("OLD", later + 2 * HOUR, 1)))
    same(_told(store)[facts("OLD").id], 1, "one that gave way is new when it comes back")


def newcomers(make: MakeStore) -> None:
    """What was seen once and not again for a minute; what was seen twice stays for an hour."""
    store, time = make(2), now()
    store.apply(batch(1, time, counts("TWICE", time, 2), counts("ONCE", time, 1)))
    store.apply(batch(2, time + 59, counts("EARLY", time + 59)))
    store.apply(batch(3, time + 61, counts("LATE", time + 61)))
    same(_told(store), {facts("TWICE").id: 2, facts("LATE").id: 1, OVERFLOW.id: 2}, "groups")


def overflow(make: MakeStore) -> None:
    """A worker that had no room itself says so."""
    store, time = make(1), now()
    store.apply(batch(1, time, counts(OVERFLOW, time, 3, {}), counts("BROKEN", time)))
    store.apply(batch(2, time, counts(OVERFLOW, time, 4, {}), counts("OTHER", time, 2)))
    same(_told(store), {facts("BROKEN").id: 1, OVERFLOW.id: 9}, "groups")
    holds(not store.samples(OVERFLOW.id), "the others have no samples")
