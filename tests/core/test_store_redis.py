# SPDX-License-Identifier: MIT
"""Counts in a real Redis server are those that the memory store would have; what is there ends by itself."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis_server import RedisServer
from store_batches import NOW, batch_of, batches_by_chance, counted, sampled

from errcore import ConfigurationError, clock
from errcore.errors import StorageError
from errcore.extras.redis import RedisStore, open_store
from errcore.monitor import stores
from errcore.monitor.groups import GroupState
from errcore.monitor.stores import MemoryStore, Scope
from errcore.monitor.windows import HOUR, MINUTE, minute_of
from errcore.redaction import default_redactor
from errcore.testing import FakeClock

AT = minute_of(NOW)
DAY = 24 * HOUR


@pytest.fixture
def store(redis_server: RedisServer, fake: FakeClock) -> Iterator[RedisStore]:
    """A store on an empty server, with room for four groups."""
    found = RedisStore(redis_server.address, most_groups=4)
    yield found
    found.close()


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[Any]:
    """Somebody else on the server."""
    with redis_server.client() as found:
        yield found


class Between:
    """A client with which something else happens before each script: what other workers do meanwhile."""

    def __init__(self, client: Any, happens: Callable[[], object]) -> None:
        self._client = client
        self._happens = happens
        self.eval = client.eval
        self.pipeline = client.pipeline

    def evalsha(self, *arguments: Any) -> Any:
        self._happens()
        return self._client.evalsha(*arguments)


@pytest.mark.parametrize("seed", range(6))
def test_same_as_in_memory(seed: int, store: RedisStore) -> None:
    """Whatever is applied, twice or once, both stores have the same groups, counts, samples and workers."""
    memory = MemoryStore(most_groups=4)
    for batch in batches_by_chance(seed, many=40, names=6):
        with clock.using(FakeClock(seed=seed)):
            expected = memory.apply(batch)
        with clock.using(FakeClock(seed=seed)):
            changed = store.apply(batch)

        assert sorted(changed, key=repr) == sorted(expected, key=repr)
    for width in (MINUTE, HOUR):
        for first in (0, AT * MINUTE // width, AT * MINUTE // width + 30, AT * MINUTE // width + 300):
            assert store.read(width, first) == memory.read(width, first)
    for group in memory.read(HOUR, 0).groups:
        mine, theirs = store.samples(group), memory.samples(group)
        assert sorted(mine, key=lambda record: record.id) == sorted(theirs, key=lambda record: record.id)


def test_shared_by_workers(store: RedisStore, redis_server: RedisServer) -> None:
    """What one worker applies, another one reads, and the cluster is told as the scope."""
    store.apply(batch_of(counted("a", 3), worker="w1"))
    other = RedisStore(f"unix://{redis_server.socket}?db=0")
    other.apply(batch_of(counted("a", 2), worker="w2", counters={("route:/a", AT): 5}))
    other.close()
    seen = store.read(MINUTE, AT)

    assert seen.counts == {"group:a": 5, "route:/a": 5}
    assert seen.groups["a"].count == 5
    assert seen.workers == {"w1": NOW, "w2": NOW}
    assert store.scope is Scope.CLUSTER


def test_overtaken_reads_again(store: RedisStore, client: Any) -> None:
    """A batch is folded anew if another worker changed a group between reading and writing."""
    others = iter(range(2, 5))

    def meanwhile() -> None:
        for number in others:
            store.apply(batch_of(counted("a"), worker="quick", number=number))
            return

    slow = RedisStore(Between(client, meanwhile))
    changed = slow.apply(batch_of(counted("a"), worker="slow"))
    slow.close()

    assert changed == []  # the others brought it
    assert store.read(MINUTE, AT).counts == {"group:a": 4}
    assert store.read(MINUTE, AT).groups["a"].count == 4


def test_overtaken_each_time(store: RedisStore, client: Any, fake: FakeClock) -> None:
    """Whoever is overtaken again and again gives up after a moment, and nothing of theirs was written."""
    numbers = iter(range(2, 1000))
    store.apply(batch_of(counted("a")))
    slow = RedisStore(
        Between(client, lambda: store.apply(batch_of(counted("a"), worker="quick", number=next(numbers))))
    )

    with pytest.raises(StorageError, match="8 times in a row"):
        slow.apply(batch_of(counted("b"), worker="slow"))
    with pytest.raises(StorageError, match="say something"):
        slow.set_state("a", GroupState.MUTED, NOW)
    with pytest.raises(StorageError, match="forget"):
        slow.purge(NOW + 90 * DAY)

    assert "b" not in store.read(MINUTE, AT).groups
    assert store.read(MINUTE, AT).groups["a"].state == "open"
    assert sum(fake.sleeps) < 0.4


def test_requests_are_never_overtaken(store: RedisStore, client: Any, fake: FakeClock) -> None:
    """A batch without errors depends on nothing that others change, so it is written at once."""
    numbers = iter(range(2, 1000))
    busy = RedisStore(
        Between(client, lambda: store.apply(batch_of(counted("a"), worker="quick", number=next(numbers))))
    )
    busy.apply(batch_of(counters={("request:ok:/", AT): 7}))

    assert store.read(MINUTE, AT).counts["request:ok:/"] == 7
    assert fake.sleeps == []


def test_counts_of_an_earlier_stay_are_the_others(store: RedisStore) -> None:
    """A group that had to go and comes back has what was counted since; what was before stays with the others."""
    for number, name in enumerate("abcd", 1):
        store.apply(batch_of(counted(name, 5), number=number))
    late = NOW + 2 * HOUR
    store.apply(batch_of(counted("e", time=late), number=5, time=late))  # the place of one of them
    gone = next(name for name in "abcd" if name not in store.read(HOUR, 0).groups)
    store.apply(batch_of(counted(gone, 2, time=late), number=6, time=late))
    seen = store.read(HOUR, 0)

    assert seen.groups[gone].count == seen.counts[f"group:{gone}"] == 2
    assert seen.groups["_overflow"].count == seen.counts["group:_overflow"] == 10
    assert sum(seen.counts.values()) == 23


def test_place_that_is_free_is_taken(store: RedisStore, client: Any) -> None:
    """The others take none."""
    store.apply(batch_of(*map(counted, "abcde")))
    assert set(store.read(MINUTE, 0).groups) == {*"abcd", "_overflow"}
    client.hdel("{errcore}:groups", "a")
    store.apply(batch_of(counted("f"), number=2))

    assert set(store.read(MINUTE, 0).groups) == {*"bcdf", "_overflow"}


def test_state_is_kept(store: RedisStore) -> None:
    """What is said of a group is there for every worker; of one that there is not, nothing can be said."""
    store.apply(batch_of(counted("a")))

    assert store.set_state("b", GroupState.MUTED, NOW) is None
    said = store.set_state("a", GroupState.RESOLVED, NOW)
    assert said is not None and said.state == "resolved"
    assert store.read(MINUTE, 0).groups["a"] == said


def test_everything_ends(store: RedisStore, client: Any) -> None:
    """Each key has a time after which the server forgets it, and none waits longer than 37 days."""
    store.apply(batch_of(counted("a"), counters={("route:/a", AT): 1}, samples=(sampled("s"),)))
    left = {key.decode(): client.ttl(key) for key in client.keys("*")}

    assert {key.split(":")[1] for key in left} == {
        "buckets", "counts", "groups", "samples", "version", "workers",
    }  # fmt: skip
    assert all(key.startswith("{errcore}:") for key in left)
    assert all(0 < seconds <= 37 * DAY for seconds in left.values())
    assert 48 * HOUR < left["{errcore}:samples:a"] <= 50 * HOUR
    assert all(
        seconds > (2 * HOUR if ":counts:60:" in key else 48 * HOUR if "workers" in key else 35 * DAY)
        for key, seconds in left.items()
        if ":samples:" not in key
    )
    assert left[f"{{errcore}}:counts:60:{AT}"] <= 4 * HOUR


def test_purge_forgets(store: RedisStore, client: Any) -> None:
    """Old samples, workers, minutes, hours and groups go, each in its time; in the end nothing but a number is left."""
    store.apply(batch_of(counted("a"), samples=(sampled("s"),)))
    later = NOW + 3 * DAY
    store.apply(
        batch_of(counted("a", time=later), worker="w2", time=later, samples=(sampled("t", time=later),))
    )
    store.purge(later)
    seen = store.read(HOUR, 0)

    assert [record.id for record in store.samples("a")] == ["t"]
    assert seen.workers == {"w2": later}
    assert seen.counts == {"group:a": 2}
    assert store.read(MINUTE, AT + 1).counts == {"group:a": 1}
    assert not client.exists(f"{{errcore}}:counts:60:{AT}")

    # The first hour of the first day is forgotten before its day is.
    store.purge(NOW + 35 * DAY + 2 * HOUR)
    assert store.read(HOUR, 0).counts == {"group:a": 1}

    store.purge(NOW + 50 * DAY)
    assert store.read(HOUR, 0).counts == store.read(HOUR, 0).groups == {}
    assert client.keys("*") == [b"{errcore}:version"]


def test_purge_spares_a_day_of_which_an_hour_is_kept(store: RedisStore) -> None:
    """Whichever hour of the day is the first one that is."""
    day = NOW // DAY * DAY + DAY
    store.apply(batch_of(counters={("route:/a", minute_of(day + each * HOUR)): 1 for each in (0, 5)}))
    for hours in range(35 * 24 - 3, 35 * 24 + 5):
        store.purge(day + hours * HOUR)
        assert store.read(HOUR, int(day // HOUR) + 1).counts == {"route:/a": 1}
        assert store.read(HOUR, int(day // HOUR)).counts == {"route:/a": 2 if hours <= 35 * 24 + 1 else 1}


def test_purge_spares_a_worker_that_is_back(store: RedisStore, client: Any) -> None:
    """A worker that tells something while it is about to be forgotten is remembered, so nothing of it counts twice."""
    store.apply(batch_of(counters={("route:/a", AT): 1}))
    back = batch_of(counters={("route:/a", AT): 1}, number=2, time=NOW + 9 * DAY)
    purging = RedisStore(Between(client, lambda: store.apply(back)))
    purging.purge(NOW + 9 * DAY)
    store.apply(back)

    assert store.read(HOUR, 0).workers == {"w1": NOW + 9 * DAY}
    assert store.read(HOUR, 0).counts == {"route:/a": 2}


def test_prefixes_are_apart(store: RedisStore, redis_server: RedisServer) -> None:
    """Services with prefixes of their own share a server and nothing else; an address can name one."""
    named = open_store(f"{redis_server.address}?prefix=orders:")
    named.apply(batch_of(counted("a")))
    same = RedisStore(redis_server.address, prefix="orders")

    assert store.read(MINUTE, 0).counts == {}
    assert same.read(MINUTE, 0).counts == {"group:a": 1}
    for each in (named, same):
        each.close()


def test_client_of_texts(redis_server: RedisServer, fake: FakeClock) -> None:
    """A client may have been told to give texts; it is the caller's to close."""
    with redis_server.client(decode_responses=True) as client:
        store = RedisStore(client)
        store.apply(batch_of(counted("a"), samples=(sampled("s"),)))
        store.renew()
        store.close()

        assert store.read(MINUTE, 0).counts == {"group:a": 1}
        assert [record.id for record in store.samples("a")] == ["s"]
        assert store.set_state("a", GroupState.MUTED, NOW) is not None
        store.purge(NOW)


