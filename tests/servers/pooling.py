# SPDX-License-Identifier: MIT
"""A process whose children of multiprocessing count something and end without a word; see test_forks.py."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from errcore import ConflictError, NotFoundError
from errcore.monitor import Monitor

_CHILDREN = 3
_made: dict[str, Monitor] = {}


def fail(store: str) -> None:
    """Count one, in the monitor of this process or in one that is inherited."""
    if store not in _made:
        _made[store] = Monitor(store, flush_every=60.0)  # so that only the end of the process tells
    _made[store].capture(ConflictError())


def main(store: str, method: str) -> None:
    """Let processes of both sorts run: one task each, and a pool of them."""
    if method == "fork":
        _made[store] = Monitor(store, flush_every=60.0)
        _made[store].capture(NotFoundError())
    context = multiprocessing.get_context(method)
    processes = [context.Process(target=fail, args=(store,)) for _ in range(_CHILDREN)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(fail, [store] * _CHILDREN))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
