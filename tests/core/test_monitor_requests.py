# SPDX-License-Identifier: MIT
"""Requests are noted as cheaply as can be and added up later: nothing is lost on the way, whatever is told."""

from __future__ import annotations

import sys
import threading

import pytest
from monitored import KeptStore, SetClock

from errcore import clock
from errcore.monitor import Monitor
from errcore.monitor.counting.requests import MOST_NOTED, RouteEntry
from errcore.monitor.latency import bucket_of, quantile
from errcore.monitor.telling import exits
from errcore.testing import FakeClock


@pytest.fixture
def monitor():
    """One that nobody but the test wakes."""
    with clock.using(FakeClock()), Monitor(background=False) as made:
        yield made


def requests_of(monitor, window="5m"):
    return monitor.stats(window)["requests"]


@pytest.mark.parametrize("count", [1, MOST_NOTED - 1, MOST_NOTED, 3 * MOST_NOTED + 1])
def test_every_request_is_counted(count, monitor) -> None:
    """However many there are between two looks."""
    for _ in range(count):
        monitor.count_request("/a", 200, 0.1)

    assert requests_of(monitor)["total"] == count
    assert requests_of(monitor)["total"] == count


def test_durations_are_those_of_buckets() -> None:
    """Adding many up at a time finds the buckets that each would have found."""
    entry = RouteEntry()
    durations = [0.0001 * 1.03**power for power in range(450)]
    entry.begin(60.0)
    entry.durations.extend(durations)
    entry.add_up()

    expected: dict[int, int] = {}
    for seconds in durations:
        expected[bucket_of(seconds)] = expected.get(bucket_of(seconds), 0) + 1
    assert entry.latency == expected
    assert entry.minutes == {1: 450}
    assert quantile(entry.latency, 0.5) == pytest.approx(durations[224], rel=0.05)


def test_each_counts_in_its_minute() -> None:
    """Also where the clock goes back, and nothing was told in between."""
    store = KeptStore()
    with clock.using(SetClock(wall=600.0)) as fake, Monitor(store, background=False) as monitor:
        for seconds in (30, 60, 60, -120, 3600):
            monitor.count_request("/a", 200, 0.1)
            fake.set(seconds)
        monitor.count_request("/a", 200, 0.1)
        monitor.flush()
        (batch,) = store.batches

    counted = {
        minute: count for (series, minute), count in batch.counters.items() if series == "request:ok:/a"
    }
    assert counted == {10: 3, 11: 1, 12: 1, 70: 1}


def test_status_of_a_client_that_left(monitor) -> None:
    """499 says so, whoever counts."""
    monitor.count_request("/a", 499, 0.1)
    monitor.count_request("/a", 499, 0.1)
    monitor.count_request("/a", 200, 0.1)

    assert requests_of(monitor)["by_outcome"] == {"cancelled": 2, "ok": 1}


@pytest.mark.parametrize("seconds", ["long", None])
def test_duration_that_is_none(seconds, monitor) -> None:
    """The request is counted; how long it took, nobody knows."""
    monitor.count_request("/a", 200, seconds)

    assert requests_of(monitor)["by_route"]["/a"] == {
        "total": 1,
        "error_rate": 0.0,
        "p50": None,
        "p95": None,
        "p99": None,
    }


@pytest.mark.parametrize(("route", "status"), [("/a", "fine"), ("/a", None), ([], 200)])
def test_request_that_is_none(route, status, monitor) -> None:
    """It is a failure of ours, and of nobody else."""
    monitor.count_request(route, status, 0.1)

    assert requests_of(monitor)["total"] == 0
    assert monitor.failures == 1


def test_statuses_without_end_grow_nothing(monitor) -> None:
    """An adapter that passes on what others say: outcomes are few, and so is what is kept."""
    for route in range(20):
        for status in range(100, 1000):
            monitor.count_request(f"/{route}", status, 0.1)
    monitor.count_request("/0", 200, 0.1)

    assert requests_of(monitor)["total"] == 20 * 900 + 1
    assert len(monitor._tally.requests) <= 4096
    assert len(monitor._tally._named) == 20 * 5


def test_routes_without_end_share_a_name(monitor) -> None:
    """A route that is none of an application's, but made of what was asked for."""
    for number in range(1000):
        monitor.count_request(f"/{number}", 200, 0.1)

    assert requests_of(monitor)["total"] == 1000
    assert len(monitor._tally.requests) <= 256


def test_threads_lose_nothing(monitor) -> None:
    """While others note, somebody tells again and again."""
    many = 5_000
    over = threading.Event()
    told = []

    def note() -> None:
        for _ in range(many):
            monitor.count_request("/a", 200, 0.01)

    def tell() -> None:
        while not over.is_set():
            told.append(monitor.flush())

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=note) for _ in range(4)]
        teller = threading.Thread(target=tell)
        for thread in (*threads, teller):
            thread.start()
        for thread in threads:
            thread.join()
        over.set()
        teller.join()
    finally:
        sys.setswitchinterval(interval)

    assert all(told)
    assert sum(monitor._teller._store.read(60, 0).counts.values()) > 0
    with clock.using(clock.SystemClock()):
        assert requests_of(monitor)["total"] == 4 * many


def test_process_asks_once_to_tell_at_its_end(monkeypatch) -> None:
    """And only where there is a library that would end it past atexit."""
    import multiprocessing.util

    store = KeptStore()
    with Monitor(store, background=False) as monitor:
        monkeypatch.setattr(exits, "_asked_in", None)
        registered = set(multiprocessing.util._finalizer_registry)
        monitor.count_request("/a", 200, 0.1)
        exits.ask_children()
        added = set(multiprocessing.util._finalizer_registry) - registered
        for key in added:
            multiprocessing.util._finalizer_registry[key]()
        assert len(store.batches) == 1
        monkeypatch.setattr(exits, "_asked_in", None)
        monkeypatch.delitem(sys.modules, "multiprocessing.util")
        exits.ask_children()

    assert len(added) == 1
