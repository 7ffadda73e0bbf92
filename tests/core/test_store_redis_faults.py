# SPDX-License-Identifier: MIT
"""A Redis server that is gone, stuck, closed, full, new or read-only: an error soon, and no count is lost or doubled."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redis_server import RedisServer, free_port
from store_batches import NOW, batch_of, counted

from errcore.errors import StorageError
from errcore.extras.redis import RedisStore
from errcore.monitor.groups import GroupState
from errcore.monitor.windows import HOUR, MINUTE, minute_of

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "count-with-redis.md"
AT = minute_of(NOW)
SOON = 0.5  # seconds: a tenth, and patience with a busy machine
CALLS: dict[str, Callable[[RedisStore], Any]] = {
    "apply": lambda store: store.apply(batch_of(counted("a"), number=99)),
    "apply requests": lambda store: store.apply(batch_of(counters={("route:/a", AT): 1}, number=99)),
    "read": lambda store: store.read(MINUTE, 0),
    "read hours": lambda store: store.read(HOUR, 0),
    "samples": lambda store: store.samples("a"),
    "set_state": lambda store: store.set_state("a", GroupState.MUTED, NOW),
    "purge": lambda store: store.purge(NOW + 90 * 24 * HOUR),
}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What ends with the test."""
    with ExitStack() as found:
        yield found


@contextmanager
def refusing(error: type[Exception], why: str) -> Iterator[None]:
    """What happens here is an error of the store that says why, without an address, and has that of the client as its cause."""
    with pytest.raises(
        StorageError, match=f"^Cannot keep counts in Redis, because .*{why}.*; .*[.]$"
    ) as refused:
        yield
    assert type(refused.value.__cause__) is error
    assert not re.search("127.0.0.1|hunter2", f"{refused.value!r} {refused.value}")


def soon(store: RedisStore, error: type[Exception], why: str) -> None:
    """Every call raises that error, and none of them takes long."""
    for name, call in CALLS.items():
        began = time.monotonic()
        with refusing(error, why):
            call(store)
        assert time.monotonic() - began < SOON, name


def test_nobody_listens(stack: ExitStack) -> None:
    """A refused connection is told at once."""
    store = RedisStore(f"redis://127.0.0.1:{free_port()}")
    stack.callback(store.close)

    soon(store, redis.ConnectionError, "cannot be reached")


def test_nobody_answers(stack: ExitStack) -> None:
    """Somebody who takes the connection and says nothing is waited for a tenth of a second."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
    store = RedisStore(f"redis://127.0.0.1:{listener.getsockname()[1]}")
    stack.callback(store.close)

    soon(store, redis.TimeoutError, "did not answer in time")


def test_connections_lead_nowhere(stack: ExitStack) -> None:
    """A host that swallows what it is sent is waited for a tenth of a second."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    address = listener.getsockname()
    for _ in range(8):  # a full queue: the system drops what would be one more connection
        filling = stack.enter_context(socket.socket())
        filling.setblocking(False)
        filling.connect_ex(address)
    store = RedisStore(f"redis://127.0.0.1:{address[1]}")
    stack.callback(store.close)

    soon(store, redis.TimeoutError, "did not answer in time")


def test_server_is_stuck(redis_server: RedisServer, stack: ExitStack) -> None:
    """A server that stands still is waited for a tenth of a second, on old connections and on new ones."""
    store = RedisStore(redis_server.address)
    stack.callback(store.close)
    store.apply(batch_of(counted("a")))
    redis_server.pause()
    stack.callback(redis_server.resume)

    soon(store, redis.TimeoutError, "did not answer in time")


def test_connections_are_cut(redis_server: RedisServer, stack: ExitStack) -> None:
    """A connection that was closed meanwhile is replaced without anybody noticing."""
    store = RedisStore(redis_server.address)
    stack.callback(store.close)
    store.apply(batch_of(counted("a")))
    client = stack.enter_context(redis_server.client())
    client.client_kill_filter(_type="normal", skipme=True)
    store.apply(batch_of(counted("a"), number=2))

    assert store.read(MINUTE, 0).groups["a"].count == 2


