# SPDX-License-Identifier: MIT
"""Several processes share one Redis server: sums are exact, whoever is killed, stopped or forked meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis_server import PATIENCE, RedisServer, free_port
from redis_worker import batch_number
from store_batches import NOW, batch_of, counted

from errcore.errors import StorageError
from errcore.extras.redis import RedisStore
from errcore.monitor.windows import MINUTE, minute_of

WORKER = str(Path(__file__).with_name("redis_worker.py"))
AT = minute_of(NOW)


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[RedisStore]:
    """A store on an empty server."""
    found = RedisStore(redis_server.address)
    yield found
    found.close()


def started(address: str, name: str, many: int) -> subprocess.Popen[str]:
    """A worker that is at work."""
    command = [sys.executable, WORKER, address, name, str(many)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_four_workers_at_once(store: RedisStore, redis_server: RedisServer) -> None:
    """Four processes that write as fast as they can lose nothing and count nothing twice."""
    many = 150
    workers = [started(redis_server.address, f"w{each}", many) for each in range(4)]
    for worker in workers:
        worker.communicate(timeout=4 * PATIENCE)
        assert worker.returncode == 0
    seen = store.read(MINUTE, AT)

    assert seen.counts["request:ok:/"] == 4 * many * 3
    assert seen.counts["group:shared"] == seen.groups["shared"].count == 4 * many
    assert {name: seen.counts[f"group:{name}"] for name in seen.groups} == {
        name: group.count for name, group in seen.groups.items()
    }
    assert all(seen.groups[f"own-w{each}"].count == many for each in range(4))
    assert sum(seen.groups[f"turn-{each}"].count for each in range(7)) == 4 * many
    assert set(seen.workers) == {"w0", "w1", "w2", "w3"}
    assert 4 <= len(store.samples("shared")) <= 6


@pytest.mark.parametrize("told", [1, 30])
def test_killed_worker(told: int, store: RedisStore, redis_server: RedisServer) -> None:
    """A worker that is killed has counted all that it was told was applied, and at most what was under way."""
    worker = started(redis_server.address, "w0", 100_000)
    assert worker.stdout is not None
    for _ in range(told):
        worker.stdout.readline()
    worker.kill()
    last = int((worker.stdout.read().split() or [told])[-1])
    worker.stdout.close()
    worker.wait(PATIENCE)
    count = store.read(MINUTE, AT).groups["shared"].count

    assert count in {last, last + 1}
    # Whether the last one was applied or not: told again, it counts once.
    store.apply(batch_number("w0", last + 1))
    seen = store.read(MINUTE, AT)
    assert seen.groups["shared"].count == seen.counts["group:shared"] == last + 1
    assert seen.counts["request:ok:/"] == (last + 1) * 3


def test_server_that_is_stopped_meanwhile(store: RedisStore, redis_server: RedisServer) -> None:
    """What a server got before it was stopped and does when it goes on counts once, though it is told again."""
    store.apply(batch_of(counters={("route:/a", AT): 1}, worker="w1"))
    batch = batch_of(counters={("route:/a", AT): 10}, worker="w1", number=2)
    redis_server.pause()
    try:
        for _ in range(2):  # the first is on its way, the second may be as well
            with pytest.raises(StorageError, match="did not answer in time"):
                store.apply(batch)
    finally:
        redis_server.resume()
    with redis_server.client() as client:
        client.ping()
    store.apply(batch)

    assert store.read(MINUTE, AT).counts == {"route:/a": 11}


def test_workers_go_on_after_a_stop(store: RedisStore, redis_server: RedisServer) -> None:
    """Workers whose server stops in the middle, and then goes on, have counted everything once."""
    many = 60
    workers = [started(redis_server.address, f"w{each}", many) for each in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        for _ in range(10):
            worker.stdout.readline()
    redis_server.pause()
    time.sleep(0.3)  # longer than they are patient: whatever was under way is without an answer
    redis_server.resume()
    for worker in workers:
        worker.communicate(timeout=4 * PATIENCE)
        assert worker.returncode == 0
    seen = store.read(MINUTE, AT)

    assert seen.counts["request:ok:/"] == 2 * many * 3
    assert seen.counts["group:shared"] == seen.groups["shared"].count == 2 * many


def test_forked_child_has_its_own_connection(store: RedisStore) -> None:
    """A child connects for itself, and the parent's connection is neither used nor closed by it."""
    store.apply(batch_of(counted("a"), worker="parent"))
    (connection,) = store._client.connection_pool._available_connections
    child = os.fork()
    if child == 0:
        store.renew()
        for number in range(1, 20):
            store.apply(batch_of(counted("a"), worker="child", number=number))
        store.close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    store.apply(batch_of(counted("a"), worker="parent", number=2))

    assert os.waitstatus_to_exitcode(status) == 0
    assert store.read(MINUTE, AT).groups["a"].count == 21
    assert store._client.connection_pool._available_connections == [connection]


def test_cluster(tmp_path: Path) -> None:
    """All keys are on one node of a Redis Cluster, and its client is as good as any."""
    server = RedisServer(tmp_path, **{"cluster-enabled": "yes", "cluster-port": str(free_port())})
    try:
        with server.client() as client:
            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
            deadline = time.monotonic() + PATIENCE
            while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                assert time.monotonic() < deadline
                time.sleep(0.05)
        cluster = redis.RedisCluster(host="127.0.0.1", port=server.port, protocol=2)
        store = RedisStore(cluster, most_groups=2)
        for number in range(1, 4):
            store.apply(batch_of(*map(counted, "abc"), number=number))
        store.purge(NOW)
        seen = store.read(MINUTE, AT)
        cluster.close()
    finally:
        server.kill()

    assert sum(seen.counts.values()) == sum(group.count for group in seen.groups.values()) == 9
