# SPDX-License-Identifier: MIT
"""Programs that tests of the monitor start: `python monitored_processes.py NAME FILE`; what a store is told goes to FILE."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from errcore.monitor import Batch, GroupChanged, MemoryStore, Monitor


class FileStore(MemoryStore):
    """Appends what it is told to a file, a line for each batch."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        """Write it down."""
        line = f"{os.getpid()} {batch.worker} {batch.number} {sum(counts.total for counts in batch.groups)}\n"
        with Path(self._path).open("a") as file:
            file.write(line)
        return super().apply(batch)


def exits(path: str) -> None:
    """Ends by itself right after it has counted."""
    monitor = Monitor(FileStore(path), flush_every=3600.0)
    monitor.capture(ValueError("x"))


def fails(path: str) -> None:
    """Ends in an exception."""
    exits_later = Monitor(FileStore(path), flush_every=3600.0)
    exits_later.capture(ValueError("x"))
    raise SystemExit(3)


def store_was_away(path: str) -> None:
    """The store fails, and is there again when the program ends, within the pause."""

    class Away(FileStore):
        away = True

        def apply(self, batch: Batch) -> Sequence[GroupChanged]:
            if self.away:
                raise OSError("away")
            return super().apply(batch)

    store = Away(path)
    monitor = Monitor(store, flush_every=3600.0)
    monitor.capture(ValueError("x"))
    monitor.flush()
    store.away = False
    globals()["kept"] = monitor


def forks(path: str) -> None:
    """Counts, forks, and counts in both: the child's thread starts with its own first count."""
    monitor = Monitor(FileStore(path), flush_every=0.01)
    monitor.capture(ValueError("before"))  # not told yet, perhaps: it is the parent's
    children = []
    for _ in range(3):
        child = os.fork()
        if not child:
            monitor.capture(ValueError("in the child"))
            told = monitor.store_status.last_write
            deadline = time.monotonic() + 20.0
            while told is None and time.monotonic() < deadline:
                time.sleep(0.005)
                told = monitor.store_status.last_write
            os._exit(0 if told is not None else 1)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    monitor.capture(ValueError("after"))
    monitor.close()
    sys.exit(max(codes))


def multiprocesses(path: str) -> None:
    """Counts, and so do forked children of multiprocessing, which leave past atexit."""
    import multiprocessing

    monitor = Monitor(FileStore(path), flush_every=3600.0)
    monitor.capture(ValueError("before"))
    for _ in range(2):
        child = multiprocessing.get_context("fork").Process(
            target=monitor.capture, args=(ValueError("in the child"),)
        )
        child.start()
        child.join()


def fork_storm(path: str) -> None:
    """A thread counts all the time while children are forked that count, are told and end."""
    import threading

    monitor = Monitor(FileStore(path), flush_every=0.01)
    done = threading.Event()

    def loop() -> None:
        while not done.is_set():
            monitor.capture(ValueError("in the loop"))
            monitor.count_request("/a", 500, 0.1)

    thread = threading.Thread(target=loop)
    thread.start()
    codes = []
    for _ in range(30):
        child = os.fork()
        if not child:
            monitor.capture(ValueError("in the child"))
            os._exit(0 if monitor.flush() else 1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    done.set()
    thread.join()
    monitor.close()
    sys.exit(max(codes))


def signals(path: str) -> None:
    """A handler of a signal captures and flushes again and again, while the thread flushes; how many there were, beside FILE."""
    import signal

    monitor = Monitor(FileStore(path), flush_every=0.01)
    handled, busy = 0, False

    def handle(*_: object) -> None:
        nonlocal handled, busy
        if not busy:
            busy = True
            monitor.flush()
            monitor.capture(ValueError("in a handler"))
            handled += 1
            busy = False

    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    work = 0
    while handled < 300:
        monitor.capture(ValueError("work"))
        work += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    monitor.close()
    Path(f"{path}.captured").write_text(str(work + handled))


def is_collected(path: str) -> None:
    """A monitor that is forgotten takes its thread with it."""
    import threading

    monitor = Monitor(FileStore(path), flush_every=0.01)
    monitor.capture(ValueError("x"))
    (thread,) = [each for each in threading.enumerate() if each.name == "errcore-monitor"]
    del monitor
    gc.collect()
    thread.join(20.0)
    sys.exit(thread.is_alive())


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
