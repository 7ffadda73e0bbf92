# SPDX-License-Identifier: MIT
"""Whatever a store does, each count is told once, nobody waits, and meanwhile the process answers for itself."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from monitored import KeptStore, SetClock, capture, raised, total

from errcore import clock, events
from errcore.monitor import Batch, GroupChanged, MemoryStore, Monitor
from errcore.monitor.telling.harvesting import Packer
from errcore.monitor.windows import SAMPLES_KEPT
from errcore.testing import FakeClock


def test_nothing_to_tell():
    """A store is not bothered with nothing."""
    store = KeptStore()
    monitor = Monitor(store, background=False)
    assert monitor.flush() and monitor.flush()
    monitor.stats()

    assert store.batches == []


def test_numbers_of_batches():
    """From one on, of one worker, without gaps."""
    store = KeptStore()
    monitor = Monitor(store, background=False, release="r1")
    for _ in range(3):
        capture(monitor)
        monitor.flush()

    assert [batch.number for batch in store.batches] == [1, 2, 3]
    assert len({batch.worker for batch in store.batches}) == 1
    assert {batch.release for batch in store.batches} == {"r1"}


def test_what_is_counted_while_telling_is_the_next_ones():
    """A store that is slower than failures come does not keep who tells it; and one that counts what it does does not either."""

    class Busy(MemoryStore):
        calls = 0

        def apply(self, batch: Batch) -> Any:
            self.calls += 1
            monitor.capture(raised(KeyError("in the store")))
            return super().apply(batch)

    store = Busy()
    monitor = Monitor(store, background=False)
    capture(monitor)
    assert monitor.flush()
    assert store.calls == 1
    assert monitor.stats()["total"] == 2
    assert store.calls == 2


def test_told_between_the_count_and_its_sample():
    """As where somebody else tells meanwhile: the sample is in the next batch, though nothing more is counted."""

    class Telling(Exception):
        def __str__(self) -> str:
            monitor.flush()
            return "told"

    store = KeptStore()
    monitor = Monitor(store, background=False)
    monitor.capture(raised(Telling()))
    assert [len(batch.groups) for batch in store.batches] == [1]
    assert monitor.flush()

    assert [len(batch.samples) for batch in store.batches] == [0, 1]


def test_interrupted_while_a_batch_is_made(monkeypatch: pytest.MonkeyPatch, fake: FakeClock):
    """What was taken out of the tally is not lost with it, and is in the view of the process."""
    monitor = Monitor(background=False)
    capture(monitor, 2)
    whole = Packer.batch
    monkeypatch.setattr(Packer, "batch", _raising(MemoryError()))
    assert not monitor.flush()
    capture(monitor, 1)
    monkeypatch.setattr(Packer, "batch", whole)
    assert total(monitor) == (3, 3)
    fake.advance(5.0)
    assert total(monitor) == (3, 3)

    monkeypatch.setattr(Packer, "batch", _raising(KeyboardInterrupt()))
    capture(monitor, 1)
    with pytest.raises(KeyboardInterrupt):
        monitor.flush()
    monkeypatch.setattr(Packer, "batch", whole)
    assert total(monitor) == (4, 4)


def _raising(problem: BaseException) -> Any:
    def call(*_: object, **__: object) -> Any:
        raise problem

    return call


def test_clock_that_was_set_forward_makes_nothing_old():
    """What is forgotten is what is old by the time that has passed, whatever the wall clock says since."""
    seen: list[float] = []

    class Purged(MemoryStore):
        def purge(self, now: float) -> None:
            seen.append(now)
            super().purge(now)

    with clock.using(SetClock()) as now:
        monitor = Monitor(Purged(), background=False)
        capture(monitor)
        monitor.flush()
        begun = now.wall()
        now.set(SAMPLES_KEPT * 100.0)
        now.advance(601.0)
        monitor.flush()
        now.set(SAMPLES_KEPT * -100.0 - 30.0)
        now.advance(601.0)
        monitor.flush()
        now.advance(599.0)
        monitor.flush()  # not yet ten minutes later

        assert seen == [begun, begun + 601, begun + 1202 - 30]
        assert monitor.groups()[0].count == 1
        assert len(monitor.samples(monitor.groups()[0].facts.id)) == 1


def test_listeners_are_told_outside_of_the_lock():
    """Who hears of a new group may wait for somebody who asks the monitor."""
    monitor = Monitor(background=False)
    seen: list[int] = []

    def listen(_: GroupChanged) -> None:
        asker = threading.Thread(target=lambda: seen.append(monitor.stats()["total"]))
        asker.start()
        asker.join(10.0)
        assert not asker.is_alive()

    capture(monitor)
    with events.stream.subscribe(GroupChanged, listen) as subscription:
        monitor.stats()

    assert seen == [1]
    assert subscription.failures == 0


def test_workers_of_one_store(fake: FakeClock):
    """Each is seen, and each sees what the others told."""
    store = MemoryStore()
    workers = [Monitor(store, background=False) for _ in range(3)]
    for worker in workers:
        capture(worker)
        worker.flush()

    assert [worker.stats()["total"] for worker in workers] == [3, 3, 3]
    assert workers[0].stats()["workers_seen"] == 3
    fake.advance(3601.0)
    assert workers[0].stats()["workers_seen"] == 0


def test_store_that_is_none():
    """Is refused where it is given."""
    from errcore import ConfigurationError

    for store in (object(), 7, "postgres://u:hunter2@h/d", "errors.db"):
        with pytest.raises(ConfigurationError) as refused:
            Monitor(store)
        assert "hunter2" not in str(refused.value)
