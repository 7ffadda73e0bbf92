# SPDX-License-Identifier: MIT
"""A worker that tells a Redis server what it counted, batch after batch, and prints the number of each that was applied.

Its arguments: the address, its name, how many batches.
"""

from __future__ import annotations

import sys

from store_batches import NOW, batch_of, counted, sampled

from errcore.errors import StorageError
from errcore.extras.redis import RedisStore
from errcore.monitor.batches import Batch
from errcore.monitor.windows import minute_of


def batch_number(worker: str, number: int) -> Batch:
    """What it counts: a group that all workers have, one of its own, one in turn; a request; now and then a sample."""
    groups = [counted("shared"), counted(f"own-{worker}"), counted(f"turn-{number % 7}")]
    samples = (sampled(f"{worker}-{number}", "shared"),) if number % 10 == 0 else ()
    counters = {("request:ok:/", minute_of(NOW)): 3}
    return batch_of(*groups, worker=worker, number=number, counters=counters, samples=samples)


def main(address: str, worker: str, many: int) -> None:
    """Apply all of them; one that was not applied is tried again, as the monitor does."""
    store = RedisStore(address)
    for number in range(1, many + 1):
        while True:
            try:
                store.apply(batch_number(worker, number))
            except StorageError:
                continue
            break
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
