# SPDX-License-Identifier: MIT
"""Handlers of signals and finalizers that come in the middle of a count: nothing hangs, and nothing is lost."""

from __future__ import annotations

import threading

import pytest
from monitored import FailingStore

from errcore.monitor import MemoryStore, Monitor
from errcore.monitor.counting.entries import Entry
from errcore.monitor.counting.tally import Tally
from errcore.monitor.groups import MOST_GROUPS
from errcore.monitor.telling.flushing import Flusher


def failed(text: str) -> ValueError:
    """An error that was raised."""
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


@pytest.fixture
def interrupted(monkeypatch):
    """Has something done in the middle of the next count, as a handler of a signal would."""

    def during_the_next_count(work) -> None:
        add = Entry.add

        def adding(self: Entry, now: float, message: str) -> bool:
            monkeypatch.setattr(Entry, "add", add)
            before = dict(self.minutes)
            work()
            assert self.minutes == before, "the interrupted count would overwrite this"
            return add(self, now, message)

        monkeypatch.setattr(Entry, "add", adding)

    return during_the_next_count


def test_a_count_in_the_middle_of_a_count(interrupted):
    """It is added when the other one is done."""
    with Monitor(background=False) as monitor:
        interrupted(lambda: monitor.capture(failed("in a handler")))
        monitor.capture(failed("work"))

        assert monitor.stats()["total"] == 2


def test_a_count_that_ends_halfway(monkeypatch):
    """As on a full stack: the next one is counted as ever, and looked at."""
    add = Entry.add

    def ending(self: Entry, now: float, message: str) -> bool:
        monkeypatch.setattr(Entry, "add", add)
        raise RecursionError

    with Monitor(background=False) as monitor:
        monkeypatch.setattr(Entry, "add", ending)
        monitor.capture(failed("halfway"))
        monitor.capture(failed("work"))

        assert monitor.failures == 1
        (group,) = monitor.stats()["top"]
        assert (group["count"], len(monitor.samples(group["id"]))) == (1, 1)


def test_a_count_of_one_too_many_in_the_middle_of_a_count(interrupted):
    """Where all places are taken it is one of the others, which keep their name and their number."""
    with Monitor(background=False) as monitor:
        for number in range(MOST_GROUPS):
            monitor.capture(type(f"Made{number}", (Exception,), {})())
        interrupted(lambda: monitor.capture(failed("in a handler")))
        monitor.capture(failed("work"))
        assert len(monitor._tally.entries) == MOST_GROUPS

        counts = {group.facts.id: group.count for group in monitor.groups()}
        assert counts["_overflow"] == 2
        assert sum(counts.values()) == monitor.stats()["total"] == MOST_GROUPS + 2


def test_questions_in_the_middle_of_a_count(interrupted):
    """They are answered without the store, for somebody else may tell it, and wait for the count."""
    answers = {}
    with Monitor(background=False) as monitor:
        monitor.capture(failed("before"))
        group = monitor.groups()[0].facts.id

        def ask() -> None:
            answers["told"] = monitor.flush()
            answers["stats"] = monitor.stats()["degraded"]
            answers["samples"] = monitor.samples(group)
            answers["resolved"] = monitor.resolve(group)
            monitor.close()

        interrupted(ask)
        monitor.capture(failed("work"))

        assert answers == {"told": False, "stats": True, "samples": [], "resolved": False}
        assert (monitor.stats()["degraded"], monitor.stats()["total"]) == (False, 2)


def test_a_count_in_the_middle_of_a_harvest(monkeypatch):
    """It is in the next batch."""
    counts = Tally.add_up
    with Monitor(background=False) as monitor:
        monitor.capture(failed("before"))

        def adding_up(self: Tally) -> None:
            monkeypatch.setattr(Tally, "add_up", counts)
            monitor.capture(failed("in a handler"))
            counts(self)

        monkeypatch.setattr(Tally, "add_up", adding_up)
        monitor.flush()

        assert monitor.stats()["total"] == 2


def test_a_count_in_the_middle_of_a_look(monkeypatch, fake):
    """Where the store cannot be asked: who looks next sees it, though nothing else was counted."""
    counts = Tally.add_up
    with Monitor(FailingStore("apply"), background=False) as monitor:
        monitor.capture(failed("before"))
        monitor.flush()

        def adding_up(self: Tally) -> None:
            monkeypatch.setattr(Tally, "add_up", counts)
            monitor.capture(failed("in a handler"))
            counts(self)

        monkeypatch.setattr(Tally, "add_up", adding_up)
        assert monitor.stats()["total"] == 1
        assert monitor.stats()["total"] == 2


def test_telling_in_the_middle_of_telling():
    """The batch that is on its way is not sent a second time."""

    class Interrupted(MemoryStore):
        def apply(self, batch):
            if not told:
                told.append(None)
                told[:] = [monitor.flush()]
            return super().apply(batch)

    told: list[bool | None] = []
    with Monitor(Interrupted(), background=False) as monitor:
        monitor.capture(failed("work"))

        assert monitor.flush()
        assert told == [False]
        assert monitor.stats()["total"] == 1


def test_waking_in_the_middle_of_the_start(monkeypatch):
    """One thread is started, though a handler comes while `threading` holds its lock."""
    start = threading.Thread.start
    woken = []

    def starting(self: threading.Thread) -> None:
        monkeypatch.setattr(threading.Thread, "start", start)
        woken.append(flusher.wake())
        start(self)

    class Owner:
        def tell(self) -> None:
            called.release()

    called = threading.Semaphore(0)
    owner = Owner()
    flusher = Flusher(owner.tell, 0.01, owner.tell)
    before = threading.active_count()
    monkeypatch.setattr(threading.Thread, "start", starting)
    assert flusher.wake()

    assert called.acquire(timeout=10)
    assert (woken, threading.active_count()) == ([True], before + 1)
    flusher.stop()


def test_waking_twice_is_waking_once():
    """As a handler does that comes while somebody wakes."""
    called = threading.Semaphore(0)

    class Owner:
        def tell(self) -> None:
            called.release()

    owner = Owner()
    flusher = Flusher(owner.tell, 0.01, owner.tell)
    assert flusher.wake()
    assert flusher.wake()
    assert called.acquire(timeout=10)
    flusher.stop()
