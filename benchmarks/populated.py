# SPDX-License-Identifier: MIT
"""The process of one column of a population: `python -m benchmarks.populated <module> <column> <keys> <looks>`.

It fills the column with keys, goes on with one hit per millisecond, and tells as one line of JSON what that took.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

__all__ = ["main"]

_LOOK = 0.1  # seconds
_PAUSE = 0.001
_STRIDE = 7919  # a prime, so that the keys are hit in no order


def _resident() -> int:
    """Bytes of memory that the process has, or its most where only that is known."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def main(module: str, column: str, keys: int, looks: int) -> None:
    """Fill, watch, tell."""
    hit = import_module(module).columns(keys)[column]()
    names = [f"client-{number}" for number in range(keys)]
    gc.collect()
    gc.disable()  # or it would walk over all of it, again and again
    before = _resident()
    for name in names:
        hit(name)
    per_key = (_resident() - before) / keys
    gc.freeze()
    points, place = [], 0
    for _ in range(looks):
        begun, used = time.monotonic(), time.process_time()
        while time.monotonic() - begun < _LOOK:
            hit(names[place])
            place = (place + _STRIDE) % keys
            time.sleep(_PAUSE)
        points.append((time.process_time() - used) / (time.monotonic() - begun) * 100)
    print(json.dumps({"bytes_per_key": per_key, "points": points, "threads": threading.active_count()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