def test_goes_on_after_close(store: RedisStore) -> None:
    """Closing twice is fine, and who asks afterwards connects again."""
    store.apply(batch_of(counted("a")))
    store.close()
    store.close()

    assert store.read(MINUTE, 0).counts == {"group:a": 1}


def test_close_lets_go_of_connections(store: RedisStore, client: Any) -> None:
    """The server has room for others."""
    before = len(client.client_list())
    store.apply(batch_of(counted("a")))
    assert len(client.client_list()) == before + 1
    store.close()
    deadline = time.monotonic() + 10
    while len(client.client_list()) > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_renewed_store_leaves_the_old_connection_alone(store: RedisStore) -> None:
    """What a child does not need any more is still somebody's."""
    store.apply(batch_of(counted("a")))
    old = store._client
    store.renew()
    (connection,) = old.connection_pool._available_connections

    assert store.read(MINUTE, 0).counts == {"group:a": 1}
    connection.send_command("PING")
    assert connection.read_response() == b"PONG"
    assert store._client is not old
    old.close()


def test_address_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where redis-py is missing, whoever names an address is told what to install."""
    for name in [each for each in sys.modules if each.startswith("errcore.extras.redis")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(
        ConfigurationError, match=r"redis://, because redis is not .*'errcore\[redis\]'"
    ) as refused:
        stores.open_store("redis://:hunter2@host")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix"])
def test_address_of_a_runtime(scheme: str) -> None:
    """Each of the schemes leads here, and nothing is connected yet."""
    assert type(stores.open_store(f"{scheme}://localhost/0")).__name__ == "RedisStore"


def test_names_of_any_signs(store: RedisStore) -> None:
    """Half a character in a name is a question mark, and no batch is lost by it."""
    store.apply(batch_of(counters={("route:/\ud800", AT): 1, ("route:/é", AT): 1}))

    assert store.read(MINUTE, 0).counts == {"route:/?": 1, "route:/é": 1}
    assert store.samples("\ud800") == []
    assert store.set_state("\ud800", GroupState.MUTED, NOW) is None


NO_GROUPS = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[" * 100_000,
    b'{"group": []}',
    b"1" * 5000,
    {"count": "many"},
    {"count": True},
    {"last_seen": "soon"},
    {"last_seen": float("nan")},
    {"state": "on fire"},
    {"state_since": "then"},
    {"variants": [1]},
    {"variants": {"t": "x"}},
    {"releases": [1]},
    {"releases": 7},
    {"facts": {}},
    {"facts": {"code": 7}},
    {"facts": {"service": 7}},
]


@pytest.mark.parametrize("content", NO_GROUPS, ids=lambda content: repr(content)[:30])
def test_what_is_no_group_is_none(content: Any, store: RedisStore, client: Any) -> None:
    """Rubbish in the place of a group is passed over, and the next errors put a group there again."""
    store.apply(batch_of(counted("a")))
    store.apply(batch_of(counted("b"), number=2))
    if isinstance(content, dict):
        document = json.loads(client.hget("{errcore}:groups", "a"))
        for name, value in content.items():
            document["group"][name] = (
                {**document["group"]["facts"], **value} if value and name == "facts" else value
            )
        content = json.dumps(document)
    client.hset("{errcore}:groups", "a", content)

    assert set(store.read(MINUTE, 0).groups) == {"b"}
    store.apply(batch_of(counted("a", 2), number=3))
    assert store.read(MINUTE, 0).groups["a"].count == 2
    client.hset("{errcore}:groups", "a", content)
    store.purge(NOW)
    assert client.hkeys("{errcore}:groups") == [b"b"]


@pytest.mark.parametrize("moment", ["soon", float("nan"), None])
def test_slots_that_are_none(moment: Any, store: RedisStore, client: Any) -> None:
    """A group whose samples have no times is none, and its samples go with it."""
    store.apply(batch_of(counted("a"), samples=(sampled("s"),)))
    document = json.loads(client.hget("{errcore}:groups", "a"))
    document["slots"]["0"] = moment
    client.hset("{errcore}:groups", "a", json.dumps(document))

    assert store.read(MINUTE, 0).groups == {}
    store.purge(NOW)
    assert client.hkeys("{errcore}:groups") == []
    assert store.samples("a") == []


def test_members_of_a_newer_version_are_passed_over(store: RedisStore, client: Any) -> None:
    """A worker that is not yet replaced reads what a newer one wrote."""
    store.apply(batch_of(counted("a")))
    document = json.loads(client.hget("{errcore}:groups", "a"))
    document["mood"] = document["group"]["mood"] = document["group"]["facts"]["mood"] = "new"
    client.hset("{errcore}:groups", "a", json.dumps(document))
    store.apply(batch_of(counted("a"), number=2))

    assert store.read(MINUTE, 0).groups["a"].count == 2


def test_rubbish_among_the_rest(store: RedisStore, client: Any) -> None:
    """Counts, samples, workers and buckets that are none are passed over."""
    store.apply(batch_of(counted("a"), counters={("route:/a", AT): 1}, samples=(sampled("s"),)))
    counts = f"{{errcore}}:counts:60:{AT}"
    client.hset(counts, mapping={"x": "many", "y": "-3", "z": "9" * 30, "group:b@1": "4"})
    client.hset("{errcore}:buckets:60", "first", "1")
    client.hset("{errcore}:workers", mapping={"x": "", "y": "1 soon", "z": "1 inf"})
    client.hset("{errcore}:samples:a", mapping={"1": "[", "2": "[]", "3": "{}", "4": '{"id": 7}'})
    client.hset("{errcore}:samples:a", "5", sampled("t").to_json().replace(str(NOW), '"now"'))
    client.hset("{errcore}:samples:a", "6", sampled("t").to_json().replace(str(NOW), "NaN"))
    client.hset("{errcore}:samples:a", "7", "[" * 100_000)
    seen = store.read(MINUTE, 0)

    assert seen.counts == {"group:a": 1, "group:b": 4, "route:/a": 1}
    assert seen.workers == {"w1": NOW}
    assert [record.id for record in store.samples("a")] == ["s"]
    store.purge(NOW)
    assert client.hkeys("{errcore}:workers") == [b"w1"]


def test_count_that_is_none_begins_anew(store: RedisStore, client: Any) -> None:
    """A count that somebody overwrote is replaced by the next one, and the rest of the batch counts."""
    store.apply(batch_of(counters={("route:/a", AT): 1}))
    client.hset(f"{{errcore}}:counts:60:{AT}", "route:/a", "many")
    store.apply(batch_of(number=2, counters={("route:/a", AT): 2, ("route:/b", AT): 2}))

    assert store.read(MINUTE, AT).counts == {"route:/a": 2, "route:/b": 2}


@pytest.mark.parametrize(
    "key", ["groups", "workers", "version", f"counts:60:{AT}", "buckets:3600", "samples:a"]
)
def test_key_of_somebody_else(key: str, store: RedisStore, client: Any) -> None:
    """A key that holds something else is an error that says so; nothing of the batch is written, and nothing of theirs."""
    client.rpush(f"{{errcore}}:{key}", "mine")
    batch = batch_of(counted("a"), samples=(sampled("s"),))

    with pytest.raises(StorageError, match=r"refused \(ResponseError\)") as refused:
        store.apply(batch)
    assert "WRONGTYPE" in str(refused.value.__cause__)
    assert client.keys("*") == [f"{{errcore}}:{key}".encode()]
    assert client.lrange(f"{{errcore}}:{key}", 0, -1) == [b"mine"]

    client.delete(f"{{errcore}}:{key}")
    store.apply(batch)
    assert store.read(MINUTE, 0).counts == {"group:a": 1}


def test_version_that_is_none(store: RedisStore, client: Any) -> None:
    """A version that is no number is an error of the server, and nothing is written."""
    client.set("{errcore}:version", "latest")

    with pytest.raises(StorageError, match="look at the cause") as refused:
        store.apply(batch_of(counted("a")))
    assert "not an integer" in str(refused.value.__cause__)
    assert client.keys("*") == [b"{errcore}:version"]


@pytest.mark.parametrize(
    "address",
    [
        "redis://:hunter2@host:port/0",
        "redis://:hunter2@host:70000000/0?db=x",
        "http://:hunter2@host",
        "redis://:hunter2@host/0?colour=blue",
        "redis://:hunter2@host/0?socket_timeout=hunter2",
        "redis://:hun/ter2@host:6379/0",
        "redis://:hunter2@[::1/0",
    ],
)
def test_address_that_is_none(address: str) -> None:
    """An address that nobody can use is refused when the store is made, without a word of it."""
    with pytest.raises(ConfigurationError) as refused:
        open_store(address)

    assert "its address is none" in str(refused.value)
    assert default_redactor.text(str(refused.value)) == str(refused.value)  # all of it reaches who reads it
    shown = f"{refused.value!r} " + "".join(traceback.format_exception_only(refused.value))
    assert not any(word in shown for word in ("hunter2", "hun", "ter2"))
    assert refused.value.__cause__ is None  # whose text might show a part of it
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("prefix", ["", ":", "a b", "{a}", "é", "a" * 101, 7])
def test_prefix_that_is_none(prefix: Any) -> None:
    """A prefix that keys cannot have, or that no hash tag can be made of, is refused."""
    with pytest.raises(
        ConfigurationError, match=r"^Cannot use prefix=.*, because a prefix has .*; pass one"
    ) as refused:
        RedisStore("redis://host", prefix=prefix)
    assert f"prefix={prefix!r}," in str(refused.value) or len(prefix) > 100


@pytest.mark.parametrize("prefix", ["orders", "errcore:", ""])
def test_two_prefixes(prefix: str) -> None:
    """An address that names one leaves no room for another, nor for the same again."""
    with pytest.raises(ConfigurationError, match="because the address names a prefix, too; pass one of them"):
        RedisStore("redis://host?prefix=orders", prefix=prefix)


@pytest.mark.parametrize("most", [0, -1, 4097, True, None, "4"])
def test_bounds_are_those_of_a_file(most: Any) -> None:
    """As many groups as any store tells apart, and at least one."""
    with pytest.raises(ConfigurationError, match="room for 1 to 4096; pass such a number as most_groups"):
        RedisStore("redis://host", most_groups=most)


def test_client_of_a_cluster_that_gives_up(store: RedisStore) -> None:
    """Its errors are of a sort of their own, and errors of the store all the same."""

    def give_up() -> None:
        raise redis.exceptions.RedisClusterException("redis://:hunter2@host")

    with pytest.raises(StorageError, match="RedisClusterException") as refused:
        RedisStore(Between(store._client, give_up)).apply(batch_of(counted("a")))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("client", [7, None, object(), redis.ConnectionPool()])
def test_client_that_is_none(client: Any) -> None:
    """What cannot be asked is refused when the store is made."""
    with pytest.raises(ConfigurationError, match="neither an address nor a client"):
        RedisStore(client)


async def test_client_that_must_be_awaited() -> None:
    """The monitor's thread has no event loop: an asynchronous client is refused."""
    from redis.asyncio import Redis

    async with Redis() as client:
        with pytest.raises(ConfigurationError, match="whose calls block"):
            RedisStore(client)


def test_password_is_not_shown() -> None:
    """Neither the store nor what it is made of shows a password."""
    store = RedisStore("rediss://ann:hunter2@host:6380/0")

    assert "hunter2" not in repr(store)
