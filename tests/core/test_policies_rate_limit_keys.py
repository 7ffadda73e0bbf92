# SPDX-License-Identifier: MIT
"""A limit for each key: exact for those that are remembered, bounded for all that may come."""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_ways import forking, in_a_child, in_a_thread, in_threads

from errcore import CallLimitedError, clock, forks
from errcore.policies.bulkhead import Bulkhead, Slots
from errcore.policies.declare import policy
from errcore.policies.keys import key_of
from errcore.policies.limiting._limits import EmbeddedStorage
from errcore.policies.limiting.rate_limit import ALGORITHMS, RateLimit
from errcore.policies.limiting.recent import Recent
from errcore.testing import FakeClock

EACH = pytest.mark.parametrize("algorithm", ALGORITHMS)


@EACH
@given(
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 16), st.integers(1, 3)), max_size=60),
    single=st.booleans(),
)
def test_each_key_has_a_count_of_its_own(algorithm: str, steps: list[tuple[str, int, int]], single: bool):
    """With keys, each behaves as a limiter of its own does."""
    limit = RateLimit("3 per 2 seconds", algorithm=algorithm)
    keyed, apart = limit.limits(), {key: limit.limiter() for key in "abc"}
    now = 0.0
    for key, gap, cost in steps:
        now += gap / 8
        if single:
            assert keyed.hit(key, now) == apart[key].hit(now)
        else:
            assert keyed.peek(key, now, cost) == apart[key].peek(now, cost)
            assert keyed.take(key, now, cost) == apart[key].take(now, cost)


