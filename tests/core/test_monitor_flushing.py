# SPDX-License-Identifier: MIT
"""One thread tells the store: it begins with the first count, ends with its monitor, and a forked child has one of its own."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from monitored import FailingStore, KeptStore, raised
from unmeasured import unmeasured

from errcore import Runtime
from errcore.monitor import Batch, MemoryStore, Monitor
from errcore.monitor.telling.flushing import Flusher

PROGRAMS = Path(__file__).with_name("monitored_processes.py")


_others: set[threading.Thread] = set()


def threads() -> list[threading.Thread]:
    """Those of the monitors of a test, without those that other tests have left behind."""
    return [each for each in threading.enumerate() if each.name == "errcore-monitor" and each not in _others]


def soon(condition: Callable[[], object]) -> bool:
    """Whether it comes true within some seconds."""
    deadline = time.monotonic() + 20.0
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """After each test there is no thread of its own."""
    _others.clear()
    _others.update(threads())
    yield
    gc.collect()
    assert soon(lambda: not threads())


def run(name: str, path: Path, code: int = 0) -> list[list[str]]:
    """What the store was told by a program."""
    command = [sys.executable, str(PROGRAMS), name, str(path)]
    ended = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True, env=unmeasured())
    assert ended.returncode == code, ended.stderr
    return [line.split() for line in path.read_text().splitlines()]


def test_begins_with_the_first_count():
    """To make a monitor starts nothing; to count starts one thread, which tells the store by itself."""
    store = KeptStore()
    with Monitor(store, flush_every=0.01) as monitor:
        assert threads() == []
        monitor.capture(raised(ValueError("x")))
        (thread,) = threads()
        assert thread.daemon
        assert soon(lambda: store.batches)
        monitor.count_request("/a", 200, 0.1)
        assert soon(lambda: len(store.batches) == 2)
        monitor.capture(raised(ValueError("x")))
        assert soon(lambda: len(store.batches) == 3)
        assert threads() == [thread]
    assert not thread.is_alive()


def test_one_batch_for_many():
    """What is counted between being asked and telling goes together."""
    store = KeptStore()
    with Monitor(store, flush_every=0.3) as monitor:
        for _ in range(200):
            monitor.capture(raised(ValueError("x")))
        assert soon(lambda: store.batches)

    assert sum(counts.total for batch in store.batches for counts in batch.groups) == 200
    assert len(store.batches) <= 2


def test_failure_of_which_no_sample_can_be_made():
    """Is told by the thread like any other, and so is what comes after it."""

    class Closed(dict[str, object]):
        def refuse(self, *_: object) -> object:
            raise TypeError("closed")

        __getitem__ = __contains__ = get = keys = items = __iter__ = refuse

    exc = ValueError("x")
    exc.__dict__ = Closed()
    store = KeptStore()
    with Monitor(store, flush_every=0.01) as monitor:
        monitor.capture(raised(exc))
        assert monitor.failures == 1
        assert soon(lambda: store.batches)


def test_closed_and_used_again():
    """Closing tells what is left, at once; to count starts again."""
    store = KeptStore()
    monitor = Monitor(store, flush_every=3600.0)
    for many in (1, 2):
        monitor.capture(raised(ValueError("x")))
        assert len(threads()) == 1
        monitor.close()
        assert threads() == []
        assert len(store.batches) == many
    monitor.close()


def test_closed_before_anything_was_counted():
    """There was nothing to end, so the thread that begins later is not ended either."""
    store = KeptStore()
    with Monitor(store, flush_every=0.01) as monitor:
        monitor.close()
        monitor.capture(raised(ValueError("x")))

        assert soon(lambda: store.batches)


def test_none_in_the_background():
    """Nothing happens that nobody asks for."""
    store = KeptStore()
    monitor = Monitor(store, background=False)
    monitor.capture(raised(ValueError("x")))
    monitor.count_request("/a", 200, 0.1)
    runtime = Runtime.for_tests(log_level="critical", store=store)
    runtime.report(raised(ValueError("x")))
    assert (threads(), store.batches) == ([], [])

    monitor.flush()
    assert len(store.batches) == 1


def test_forgotten_monitor():
    """Its thread tells what is left and ends, also while it sleeps between two batches."""
    for every in (0.01, 3600.0):
        store = KeptStore()
        monitor = Monitor(store, flush_every=every)
        monitor.capture(raised(ValueError("x")))
        assert len(threads()) == 1
        del monitor
        gc.collect()
        assert soon(lambda: not threads())
        assert len(store.batches) == 1


def test_forgotten_monitor_that_has_told():
    """The thread that told for it does not keep it, though it waits for more."""
    store = KeptStore()
    monitor = Monitor(store, flush_every=0.01)
    monitor.capture(raised(ValueError("x")))
    assert soon(lambda: store.batches)
    del monitor
    gc.collect()

    assert soon(lambda: not threads())


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch):
    """Where none can be started, it is counted all the same, and tried again with the next count."""
    store = KeptStore()
    start = threading.Thread.start
    tries: list[bool] = []

    def refuse(_: threading.Thread) -> None:
        tries.append(True)
        raise RuntimeError("can't start new thread")

    with Monitor(store, flush_every=0.01) as monitor:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        monitor.capture(raised(ValueError("x")))
        monitor.count_request("/a", 200, 0.1)
        monitor.capture(raised(ValueError("x")))
        assert len(tries) >= 3
        assert monitor.failures == 0

        monkeypatch.setattr(threading.Thread, "start", start)
        monitor.capture(raised(ValueError("x")))
        assert soon(lambda: store.batches)
        assert sum(counts.total for batch in store.batches for counts in batch.groups) == 3


def test_nobody_could_be_asked(monkeypatch: pytest.MonkeyPatch):
    """What is read is all that was counted, and closing tells it."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    store = KeptStore()
    with Monitor(store) as monitor:
        monitor.capture(raised(ValueError("x")))
        assert monitor.stats()["total"] == 1
        assert monitor.flush()  # nothing is left to tell
        monitor.capture(raised(ValueError("x")))

    assert len(store.batches) == 2


