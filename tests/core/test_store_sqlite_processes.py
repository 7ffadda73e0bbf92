# SPDX-License-Identifier: MIT
"""A file that several processes count in, which start, fork and are killed at any moment."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing

import pytest
import store_workers
from policy_ways import forking, in_a_child, in_a_thread

from errcore.errors.dependencies import StorageError
from errcore.monitor.stores import sqlite as module
from errcore.monitor.stores import sqlite_forks
from errcore.monitor.stores.sqlite import SQLiteStore
from errcore.testing.stores.material import batch, counts, everything, facts, sample

NOW = 1_700_000_000.0
MINUTE = int(NOW // 60)


def _whole(path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_four_processes_count_exactly(tmp_path):
    """All at once, from a file that there is not yet."""
    path = tmp_path / "errors.db"
    spawn = multiprocessing.get_context("spawn")
    several = [
        spawn.Process(target=store_workers.tell, args=(str(path), f"worker-{each}", 200)) for each in range(4)
    ]
    for process in several:
        process.start()
    for process in several:
        process.join(60)
    assert [process.exitcode for process in several] == [0] * 4
    with closing(SQLiteStore(path)) as store:
        found = everything(store)
    assert found.counts["route:/a"] == 4 * 200 * 3
    assert found.groups[facts("BROKEN").id].count == 4 * 200 * 2
    assert {found.groups[facts(f"worker-{each}").id].count for each in range(4)} == {200}
    assert found.workers == dict.fromkeys((f"worker-{each}" for each in range(4)), NOW + 200)
    assert _whole(path)


def _tell_until_killed(path, worker, acknowledge):
    store = SQLiteStore(path)
    for number in range(1, 100_000):
        told = batch(
            number,
            NOW,
            *(counts(f"G{each}", NOW) for each in range(20)),
            counts(worker, NOW),
            counters={
                (f"route:{worker}", MINUTE): 1,
                **{(f"route:/{each}", MINUTE): 1 for each in range(20)},
            },
            samples=tuple(sample(f"{number}", NOW, f"G{each}") for each in range(3)),
            worker=worker,
        )
        store.apply(told)
        os.write(acknowledge, b".")


@forking
def test_killed_in_the_middle_of_a_batch(tmp_path):
    """At any moment, many times: each batch that was acknowledged is there once, and none in part."""
    path = tmp_path / "errors.db"
    chance = random.Random(4711)
    acknowledged = {}
    for turn in range(20):
        worker = f"worker-{turn}"
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.close(reader)
                _tell_until_killed(path, worker, writer)
            finally:
                os._exit(1)
        os.close(writer)
        heard = len(os.read(reader, 1))
        for _ in range(chance.randrange(12)):
            heard += len(os.read(reader, 1))
        time.sleep(chance.random() * 0.004)  # the moment is what is chosen here
        os.kill(child, signal.SIGKILL)
        while rest := os.read(reader, 4096):
            heard += len(rest)
        os.close(reader)
        os.waitpid(child, 0)
        acknowledged[worker] = heard

    assert _whole(path)
    with closing(sqlite3.connect(path)) as connection:
        written = dict(connection.execute("SELECT id, number FROM workers"))
    with closing(SQLiteStore(path)) as store:
        found = everything(store)
    for worker, heard in acknowledged.items():
        assert written[worker] in {heard, heard + 1}  # the last one may be written and not acknowledged
        assert found.counts[f"route:{worker}"] == written[worker]
        assert found.groups[facts(worker).id].count == written[worker]
    total = sum(written.values())
    assert {found.counts[f"route:/{each}"] for each in range(20)} == {total}
    assert {found.groups[facts(f"G{each}").id].count for each in range(20)} == {total}


@forking
def test_child_of_a_connected_parent_loses_nothing(tmp_path):
    """Also what it tells after the parent has closed the file, and with it the log of SQLite."""
    path = tmp_path / "errors.db"
    store = SQLiteStore(path)
    store.apply(batch(1, NOW, counters={("route:/a", MINUTE): 1}))
    to_parent, to_child = os.pipe(), os.pipe()

    child = os.fork()
    if not child:
        try:
            store.apply(batch(1, NOW, counters={("route:/a", MINUTE): 10}, worker="child"))
            os.write(to_parent[1], b".")
            os.read(to_child[0], 1)
            store.apply(batch(2, NOW, counters={("route:/a", MINUTE): 100}, worker="child"))
            os._exit(0)  # without closing anything
        finally:
            os._exit(1)
    os.read(to_parent[0], 1)
    store.apply(batch(2, NOW, counters={("route:/a", MINUTE): 1}))
    store.close()
    os.write(to_child[1], b".")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for end in (*to_parent, *to_child):
        os.close(end)
    assert everything(store).counts == {"route:/a": 112}
    store.close()


@forking
def test_fork_waits_for_a_batch(tmp_path):
    """A thread that writes all the time, and many children that write, too."""
    path = tmp_path / "errors.db"
    ending = threading.Event()
    store = SQLiteStore(path)
    told = []

    def write():
        while not ending.is_set():
            store.apply(batch(len(told) + 1, NOW, counts("BROKEN", NOW), counters={("route:/a", MINUTE): 1}))
            told.append(None)

    thread = threading.Thread(target=write)
    thread.start()

    def work():
        store.apply(batch(1, NOW, counters={("route:/b", MINUTE): 1}, worker=f"child-{os.getpid()}"))
        return True

    assert [in_a_child(work) for _ in range(8)] == [0] * 8
    ending.set()
    thread.join()
    assert everything(store).counts["route:/a"] == len(told)
    assert everything(store).counts["route:/b"] == 8
    store.close()


@forking
def test_fork_that_could_not_wait(tmp_path, monkeypatch):
    """The child leaves the connection of its parent alone and says what to do; its parent goes on."""
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    store = SQLiteStore(tmp_path / "errors.db")
    store.apply(batch(1, NOW, counters={("route:/a", MINUTE): 1}))

    def work():
        for _ in range(2):
            try:
                store.apply(batch(1, NOW, worker="child"))
            except StorageError as problem:
                assert "forked while SQLite was at work" in str(problem)
            else:
                return False
        store.renew()
        store.close()
        return store._connection is None and in_a_child(lambda: store._inherited) == 0

    with in_a_thread(store._lock):
        assert in_a_child(work) == 0
    store.apply(batch(2, NOW, counters={("route:/a", MINUTE): 1}))
    assert everything(store).counts == {"route:/a": 2}
    store.close()


class _Forking(dict):
    """Counters in the middle of which the process forks, as a handler of a signal may have it."""

    store: SQLiteStore

    def items(self):
        self.code = in_a_child(lambda: self.store._inherited and self.store._connection is None)
        return super().items()


@forking
def test_fork_in_the_middle_of_a_batch(tmp_path):
    """By the thread that writes it: the batch of the parent is whole."""
    store = SQLiteStore(tmp_path / "errors.db")
    counters = _Forking({("route:/a", MINUTE): 1})
    counters.store = store
    store.apply(batch(1, NOW, counters=counters))
    assert counters.code == 0
    assert everything(store).counts == {"route:/a": 1}
    store.close()


def _path_of(connection) -> str:
    try:
        return connection.execute("PRAGMA database_list").fetchone()[2]
    except sqlite3.Error:  # it is closed
        return ""


def test_connection_of_a_parent_is_neither_used_nor_closed(tmp_path):
    """As seen from a child that has come by it; also when nobody has the store any more."""
    store = SQLiteStore(tmp_path / "errors.db")
    everything(store)
    store._owner = os.getpid() + 1
    store.renew()
    with pytest.raises(StorageError, match="forked while SQLite was at work"):
        everything(store)
    store.close()
    del store
    gc.collect()
    left = [each for each in gc.get_objects() if type(each) is sqlite3.Connection]
    (open_still,) = (each for each in left if str(tmp_path) in _path_of(each))
    open_still.close()


def test_renewing_without_a_fork_is_closing(tmp_path):
    """Nothing is lost that way, and nothing stays open."""
    store = SQLiteStore(tmp_path / "errors.db")
    store.apply(batch(1, NOW, counters={("route:/a", MINUTE): 1}))
    store.renew()
    assert everything(store).counts == {"route:/a": 1}
    store.close()
    assert [each.name for each in tmp_path.iterdir()] == ["errors.db"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_store_that_is_gone_is_not_paused(tmp_path):
    """Stores are held weakly."""
    store = SQLiteStore(tmp_path / "errors.db")
    everything(store)
    del store
    assert in_a_child(lambda: True) == 0


def test_store_that_is_gone_is_forgotten(tmp_path):
    """Nothing is left of stores that come and go."""
    before = len(sqlite_forks._kept)
    for _ in range(20):
        SQLiteStore(tmp_path / "errors.db")
        gc.collect()
    assert len(sqlite_forks._kept) <= before + 1


@forking
def test_many_start_at_once(tmp_path):
    """From no file at all: none is told that the file is another's, or that it is locked."""
    for turn in range(4):
        path = tmp_path / f"{turn}.db"
        start = os.pipe()
        children = []
        for each in range(8):
            child = os.fork()
            if not child:
                try:
                    os.close(start[1])
                    os.read(start[0], 1)
                    SQLiteStore(path).apply(batch(1, NOW, counts("BROKEN", NOW), worker=f"worker-{each}"))
                    os._exit(0)
                finally:
                    os._exit(1)
            children.append(child)
        os.close(start[0])
        os.close(start[1])
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count FROM groups").fetchall() == [(8,)]
