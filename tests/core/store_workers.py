# SPDX-License-Identifier: MIT
"""What processes do that tests of stores start anew."""

from __future__ import annotations

from errcore.errors.dependencies import StorageError
from errcore.monitor.stores.sqlite import SQLiteStore
from errcore.testing.stores.material import batch, counts

NOW = 1_700_000_000.0
_TRIES = 100


def tell(path: str, worker: str, batches: int) -> None:
    """Tell batches as fast as can be, each until it was taken."""
    store = SQLiteStore(path)
    for number in range(1, batches + 1):
        told = batch(
            number,
            NOW + number,
            counts("BROKEN", NOW + number, 2),
            counts(worker, NOW + number),
            counters={("route:/a", int(NOW // 60)): 3},
            worker=worker,
        )
        for _ in range(_TRIES):
            try:
                store.apply(told)
                break
            except (
                StorageError
            ):  # others write all the time; there is nothing that a worker loses by telling it again
                continue
    store.close()
