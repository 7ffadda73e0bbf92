# SPDX-License-Identifier: MIT
"""Counts in Redis, for all workers of all hosts.

A batch with errors is read for, folded in Python and written in one step if nobody changed the groups in between; else it is
read for again. One that only counts requests is written at once. Nothing is tried again when the server does not answer: the
monitor does that, and a batch whose outcome is not known is applied once all the same.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import attrs
from redis.exceptions import NoScriptError

from errcore import clock
from errcore.errors.dependencies import StorageError
from errcore.errors.stock import ConfigurationError
from errcore.extras.redis.connecting import asking, connected, pool_of
from errcore.extras.redis.entries import decoded
from errcore.extras.redis.forgetting import forget_buckets, forget_groups, forget_workers
from errcore.extras.redis.keys import FOREVER, PREFIX, WIDTHS, WORKERS_SECONDS, Keys, buckets_to_read
from errcore.extras.redis.planning import Found, plan
from errcore.extras.redis.reading import (
    entries_of,
    mapping_of,
    numbers_of,
    records_of,
    snapshot_of,
    text_of,
    workers_of,
)
from errcore.extras.redis.writing import DIGEST, SCRIPT, Writes
from errcore.jsonsafe import one_line
from errcore.monitor.batches import OVERFLOW
from errcore.monitor.groups import MOST_GROUPS, in_state
from errcore.monitor.stores.protocol import Scope
from errcore.monitor.stores.room import checked_places

if TYPE_CHECKING:
    from collections.abc import Container, Generator, Iterable, Sequence

    import redis

    from errcore.extras.redis.reading import Raw
    from errcore.monitor.batches import Batch
    from errcore.monitor.groups import Group, GroupState
    from errcore.monitor.records import EventRecord
    from errcore.monitor.stores.protocol import GroupChanged, Snapshot

__all__ = ["RedisStore", "open_store"]

_TRIES = 8
_PAUSE = 0.001  # seconds; the longest one after the first try, and twice as long after each


class RedisStore:
    """A store that workers of several hosts share. Connects when it is first asked.

    Args:
        address: "redis://host:6379/0", "rediss://..." with TLS, or "unix:///path?db=0"; options of redis-py and `prefix` may
            follow after a question mark. Or a client of redis-py, whose time-outs and tries are then its own.
        prefix: What all its keys begin with, "errcore:" if neither this nor the address says. One for each service: what has
            the same prefix is counted together.
        most_groups: How many groups are told apart, at most 4096. All workers should say the same.

    Raises:
        errcore.ConfigurationError: If that is no address, client or prefix, if there are two prefixes, or if the number is
            out of its range.

    >>> RedisStore("redis://localhost:6379/0", prefix="orders:").scope
    <Scope.CLUSTER: 'cluster'>
    """

    scope: Scope = Scope.CLUSTER

    def __init__(
        self,
        address: str | redis.Redis | redis.RedisCluster,
        *,
        prefix: str | None = None,
        most_groups: int = MOST_GROUPS,
    ) -> None:
        named: str | None = None
        self._address = address if type(address) is str else None
        self._client: Any
        if self._address is None:
            self._client = _checked(address)
        else:
            pool, named = pool_of(self._address)
            self._client = connected(pool)
        if named is not None and prefix is not None:
            raise ConfigurationError(
                f"Cannot use prefix={one_line(repr(prefix), 120)}, because the address names a prefix, too; pass one of them."
            )
        self._keys = Keys(next((each for each in (prefix, named) if each is not None), PREFIX))
        self._most = checked_places(most_groups)

    def apply(self, batch: Batch) -> Sequence[GroupChanged]:
        """Add a batch; a number that was applied already is not applied again.

        Raises:
            errcore.StorageError: If the server does not answer, or refuses, or if other workers were faster several times in
                a row. Apply the same batch again.
        """
        needed = {*(counts.facts.id for counts in batch.groups), *(record.group for record in batch.samples)}
        for _ in _tries():
            found = self._found_for(batch, needed) if needed else Found()
            writes, changes = plan(batch, self._keys, found, self._most, clock.current().random)
            answer = self._write(writes, found.version, batch)
            if answer != "moved":
                return changes if answer == "done" else ()
        raise _overtaken("add a batch")

    def read(self, width: int, first: int) -> Snapshot:
        """What there was from a bucket on; hours go back thirty-five days.

        Raises:
            errcore.StorageError: If the server does not answer.
        """
        widths = tuple(each for each in WIDTHS if each >= width)
        wanted = buckets_to_read(self._numbers(widths), width, first)
        *buckets, groups, workers = self._ask(
            ("hgetall", key)
            for key in (
                *(self._keys.counts(*bucket) for bucket in wanted),
                self._keys.groups,
                self._keys.workers,
            )
        )
        return snapshot_of(buckets, entries_of(groups), workers_of(workers))

    def samples(self, group: str) -> Sequence[EventRecord]:
        """The samples of a group, oldest first.

        Raises:
            errcore.StorageError: If the server does not answer.
        """
        (found,) = self._ask([("hvals", self._keys.samples(group))])
        return records_of(found)

    def set_state(self, group: str, state: GroupState, now: float) -> Group | None:
        """Say something of a group.

        Raises:
            errcore.StorageError: If the server does not answer, or refuses, or if workers were faster several times in a row.
        """
        for _ in _tries():
            found = self._found([group])
            entry = found.entries.get(group)
            if entry is None:
                return None
            said = attrs.evolve(entry, group=in_state(entry.group, state, now))
            writes = Writes()
            writes.put(self._keys.groups, FOREVER, {group: said.encoded()})
            if self._write(writes, found.version) == "done":
                return said.group
        raise _overtaken("say something of a group")

    def purge(self, now: float) -> None:
        """Forget what is old. What nobody writes to any more, the server forgets by itself.

        Raises:
            errcore.StorageError: If the server does not answer, or refuses, or if workers were faster several times in a row.
        """
        (workers,) = self._ask([("hgetall", self._keys.workers)])
        self._write(forget_workers(self._keys, workers, now))
        for commands in forget_buckets(self._keys, self._numbers(WIDTHS), now):
            self._ask(commands)
        for _ in _tries():
            version, groups = self._ask([("get", self._keys.version), ("hgetall", self._keys.groups)])
            writes = forget_groups(self._keys, groups, now)
            if not writes.keys or self._write(writes, _version(version)) != "moved":
                return
        raise _overtaken("forget old groups")

    def renew(self) -> None:
        """Connect anew in a child that was just forked; the parent's connections stay open for the parent.

        A client that was given sees to that itself.
        """
        if self._address is not None:
            self._client = connected(pool_of(self._address)[0])

    def close(self) -> None:
        """Let go of connections, but for those of a client that was given. Whoever goes on asking connects again."""
        if self._address is not None:
            self._client.close()

    def _found_for(self, batch: Batch, needed: set[str]) -> Found:
        """The entries that a batch needs: all of them if somebody may have to leave."""
        found = self._found([*needed, OVERFLOW.id])
        newcomers = {counts.facts.id for counts in batch.groups}.difference(found.entries, [OVERFLOW.id])
        if not newcomers or found.places + len(newcomers) <= self._most:
            return found
        version, groups = self._ask([("get", self._keys.version), ("hgetall", self._keys.groups)])
        entries = entries_of(groups)
        return Found(version=_version(version), entries=entries, places=_places(len(entries), entries))

    def _found(self, names: Sequence[str]) -> Found:
        version, size, texts = self._ask(
            [
                ("get", self._keys.version),
                ("hlen", self._keys.groups),
                ("hmget", self._keys.groups, [name.encode("utf-8", "replace") for name in names]),
            ]
        )
        read = {name: decoded(text) for name, text in zip(names, texts, strict=True)}
        entries = {name: entry for name, entry in read.items() if entry is not None}
        return Found(version=_version(version), entries=entries, places=_places(size, entries))

    def _numbers(self, widths: Sequence[int]) -> dict[int, list[int]]:
        """The buckets of each width that there are."""
        names = self._ask(("hkeys", self._keys.buckets(width)) for width in widths)
        return {width: numbers_of(each) for width, each in zip(widths, names, strict=True)}

    def _ask(self, questions: Iterable[tuple[Any, ...]]) -> list[Any]:
        """The answers to several questions, all of the same moment."""
        asked = list(questions)
        with asking():
            pipeline = self._client.pipeline(transaction=True)
            for command, *arguments in asked:
                getattr(pipeline, command)(*arguments)
            answers: list[Any] = pipeline.execute()
        return [
            mapping_of(answer) if command == "hgetall" else answer
            for (command, *_), answer in zip(asked, answers, strict=True)
        ]

    def _write(self, writes: Writes, version: str = "", batch: Batch | None = None) -> str:
        """Write if that version is still the one; "done", or "moved" if it is not, or "told" if the batch was applied before."""
        keys = [self._keys.version, self._keys.workers, *writes.keys]
        told = ("", 0, 0.0) if batch is None else (batch.worker, batch.number, batch.time)
        arguments = [len(keys), *keys, *told, WORKERS_SECONDS, version, FOREVER, *writes.arguments]
        with asking():
            try:
                answer: Raw = self._client.evalsha(DIGEST, *arguments)
            except NoScriptError:  # a server that has just started, or forgotten it
                answer = self._client.eval(SCRIPT, *arguments)
        return text_of(answer)


def open_store(address: str) -> RedisStore:
    """The store of an address; `prefix=` in its query names the prefix.

    Args:
        address: See `RedisStore`.

    Raises:
        errcore.ConfigurationError: If it is none.

    >>> open_store("redis://localhost:6379/0?prefix=orders").scope
    <Scope.CLUSTER: 'cluster'>
    """
    return RedisStore(address)


def _checked(client: Any) -> Any:
    asked = [getattr(client, name, None) for name in ("pipeline", "evalsha", "eval")]
    if not all(map(callable, asked)) or any(
        map(inspect.iscoroutinefunction, (*asked, getattr(client, "execute_command", None)))
    ):
        raise ConfigurationError(
            f"Cannot keep counts in Redis by a {type(client).__name__}, because it is neither an address nor a client whose "
            'calls block, such as redis.Redis; pass one of these, or an address such as "redis://host:6379/0".'
        )
    return client


def _tries() -> Generator[None]:
    """Some tries, with a pause of chance between them, so that those who met do not meet again."""
    longest = _PAUSE
    for left in reversed(range(_TRIES)):
        yield
        if left:
            clock.current().sleep(longest * clock.current().random())
            longest *= 2


def _overtaken(what: str) -> StorageError:
    return StorageError(
        f"Cannot {what}, because other workers changed groups at the same moment {_TRIES} times in a row, and nothing was "
        "written; try again.",
        service="redis",
    )


def _version(raw: Raw | None) -> str:
    return "0" if raw is None else text_of(raw)


def _places(entries: int, of: Container[str]) -> int:
    return entries - (OVERFLOW.id in of)