def test_store_that_is_away_is_asked_again():
    """By the same thread, after the pause, without anybody counting anything."""
    store = FailingStore("apply")
    with Monitor(store, flush_every=0.01) as monitor:
        monitor.capture(raised(ValueError("x")))
        assert soon(lambda: monitor.store_status.degraded)
        monitor._teller._paused_until = 0.0  # nobody has to wait for it
        store.failing.clear()
        assert soon(lambda: monitor.store_status.last_write)
        assert not monitor.store_status.degraded


def test_thread_that_was_ended(monkeypatch: pytest.MonkeyPatch):
    """A store that exits takes its thread with it, and the next count starts another."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    class Exiting(MemoryStore):
        exits = True

        def apply(self, batch: Batch):
            if self.exits:
                self.exits = False
                raise KeyboardInterrupt
            return super().apply(batch)

    with Monitor(Exiting(), flush_every=0.01) as monitor:
        monitor.capture(raised(ValueError("x")))
        assert soon(lambda: not threads())
        monitor.flush()  # or a second passes
        monitor.capture(raised(ValueError("x")))
        assert len(threads()) == 1
        assert soon(lambda: monitor.stats()["total"] == 2)


@pytest.mark.parametrize(
    ("every", "used"), [(0.0, 0.01), (-1.0, 0.01), (float("nan"), 0.01), (float("inf"), 3600.0)]
)
def test_interval_is_bounded(every: float, used: float):
    """No interval keeps a core busy, or is none at all."""
    monitor = Monitor(flush_every=every)

    assert monitor._flusher is not None
    assert monitor._flusher._every == used


def test_ends_from_inside():
    """Who is called by the thread may end it."""

    class Closing:
        called = 0

        def __init__(self) -> None:
            self.flusher = Flusher(self.call, 0.0, int)

        def call(self) -> None:
            self.called += 1
            self.flusher.stop()

    closing = Closing()
    assert closing.flusher.wake()
    assert soon(lambda: not threads())
    assert closing.called == 1
    closing.flusher.stop()


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows knows no fork")


@pytest.mark.parametrize(("name", "code"), [("exits", 0), ("fails", 3), ("store_was_away", 0)])
def test_program_that_ends(name: str, code: int, tmp_path: Path):
    """What was counted is told at its end, though nobody closes anything."""
    told = run(name, tmp_path / "told", code)

    assert [line[2:] for line in told] == [["1", "1"]]


@needs_fork
def test_forked_children(tmp_path: Path):
    """Each is a worker of its own with a thread of its own; what the parent had counted is told by the parent alone."""
    told = run("forks", tmp_path / "told")
    workers = {(process, worker) for process, worker, *_ in told}
    sums: dict[str, int] = {}
    for process, _, _, total in told:
        sums[process] = sums.get(process, 0) + int(total)

    assert len(workers) == len(sums) == 4
    assert sorted(sums.values()) == [1, 1, 1, 2]


@needs_fork
def test_children_of_multiprocessing(tmp_path: Path):
    """Each tells what it counted before it ends, also where its parent had asked for that already."""
    told = run("multiprocesses", tmp_path / "told")

    assert len({process for process, *_ in told}) == 3
    assert [line[2:] for line in told] == [["1", "1"]] * 3


@needs_fork
def test_fork_storm(tmp_path: Path):
    """No child hangs on what a thread of its parent held, and each tells its own count and no more."""
    told = run("fork_storm", tmp_path / "told")
    parents = [process for process, _, number, _ in told if number != "1"]
    children = [line for line in told if line[0] not in parents]

    assert [line[2:] for line in children] == [["1", "1"]] * 30


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")
def test_signals_beside_the_thread(tmp_path: Path):
    """A handler that captures and flushes, some hundred times, while the thread flushes: it ends, and all are there."""
    told = run("signals", tmp_path / "told")
    captured = int((tmp_path / "told.captured").read_text())

    assert sum(int(total) for *_, total in told) == captured > 300


def test_forgotten_in_a_program(tmp_path: Path):
    """Without anybody who waits for it."""
    (tmp_path / "told").touch()
    run("is_collected", tmp_path / "told")


def test_renewed_store_that_fails():
    """A child whose store cannot begin anew counts all the same, with a thread of its own or without."""
    monitor = Monitor(FailingStore("renew"), background=False)
    monitor.renew()
    monitor.capture(raised(ValueError("child")))
    assert (monitor.failures, monitor.stats()["total"]) == (1, 1)

    store = FailingStore("renew")
    with Monitor(store, flush_every=0.01) as monitor:
        monitor.renew()  # what a child does
        monitor.capture(raised(ValueError("child")))

        assert monitor.failures == 1
        monitor._teller._paused_until = 0.0  # nobody has to wait for it
        assert soon(lambda: monitor.store_status.last_write)
        assert monitor.stats()["total"] == 1
