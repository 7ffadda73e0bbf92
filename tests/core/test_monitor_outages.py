# SPDX-License-Identifier: MIT
"""A store that fails costs news and nothing else: counts are kept, the process answers for itself, and nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest
from monitored import FailingStore, capture, raised, total

from errcore import NotFoundError, RequestFacts, Runtime
from errcore.forks import Turn
from errcore.monitor import Batch, GroupChanged, MemoryStore, Monitor, Scope, StoreStatus
from errcore.monitor.stores.sqlite import SQLiteStore
from errcore.monitor.telling import teller
from errcore.testing import FakeClock


@pytest.mark.parametrize("failing", ["apply", "after apply"])
def test_each_batch_is_applied_once(failing: str, fake: FakeClock):
    """Also where the store had taken it and the answer was lost: what was counted before, during and after is there once."""
    store = FailingStore(failing)
    monitor = Monitor(store, background=False)
    capture(monitor, 3)
    assert not monitor.flush()
    capture(monitor, 4)
    fake.advance(5.0)
    assert not monitor.flush()
    capture(monitor, 5)

    store.failing.clear()
    fake.advance(5.0)
    assert monitor.flush()
    assert total(monitor) == (12, 12)
    assert monitor.stats()["degraded"] is False
    assert monitor.groups()[0].count == 12
    assert len(monitor.samples(monitor.groups()[0].facts.id)) == 3
    assert monitor.failures == 2


@pytest.mark.parametrize("failing", ["apply", "after apply", "read", "after read", "purge"])
def test_own_view(failing: str, fake: FakeClock):
    """While the store cannot be asked, a process tells what it has not told yet, and says so."""
    store = FailingStore()
    monitor = Monitor(store, background=False)
    capture(monitor, 2)
    monitor.flush()
    fake.advance(600.0)
    store.failing.add(failing)
    capture(monitor, 3)
    stats = monitor.stats()
    own = 3 if "apply" in failing else 0  # the rest is in the store

    assert (stats["degraded"], stats["scope"], stats["total"], stats["requests"]["total"]) == (
        True,
        "worker",
        own,
        own,
    )
    capture(monitor, 1)
    assert total(monitor) == (own + 1, own + 1)
    assert [len(monitor.samples(group.facts.id)) for group in monitor.groups()] == ([1] if own else [0])

    store.failing.clear()
    fake.advance(5.0)
    assert total(monitor) == (6, 6)
    assert monitor.stats()["degraded"] is False


def test_samples_that_cannot_be_read(fake: FakeClock):
    """Cost nothing but themselves."""
    store = FailingStore("samples")
    monitor = Monitor(store, background=False)
    capture(monitor)
    stats = monitor.stats()

    assert (stats["total"], stats["top"][0]["sample"]) == (1, None)
    assert monitor.store_status.degraded
    store.failing.clear()
    fake.advance(5.0)
    assert len(monitor.samples(stats["top"][0]["id"])) == 1


def test_state_that_cannot_be_set(fake: FakeClock):
    """Is said not to be."""
    store = FailingStore("set_state")
    monitor = Monitor(store, background=False)
    capture(monitor)
    ident = monitor.groups()[0].facts.id

    assert not monitor.resolve(ident)
    store.failing.clear()
    assert monitor.resolve(ident)


def test_purge_that_fails(fake: FakeClock):
    """Nothing is told twice for it, and it is tried again after ten minutes."""
    store = FailingStore("purge")
    monitor = Monitor(store, background=False)
    capture(monitor)
    assert not monitor.flush()
    fake.advance(5.0)
    capture(monitor)
    assert monitor.flush()
    assert store.calls.count("purge") == 1
    fake.advance(600.0)
    assert not monitor.flush()
    assert store.calls.count("purge") == 2
    assert store.read(3600, 0).groups != {}


def test_close_that_fails(fake: FakeClock):
    """Is survived; closing twice is fine, and to count goes on."""
    store = FailingStore("close")
    monitor = Monitor(store, background=False)
    capture(monitor)
    monitor.close()
    monitor.close()
    assert monitor.failures == 2

    capture(monitor)
    fake.advance(5.0)
    assert total(monitor) == (2, 2)


def test_close_asks_a_store_that_failed_just_now(fake: FakeClock):
    """It is the last time."""
    store = FailingStore("apply")
    monitor = Monitor(store, background=False)
    capture(monitor)
    monitor.flush()
    store.failing.clear()
    assert not monitor.flush()
    monitor.close()

    assert store.read(60, 0).counts["route:/a"] == 1


def test_pause(fake: FakeClock):
    """A store that has failed is not asked for five seconds, however many want to know."""
    store = FailingStore("apply")
    monitor = Monitor(store, background=False)
    capture(monitor)
    monitor.flush()
    for _ in range(10):
        monitor.stats()
        monitor.flush()
        monitor.groups()
    assert store.calls == ["apply"]

    fake.advance(4.9)
    monitor.flush()
    assert store.calls == ["apply"]
    fake.advance(0.2)
    monitor.flush()
    assert store.calls == ["apply", "apply"]


def test_standing(fake: FakeClock):
    """Says how the store does, and asks nobody."""
    store = FailingStore()
    monitor = Monitor(store, background=False)
    assert monitor.store_status == StoreStatus(scope=Scope.WORKER, degraded=False, last_write=None)
    capture(monitor)
    monitor.flush()
    first = fake.wall()
    assert monitor.store_status == StoreStatus(scope=Scope.WORKER, degraded=False, last_write=first)

    store.failing.add("apply")
    fake.advance(1.0)
    capture(monitor)
    monitor.flush()
    asked = len(store.calls)
    assert monitor.store_status == StoreStatus(
        scope=Scope.WORKER, degraded=True, last_write=first, problem="OSError"
    )
    fake.advance(60.0)  # until it was asked again, it is what it was
    assert monitor.store_status.degraded
    assert len(store.calls) == asked

    store.failing.clear()
    assert monitor.flush()
    assert monitor.store_status == StoreStatus(scope=Scope.WORKER, degraded=False, last_write=fake.wall())


def test_answers_are_what_they_were(fake: FakeClock):
    """No failure of a store reaches who is being answered."""
    store = FailingStore("apply", "read", "samples", "purge", "set_state", "close", "renew")
    with Runtime.for_tests(log_level="critical", store=store) as runtime:
        for _ in range(20):
            handled = runtime.handle(raised(NotFoundError("No such agent.")), RequestFacts(route="/a"))
            assert (handled.reply.status, handled.reraise) == (404, False)
            runtime.flush()
            fake.advance(5.0)
        assert runtime.monitor.stats()["total"] == 20
        assert runtime.failures >= 20
    assert total(runtime.monitor) == (20, 0)


def test_two_batches_at_once(fake: FakeClock):
    """After a failure that which was kept goes first, and what was counted since goes with it."""
    store = FailingStore("apply")
    monitor = Monitor(store, background=False)
    capture(monitor)
    monitor.flush()
    capture(monitor)
    store.failing.clear()
    fake.advance(5.0)
    monitor.flush()

    assert store.calls == ["apply", "apply", "apply", "read", "purge"]
    assert store.read(60, 0).counts["route:/a"] == 2


def test_why_a_store_fails_is_said(tmp_path, caplog):
    """Errcore's own errors say what to do, so their text is in the log and in the status; that of others is not."""
    with Monitor(SQLiteStore(tmp_path / "none" / "errors.db"), background=False) as monitor:
        monitor.capture(KeyError("k"))
        assert not monitor.flush()

        wanted = "its folder does not exist"
        assert wanted in (monitor.store_status.problem or "")
    assert wanted in caplog.text