class Hostile:
    """Unhashable, unequal to itself, and raising when it is shown."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "key",
    [
        "a" * 5_000_000,
        b"b" * 5_000_000,
        "\ud800" * 200,
        ["a", "list"],
        {"a": 1},
        1 << 100_000,
        1 << 64,
        None,
        Hostile(),
        1.5,
    ],
    ids="text bytes surrogates list dict monster int none hostile float".split(),
)
def test_any_object_is_a_key(key: object):
    """What is huge or unhashable is represented by a short key, always the same."""
    limits = RateLimit("1/minute").limits()

    assert limits.hit(key, 0.0)
    assert not limits.hit(key, 0.0)
    assert not limits.take(key, 0.0).allowed
    assert sys.getsizeof(key_of(key)) < 600
    limits.forget(key)
    assert limits.take(key, 0.0).allowed
    assert not limits.hit(key, 0.0)


def test_keys_that_begin_alike_stay_apart():
    """Tokens have long common beginnings; their owners do not share a limit."""
    limits = RateLimit("1/minute").limits()
    keys = ["x" * 4000 + str(n) for n in range(50)] + [b"y" * 4000 + bytes([n]) for n in range(50)]

    assert all(limits.hit(key, 0.0) for key in keys)
    assert len(limits) == 100


@EACH
def test_keys_that_look_alike_are_one(algorithm: str):
    """An id is one client, as a number, as a text or as bytes; what only looks alike in a log is another one."""
    limits = RateLimit("1/minute", algorithm=algorithm).limits()

    assert limits.hit("7", 0.0)
    assert not limits.hit(7, 0.0)
    assert not limits.peek(b"7", 0.0).allowed
    assert limits.hit("a\nb", 0.0)
    assert limits.hit("a b", 0.0)
    assert not limits.take("a\nb", 0.0).allowed
    limits.forget("a\nb")
    assert limits.hit("a\nb", 0.0)


@pytest.mark.parametrize("single", [True, False])
def test_whoever_is_refused_all_the_time_is_not_forgotten(single: bool):
    """A client over its limit cannot get a fresh one by sending many other keys in between."""
    limits = RateLimit("2/hour").limits(most=100)
    assert limits.hit("greedy", 0.0)
    assert limits.hit("greedy", 0.0)
    for n in range(5000):
        assert limits.hit(f"stranger-{n}", 0.0)
        if n % 50 == 0:
            assert not (limits.hit("greedy", 0.0) if single else limits.take("greedy", 0.0).allowed)
    assert len(limits) <= 200


@given(keys=st.lists(st.integers(0, 40), max_size=400), most=st.integers(1, 12))
def test_a_map_forgets_none_of_the_latest(keys: list[int], most: int):
    """The `most` keys that were put last are there, with what was put; never more than twice as many are."""
    recent: Recent[int] = Recent(most, 60.0)
    latest: dict[int, int] = {}
    for count, key in enumerate(keys):
        found = recent.get(key, 0.0)
        if key in list(latest)[-most:]:
            assert found == latest[key]
        recent.put(key, count, 0.0)
        latest.pop(key, None)
        latest[key] = count
        assert len(recent) <= 2 * most


def test_a_map_forgets_what_nobody_asked_for():
    """After a period without use and another turn a key is gone; used in time, it stays."""
    recent: Recent[str] = Recent(1000, 10.0)
    recent.put("once", "x", 0.0) if recent.get("once", 0.0) is None else None
    recent.put("often", "x", 0.0)
    for now in (9.0, 18.0, 27.0):
        assert recent.get("often", now) == "x"
        recent.put("often", "x", now)
    recent.put("often", "x", 30.0) if recent.get("often", 30.0) else None
    assert recent.get("once", 30.0) is None
    assert len(recent) == 1
    assert recent.get("often", 1000.0) is None
    assert len(recent) == 0
    assert recent.forget("often") is False
    recent.stretch(5.0, 1000.0)
    recent.stretch(50.0, 1000.0)
    recent.put("late", "x", 1000.0)
    assert recent.get("late", 1049.0) == "x"
    recent.clear()
    assert recent.get("late", 1049.0) is None


def test_stretching_while_memory_is_given_back():
    """A period may grow at any time."""
    recent: Recent[int] = Recent(5000, 1.0)
    for n in range(5000):
        recent.get(n, 0.0)
        recent.put(n, n, 0.0)
    assert recent.get("x", 3.0) is None  # all of it is stale, and a first piece is given back
    recent.stretch(100.0, 3.0)
    recent.put("x", 1, 3.0)
    assert [recent.get("x", 50.0) for _ in range(8)] == [1] * 8


@EACH
def test_memory_returns_after_many_keys(algorithm: str):
    """Keys that came once cost nothing when they are gone: no thread, no scan, and little of the memory is left."""
    threads = threading.active_count()
    limits = RateLimit("100/second", algorithm=algorithm).limits(most=4000)
    limits.hit("warm", 0.0)
    gc.collect()
    tracemalloc.start()
    try:
        base = tracemalloc.get_traced_memory()[0]
        now = 0.0
        for n in range(12_000):
            now += 25e-5
            limits.hit(f"client-{n}", now)
        most = tracemalloc.get_traced_memory()[1] - base
        for n in range(200):
            limits.hit("regular", now + 10 + n)
        left = tracemalloc.get_traced_memory()[0] - base
    finally:
        tracemalloc.stop()

    assert most < 3 * 4000 * 500
    assert left < 200_000
    assert threading.active_count() <= threads
    assert len(limits) == 1


@EACH
def test_threads_never_exceed_it_for_any_key(algorithm: str):
    """Eight threads on four keys: each key gets exactly its limit."""
    limits = RateLimit("300/hour", algorithm=algorithm).limits()
    counts = dict.fromkeys("abcd", 0)
    lock = threading.Lock()

    def work(number: int) -> None:
        for n in range(1200):
            key = "abcd"[(n + number) % 4]
            if limits.hit(key, 1.0) if n % 3 else limits.take(key, 1.0).allowed:
                with lock:
                    counts[key] += 1

    in_threads(work, range(8))

    assert counts == dict.fromkeys("abcd", 300)


@forking
def test_a_fork_in_the_middle_of_a_hit_leaves_no_lock_behind():
    """The child counts, although a thread of the parent held the locks when it was forked."""
    limiters = [RateLimit("2/hour", algorithm=algorithm).limiter() for algorithm in ALGORITHMS]
    keyed, storage, slots = RateLimit("2/hour").limits(), EmbeddedStorage(), Slots(Bulkhead(1), "p")
    slots.enter()

    def work() -> bool:
        fine = all(limiter.hit(1.0) for limiter in limiters) and keyed.hit("k", 1.0)
        fine = fine and storage.incr("k", 60) == 1 and slots.idle
        slots.enter()
        slots.leave()
        slots.leave()
        RateLimit("1/second").limiter()
        return fine and slots.idle

    with in_a_thread(*(state._lock for state in (*limiters, keyed, storage, slots)), forks._lock):
        assert in_a_child(work) == 0


def test_state_that_is_gone_is_not_kept_for_forks():
    """Whoever makes limiters all day long leaves nothing behind."""
    before = len(forks._kept)
    for _ in range(2000):
        RateLimit("1/second").limiter()

    assert len(forks._kept) < 2 * before + 200
    forks._kept.append(type(forks._kept[-1])(RateLimit("1/second").limiter()))
    forks._renew_all()


def test_what_a_child_begins_with():
    """New locks, the counts of the parent, and nobody inside or waiting."""
    limiter, keyed = RateLimit("1/hour").limiter(), RateLimit("1/hour").limits()
    storage, slots = EmbeddedStorage(), Slots(Bulkhead(1), "p")
    states = (limiter, keyed, storage, slots)
    limiter.hit(1.0)
    keyed.hit("k", 1.0)
    storage.incr("k", 3600)
    slots.enter()
    locks = [state._lock for state in states]

    forks._renew_all()

    assert all(state._lock is not lock for state, lock in zip(states, locks, strict=True))
    assert not limiter.hit(1.0)
    assert not keyed.hit("k", 1.0)
    assert storage.get("k") == 1
    assert slots.idle


def test_a_key_of_a_policy_is_not_forgotten_while_its_limit_counts():
    """A client cannot get a fresh limit by sending other keys in between."""
    calls: list[str] = []
    with clock.using(FakeClock()):

        @policy("rate-limit-keys", limit="1/hour", key=lambda name: name)
        def visit(name: str) -> None:
            calls.append(name)

        visit("first")
        for n in range(1100):
            with suppress(CallLimitedError):
                visit(f"other-{n}")
        with pytest.raises(CallLimitedError):
            visit("first")

    assert calls.count("first") == 1
