# SPDX-License-Identifier: MIT
"""What somebody says of a group stays said, until the problem comes back in a release that was to be free of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from monitored import raised

from errcore import NotFoundError, clock, events
from errcore.monitor import Change, GroupChanged, GroupState, MemoryStore, Monitor
from errcore.testing import FakeClock


@pytest.fixture
def changes() -> Iterator[list[GroupChanged]]:
    """What is emitted of groups while a test runs."""
    seen: list[GroupChanged] = []
    with events.stream.subscribe(GroupChanged, seen.append):
        yield seen


def fail(monitor: Monitor, fake: FakeClock) -> str:
    """One more of the same failure; the id of its group."""
    fake.advance(1.0)
    monitor.capture(raised(NotFoundError("x")))
    monitor.flush()
    return monitor.groups()[0].facts.id


def workers(store: MemoryStore, *releases: str | None) -> list[Monitor]:
    """Workers of several releases that share a store."""
    return [Monitor(store, background=False, release=release) for release in releases]


def test_appears_once(fake: FakeClock, changes: list[GroupChanged]):
    """The first of a group is news, and no other."""
    (monitor,) = workers(MemoryStore(), "1")
    for _ in range(3):
        fail(monitor, fake)

    assert [(each.change, each.group.count) for each in changes] == [(Change.APPEARED, 1)]


def test_resolved_and_back(fake: FakeClock, changes: list[GroupChanged]):
    """In the release that had it, it is still being replaced; in another one it has regressed, which is news once."""
    store = MemoryStore()
    old, new = workers(store, "1", "2")
    ident = fail(old, fake)
    assert old.resolve(ident)
    resolved_at = clock.current().wall()
    fail(old, fake)
    group = old.groups()[0]
    assert (group.state, group.state_since, group.count) == (GroupState.RESOLVED, resolved_at, 2)

    for _ in range(2):
        fail(new, fake)
    group = old.groups()[0]
    assert (group.state, group.regressed_at, group.releases) == (GroupState.OPEN, resolved_at + 2, ("1", "2"))
    assert [each.change for each in changes] == [Change.APPEARED, Change.REGRESSED]
    assert old.stats()["top"][0]["regressed_at"] == resolved_at + 2

    assert new.resolve(ident)  # now in the second one, too
    fail(new, fake)
    fail(old, fake)
    assert old.groups()[0].state is GroupState.RESOLVED
    assert old.groups()[0].regressed_at is None


def test_without_releases_it_is_back_at_once(fake: FakeClock):
    """Where nobody says which release it is, there is none that could still have it."""
    (monitor,) = workers(MemoryStore(), None)
    ident = fail(monitor, fake)
    monitor.resolve(ident)
    fail(monitor, fake)

    assert monitor.groups()[0].state is GroupState.OPEN


def test_back_in_the_same_instant(fake: FakeClock):
    """A clock that stands still, or is coarse, hides nothing: it came after what was said."""
    (monitor,) = workers(MemoryStore(), None)
    ident = fail(monitor, fake)
    monitor.resolve(ident)
    monitor.capture(raised(NotFoundError("x")))
    monitor.flush()
    group = monitor.groups()[0]

    assert (group.state, group.regressed_at) == (GroupState.OPEN, group.last_seen)


def test_counted_before_it_was_resolved_told_after(fake: FakeClock):
    """A batch that was under way says nothing against what somebody said meanwhile."""
    store = MemoryStore()
    one, other = workers(store, "1", "2")
    ident = fail(one, fake)
    other.capture(raised(NotFoundError("x")))
    fake.advance(1.0)
    one.resolve(ident)
    fake.advance(1.0)
    other.flush()
    (group,) = one.groups()

    assert (group.facts.id, group.count, group.state) == (ident, 2, GroupState.RESOLVED)


def test_muted_is_counted_and_silent(fake: FakeClock, changes: list[GroupChanged]):
    """Whatever release it comes back in."""
    store = MemoryStore()
    one, other = workers(store, "1", "2")
    ident = fail(one, fake)
    assert one.mute(ident)
    fail(other, fake)

    group = one.groups()[0]
    assert (group.state, group.count) == (GroupState.MUTED, 2)
    assert [each.change for each in changes] == [Change.APPEARED]

    assert one.reopen(ident)
    assert one.groups()[0].state is GroupState.OPEN


def test_group_that_there_is_not():
    """Is said to be none."""
    (monitor,) = workers(MemoryStore(), "1")

    assert [monitor.resolve("x"), monitor.mute("x"), monitor.reopen("x")] == [False, False, False]
    assert monitor.samples("x") == []
    assert monitor.failures == 0


def test_known_from_the_first_failure_on(fake: FakeClock):
    """What was counted and not told yet can be resolved, by the id that it has in every process."""
    (elsewhere,) = workers(MemoryStore(), "1")
    ident = fail(elsewhere, fake)
    (monitor,) = workers(MemoryStore(), "1")
    monitor.capture(raised(NotFoundError("x")))

    assert monitor.resolve(ident)


def test_latest_first(fake: FakeClock):
    """Every group, the one seen last first."""
    (monitor,) = workers(MemoryStore(), "1")
    for cls in (KeyError, ValueError, KeyError, OSError):
        fake.advance(1.0)
        monitor.capture(raised(cls("x")))

    assert [group.facts.type_name for group in monitor.groups()] == ["OSError", "KeyError", "ValueError"]


def test_listener_may_ask(fake: FakeClock):
    """Who is told of a change may ask the monitor at once, and counts what it saw."""
    (monitor,) = workers(MemoryStore(), "1")
    told: list[int] = []

    def listen(_: GroupChanged) -> None:
        monitor.capture(raised(KeyError("from the listener")))
        told.append(monitor.stats()["total"])

    with events.stream.subscribe(GroupChanged, listen):
        fail(monitor, fake)

    # The first that it counts is a new group itself, of which it is told while it asks: there it counts one more.
    assert told == [3, 2]
    assert monitor.stats()["total"] == 3