class HangingStore(MemoryStore):
    """Takes a batch when somebody lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.over = threading.Event(), threading.Event()
        self.closed: list[bool] = []

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        self.begun.set()
        self.over.wait()
        return super().apply(batch)

    def close(self) -> None:
        self.closed.append(self.over.is_set())
        super().close()


@contextmanager
def hanging(monitor: Monitor, store: HangingStore) -> Iterator[None]:
    """While a thread is at the store, which does not answer."""
    hung = threading.Thread(target=monitor.flush, daemon=True)
    hung.start()
    store.begun.wait()
    try:
        yield
    finally:
        store.over.set()
        hung.join()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a store for long."""
    monkeypatch.setattr(teller, "Turn", partial(Turn, patience=0.001))


@pytest.mark.usefixtures("impatient")
def test_store_that_hangs_is_not_waited_for_without_end():
    """While one thread is at the store, others have their answers after a while; nothing is lost by it."""
    store = HangingStore()
    monitor = Monitor(store, background=False)
    capture(monitor)
    with hanging(monitor, store):
        capture(monitor)

        assert not monitor.flush()
        assert total(monitor) == (2, 2)
        assert monitor.stats()["degraded"] is True
        assert not monitor.resolve(monitor.groups()[0].facts.id)
        monitor.close()
        assert store.closed == []  # somebody is at it
    assert total(monitor) == (2, 2)
    assert monitor.stats()["degraded"] is False
    monitor.close()
    assert store.closed == [True]


@pytest.mark.usefixtures("impatient")
def test_samples_are_there_while_the_store_hangs(monkeypatch):
    """Those of this process; nobody waits once for each group, and all that is known is told."""
    store = HangingStore()
    monitor = Monitor(store, background=False)
    for cls in (KeyError, ValueError, OSError):
        monitor.capture(raised(cls("x")))
    asked: list[object] = []
    turn = monitor._teller._turn
    with hanging(monitor, store):
        monkeypatch.setattr(monitor._teller, "_turn", lambda: asked.append(None) or turn())
        top = monitor.stats()["top"]

    assert [group["sample"] is not None for group in top] == [True] * 3
    assert len(asked) == 1


def test_store_that_is_done_while_it_is_looked_at(monkeypatch):
    """What another thread tells at that moment is in the view of the process, or is not; it is no failure."""
    monitor = Monitor(FailingStore("apply"), background=False)
    capture(monitor)
    assert not monitor.flush()
    seen = [monitor._teller._kept]  # and then it is told
    told = property(lambda self: seen.pop() if seen else None, lambda self, batch: None)
    monkeypatch.setattr(teller.Teller, "_kept", told, raising=False)

    assert total(monitor)[0] in {0, 1}
    assert monitor.stats()["degraded"] is True
