# SPDX-License-Identifier: MIT
"""A process with a busy monitor that forks again and again; see test_forks.py."""

from __future__ import annotations

import json
import os
import sys
import threading
import time

from errcore import ConflictError, NotFoundError
from errcore.monitor import Monitor

_ALIVE = 8  # children at a time
_TIMES = 3


def main(store: str, children: int) -> None:
    """Capture in a thread while so many children are forked, each of which captures, tells and ends."""
    monitor = Monitor(store)
    over = threading.Event()
    captured = 0

    def capture() -> None:
        nonlocal captured
        while not over.is_set():
            monitor.capture(NotFoundError())
            captured += 1
            if captured % 20 == 0:
                time.sleep(0.001)

    thread = threading.Thread(target=capture)
    thread.start()
    alive: set[int] = set()
    failed = 0
    for number in range(children):
        pid = os.fork()
        if pid == 0:
            run_child(monitor)
        alive.add(pid)
        while len(alive) >= _ALIVE or (alive and number == children - 1):
            ended, status = os.wait()
            alive.discard(ended)
            failed += status != 0
    over.set()
    thread.join()
    monitor.close()
    told = not monitor.store_status.degraded
    json.dump({"captured": captured, "failed": failed, "told": told}, sys.stdout)


def run_child(monitor: Monitor) -> None:
    """Count, tell, and end as forked workers do."""
    status = 1
    try:
        for _ in range(_TIMES):
            monitor.capture(ConflictError())
        status = int(not monitor.flush())
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
