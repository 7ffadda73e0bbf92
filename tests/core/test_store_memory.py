# SPDX-License-Identifier: MIT
"""What a store in memory does besides what all stores do, and the pure parts that all of them rely on."""

from __future__ import annotations

import pytest

from errcore.monitor.batches import OVERFLOW, added
from errcore.monitor.groups import Change, Group, GroupState, Standing, among_others, fold, in_state, places
from errcore.monitor.samples import SLOTS, Allowance, placed
from errcore.monitor.stores import MemoryStore
from errcore.monitor.stores.seating import seat
from errcore.monitor.windows import HOUR
from errcore.testing.stores.material import batch, counts, everything, facts, sample

NOW = 1_700_000_000.0


def test_child_counts_for_itself():
    """What the parent has counted is the parent's to tell."""
    store = MemoryStore()
    store.apply(batch(1, NOW, counts("BROKEN", NOW)))
    store.renew()
    assert not everything(store).groups
    assert [told.change for told in store.apply(batch(1, NOW, counts("BROKEN", NOW)))] == [Change.APPEARED]


def test_hours_go_back_two_days():
    """Memory is bounded by that."""
    store = MemoryStore()
    store.apply(batch(1, NOW, counters={("route:/a", int(NOW // 60)): 1}))
    store.purge(NOW + 47 * HOUR)
    assert everything(store, HOUR).counts == {"route:/a": 1}
    store.purge(NOW + 50 * HOUR)
    assert everything(store, HOUR).counts == {}


def test_snapshot_stays_as_it_was():
    """Whoever reads one may take their time."""
    store = MemoryStore()
    store.apply(batch(1, NOW, counts("BROKEN", NOW)))
    before = everything(store)
    store.apply(batch(2, NOW, counts("BROKEN", NOW), counts("OTHER", NOW)))
    assert len(before.groups) == 1
    assert before.counts == {f"group:{facts('BROKEN').id}": 1}


def test_group_that_was_forgotten_leaves_nothing():
    """One that comes back after 35 days begins anew, with its first samples."""
    store = MemoryStore()
    for number, time in ((1, NOW), (2, NOW + 36 * 24 * HOUR)):
        told = tuple(sample(f"{number}.{each}", time + each) for each in range(4))
        store.apply(batch(number, time, counts("BROKEN", time), samples=told))
        kept = [record.id for record in store.samples(facts("BROKEN").id)]
        assert kept == [record.id for record in told]
        store.purge(time + 35 * 24 * HOUR + 60)
        assert not everything(store).groups


class TestGroups:
    """The history of a group."""

    def test_survives_json(self):
        """All of it, with what was said of it."""
        group, _ = fold(None, counts("BROKEN", NOW, 3), "r1")
        muted = in_state(group, GroupState.MUTED, NOW + 1)
        assert Group.from_dict(muted.to_dict()) == muted
        assert muted.to_dict()["state"] == "muted"

    def test_of_a_newer_version_can_be_read(self):
        """While workers are replaced, both versions read one store."""
        group, _ = fold(None, counts("BROKEN", NOW), None)
        data = group.to_dict()
        newer = {**data, "mood": "bad", "facts": {**data["facts"], "team": "payments"}}
        assert Group.from_dict(newer) == group

    def test_in_json_is_a_copy(self):
        """Whoever changes it changes nothing else."""
        group, _ = fold(None, counts("BROKEN", NOW), None)
        group.to_dict()["variants"].clear()
        assert group.variants == {"It broke": 1}

    def test_counts_before_it_was_resolved_do_not_reopen_it(self):
        """A worker may tell late what was before."""
        group, _ = fold(None, counts("BROKEN", NOW), "r1")
        resolved = in_state(group, GroupState.RESOLVED, NOW + 10)
        later, change = fold(resolved, counts("BROKEN", NOW + 5), "r2")
        assert (later.state, later.count, change) == (GroupState.RESOLVED, 2, None)

    def test_among_others_has_no_name(self):
        """Only its numbers go there, and nothing that was said of it."""
        group, _ = fold(None, counts("BROKEN", NOW, 3), "r1")
        others = among_others(None, in_state(group, GroupState.MUTED, NOW))
        assert others == Group(facts=OVERFLOW, count=3, first_seen=NOW, last_seen=NOW)
        older, _ = fold(None, counts("OLDER", NOW - 5, 2), "r1")
        assert among_others(others, older) == Group(
            facts=OVERFLOW, count=5, first_seen=NOW - 5, last_seen=NOW
        )


class TestPlaces:
    """Who has a place."""

    def test_go_to_the_first_newcomers(self):
        """In the order in which they are counted."""
        assert places(["c", "a", "b"], {}, NOW, 2) == ({"c", "a"}, [])

    def test_are_given_up_by_those_that_are_idle_longest(self):
        """Of several that are so equally, by the first one of the alphabet, in every store."""
        idle = {"z": Standing(NOW - 9999, 5), "b": Standing(NOW - 9000, 5), "a": Standing(NOW - 9000, 5)}
        assert places(["new", "newer"], idle, NOW, 3) == ({"new", "newer"}, ["z", "a"])

    def test_are_not_given_up_by_those_that_are_counted_now(self):
        """However long they had been idle."""
        present = {facts("OLD").id: Standing(NOW - 9999, 5)}
        seated = seat(batch(1, NOW, counts("OLD", NOW), counts("NEW", NOW, 3)), present, 1)
        assert [(each.facts.id, each.total) for each in seated.groups] == [
            (facts("OLD").id, 1),
            (OVERFLOW.id, 3),
        ]
        assert seated.leaving == ()

    def test_are_there_to_the_last_one(self):
        """Whoever has one already takes no second."""
        present = {facts("OLD").id: Standing(NOW, 5), facts("OTHER").id: Standing(NOW, 5)}
        for told in ((counts("NEW", NOW),), (counts("OLD", NOW), counts("NEW", NOW))):
            seated = seat(batch(1, NOW, *told), present, 3)
            assert (seated.groups, seated.leaving) == (told, ())

    def test_of_more_than_there_are_is_survived(self):
        """As when the bound was lowered since."""
        present = {str(each): Standing(NOW, 5) for each in range(5)}
        assert places(["new"], present, NOW, 3) == (set(), [])

    def test_the_others_are_one(self):
        """Their minutes are added up."""
        several = [counts("A", NOW, 2), counts("B", NOW - 60, 3), counts("C", NOW, 4)]
        other = added(several, OVERFLOW, {})
        assert (other.facts, other.total, other.first, other.last) == (OVERFLOW, 9, NOW - 60, NOW)
        assert sorted(other.minutes.values()) == [3, 6]


class TestSamples:
    """Which ones are kept."""

    def test_between_are_a_fair_choice(self):
        """Each that was the newest one is as likely as the others to be kept: algorithm R, over all chances."""
        kept = dict.fromkeys(range(4, 9), 0.0)

        def follow(number: int, slots: tuple[int | None, int | None], share: float) -> None:
            if number == 10:
                for each in slots:
                    kept[each] += share
                return
            displaced = number - 1  # the sample that was the newest
            parts = max(number - 4, 1)
            for part in range(parts):
                chance = (part + 0.5) / parts
                _, where = placed(number, True, lambda chance=chance: chance)
                after = list(slots)
                if where is not None:
                    after[where - 4] = displaced
                follow(number + 1, tuple(after), share / parts)

        follow(5, (None, None), 1.0)
        assert kept == pytest.approx(dict.fromkeys(kept, 2 / 5))

    def test_have_few_slots(self):
        """However many are offered."""
        assert {placed(number, False, float)[0] for number in range(1, 1000)} == {0, 1, 2, 3}
        found = {placed(1000, True, lambda chance=chance: chance / 1000) for chance in range(1000)}
        assert found == {(3, 4), (3, 5), (3, None)}
        assert SLOTS == 6

    def test_displace_only_a_newest_one_that_is_there(self):
        """It may be too old to be kept; and chance is asked only where it decides."""

        def never() -> float:
            raise AssertionError

        assert [placed(number, True, never) for number in (1, 2, 3)] == [(0, None), (1, None), (2, None)]
        assert placed(1000, False, never) == (3, None)

    def test_are_taken_by_a_worker_three_at_once_then_one_a_minute(self):
        """So that a flood costs nothing."""
        allowance = Allowance()
        taken = [now for now in range(300) if allowance.take(float(now))]
        assert taken == [0, 1, 2, 62, 122, 182, 242]