def test_wrong_password(tmp_path: Path, stack: ExitStack) -> None:
    """A server that does not know the password is told at once, and nothing shows the one that was tried."""
    server = RedisServer(tmp_path, requirepass="sesame")
    stack.callback(server.kill)
    wrong = RedisStore(f"redis://:hunter2@127.0.0.1:{server.port}")
    stack.callback(wrong.close)
    none = RedisStore(f"redis://127.0.0.1:{server.port}")
    stack.callback(none.close)
    right = RedisStore(server.address)
    stack.callback(right.close)
    right.apply(batch_of(counted("a")))

    soon(wrong, redis.AuthenticationError, "does not know these credentials")
    soon(none, redis.AuthenticationError, "does not know these credentials")
    assert right.read(MINUTE, 0).counts == {"group:a": 1}


def test_few_rights_are_enough(redis_server: RedisServer, stack: ExitStack) -> None:
    """A user with no more rights than the documentation names can do everything."""
    told = PAGE.read_text(encoding="utf-8").partition("A worker needs the rights to ")[2].partition(" on ")[0]
    client = stack.enter_context(redis_server.client())
    rights = [f"+{name.lower()}" for name in re.findall("[A-Z]+", told)]
    client.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">hunter2", "~{orders}:*", *rights)
    stack.callback(client.execute_command, "ACL", "DELUSER", "ann")
    store = RedisStore(f"redis://ann:hunter2@127.0.0.1:{redis_server.port}", prefix="orders:")
    stack.callback(store.close)
    for call in CALLS.values():
        call(store)

    assert len(rights) == 18
    assert store.read(MINUTE, 0).counts == {}


def test_started_again_with_nothing(tmp_path: Path, stack: ExitStack) -> None:
    """A server that forgot everything counts from then on, under the numbers that workers are at, and nothing twice."""
    server = RedisServer(tmp_path)
    stack.callback(server.kill)
    store = RedisStore(server.address)
    stack.callback(store.close)
    for number in range(1, 6):
        store.apply(batch_of(counted("a"), number=number))
    server.kill()
    with refusing(redis.ConnectionError, "cannot be reached"):
        store.apply(batch_of(counted("a", 10), number=6))
    server.start()
    for number in (6, 6, 7):
        store.apply(batch_of(counted("a", 10), number=number))
    seen = store.read(MINUTE, 0)

    assert seen.counts == {"group:a": 20}
    assert seen.groups["a"].count == 20


def test_read_only_replica(redis_server: RedisServer, tmp_path: Path, stack: ExitStack) -> None:
    """A replica can be read; what it refuses to write is an error, and nothing is written."""
    store = RedisStore(redis_server.address)
    stack.callback(store.close)
    store.apply(batch_of(counted("a")))
    stack.enter_context(redis_server.client()).config_set("repl-diskless-sync-delay", "0")
    server = RedisServer(tmp_path, replicaof=f"127.0.0.1 {redis_server.port}")
    stack.callback(server.kill)
    replica = RedisStore(server.address)
    stack.callback(replica.close)
    client = stack.enter_context(server.client())
    deadline = time.monotonic() + 20
    while client.hlen("{errcore}:groups") != 1:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    for name in ("apply", "apply requests", "set_state", "purge"):
        with refusing(redis.ReadOnlyError, "only lets itself be read"):
            CALLS[name](replica)
    assert replica.read(MINUTE, 0).counts == {"group:a": 1}


def test_full(redis_server: RedisServer, stack: ExitStack) -> None:
    """A server without memory refuses a batch as a whole, and takes it when there is room again."""
    store = RedisStore(redis_server.address)
    stack.callback(store.close)
    store.apply(batch_of(counted("a")))
    client = stack.enter_context(redis_server.client())
    batch = batch_of(counted("a"), number=2, counters={("route:/a", AT): 1})
    client.config_set("maxmemory", "1")
    stack.callback(client.config_set, "maxmemory", "0")
    for refused in (batch, batch_of(number=2, counters=batch.counters)):
        with refusing(redis.OutOfMemoryError, "no room for more"):
            store.apply(refused)
    assert store.read(MINUTE, 0).counts == {"group:a": 1}
    store.purge(NOW)

    client.config_set("maxmemory", "0")
    store.apply(batch)
    assert store.read(MINUTE, 0).counts == {"group:a": 2, "route:/a": 1}


def test_forgotten_script(redis_server: RedisServer, stack: ExitStack) -> None:
    """A server that no longer has the script gets it again."""
    store = RedisStore(redis_server.address)
    stack.callback(store.close)
    client = stack.enter_context(redis_server.client())
    for number in (1, 2):
        client.script_flush()
        store.apply(batch_of(counted("a"), number=number))

    assert store.read(MINUTE, 0).counts == {"group:a": 2}
