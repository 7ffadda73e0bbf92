# SPDX-License-Identifier: MIT
"""Whatever is sent, memory stays what it was and counts stay exact; who is quiet is not drowned by who is loud.

Large populations are in tests/volume.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from types import FunctionType
from typing import Any

import attrs
import pytest
from monitored import KeptStore, raised

from errcore import NotFoundError, Runtime
from errcore.monitor import Monitor
from errcore.monitor.batches import OTHER
from errcore.monitor.counting.tally import UNMATCHED
from errcore.monitor.groups import MOST_GROUPS, MOST_VARIANTS
from errcore.testing import FakeClock

pytestmark = pytest.mark.usefixtures("forgotten")


def fail_a(message: str) -> None:
    raise ValueError(message)


def fail_with(exc: Exception) -> None:
    raise exc


def fail_b() -> None:
    raise KeyError("b")


def capture(monitor: Monitor, call: Any, *arguments: Any, **context: Any) -> None:
    try:
        call(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it raises
        monitor.capture(error, **context)


def test_classes_at_once():
    """Also where they all come before anybody tells the store; each error of a class that has no room is one of the others."""
    with Monitor(background=False) as monitor:
        for number in range(600):
            monitor.capture(raised(type(f"Made{number}", (Exception,), {})("x")))
        groups = {group.facts.id: group for group in monitor.groups()}

    assert sum(group.count for group in groups.values()) == 600
    assert groups["_overflow"].count == 600 - MOST_GROUPS
    assert groups["_overflow"].variants == {}  # what the others say has nothing in common


def test_room_is_found_again():
    """Places that were not hit since are forgotten, so that what is new has a name of its own."""
    store = KeptStore()
    with Monitor(store, background=False) as monitor:
        for number in range(MOST_GROUPS):
            monitor.capture(raised(type(f"Made{number}", (Exception,), {})("x")))
        monitor.flush()
        monitor.count_request("/a", 200, 0.1)
        monitor.flush()
        capture(monitor, fail_a, "new")
        monitor.flush()

    assert [counts.facts.type_name for counts in store.batches[-1].groups] == ["ValueError"]


def test_places_without_room_for_their_routes_are_forgotten():
    """Like all others, with the classes that they keep."""
    with Monitor(background=False) as monitor:
        for number in range(300):
            monitor.capture(raised(type(f"Made{number}", (Exception,), {})("x")), route=f"/{number}")
        monitor.flush()
        monitor.count_request("/a", 200, 0.1)
        monitor.flush()

        assert (monitor._tally.entries, monitor._tally._anywhere) == ({}, {})


def test_routes():
    """Two hundred and fifty-six routes are told apart, in errors and in requests; each error keeps its group."""
    with Monitor(background=False) as monitor:
        monitor.count_request(None, 404, 0.001)
        for number in range(1000):
            monitor.count_request(f"/{number}", 500, 0.001)
            capture(monitor, fail_a, "x", route=f"/{number}")
        for _ in range(3):
            monitor.count_request(None, 404, 0.001)
        for stats in (monitor.stats(), monitor.stats()):
            assert (stats["total"], stats["by_route"][OTHER]) == (1000, 1000 - 99)
            assert stats["requests"]["total"] == 1004
            assert stats["requests"]["by_outcome"] == {"server_error": 1000, "client_error": 4}
            assert sum(route["total"] for route in stats["requests"]["by_route"].values()) == 1004
            assert stats["requests"]["by_route"][UNMATCHED]["total"] == 4
        assert [group["count"] for group in stats["top"]] == [1000]


def test_route_that_is_long():
    """What was given as a route is bounded, and counted once under its shortened name."""
    with Monitor(background=False) as monitor:
        for _ in range(3):
            monitor.count_request("/" + "x" * 10**6, 200, 0.1)
            capture(monitor, fail_a, "x", route="/" + "x" * 10**6)
        stats = monitor.stats()

    assert stats["requests"]["total"] == 3
    assert [len(route) <= 200 for route in stats["requests"]["by_route"]] == [True]
    assert [len(route) <= 200 for route in stats["by_route"]] == [True]


def test_many_places_with_many_routes():
    """Where there are more of both than anybody keeps apart, routes are lost, and never the group."""
    classes = [type(f"Kind{number}", (Exception,), {}) for number in range(8)]
    store = KeptStore()
    with Monitor(store, background=False) as monitor:
        for number in range(200):
            for cls in classes:
                for _ in range(2):
                    monitor.capture(raised(cls("x")), route=f"/{number}")
        assert len(monitor._tally.entries) <= 1024
        stats = monitor.stats()
        assert [group["count"] for group in stats["top"]] == [400] * 8
        assert sum(stats["by_route"].values()) == 3200
        assert stats["by_route"][OTHER] > 0

        for cls in classes:  # those places are forgotten, and are found again
            monitor.capture(raised(cls("x")), route="/199")
        assert [group["count"] for group in monitor.stats()["top"]] == [401] * 8
        monitor.capture(raised(classes[0]("x")), route="/199")  # and now there is room for its route
        monitor.flush()

    assert [series for series, _ in store.batches[-1].counters] == ["route:/199"]


def long_routes(monitor: Monitor) -> None:
    for number in range(30):
        capture(monitor, fail_a, "x", route=f"/{number}" + "x" * 10**6)


def long_messages(monitor: Monitor) -> None:
    for number in range(30):
        capture(monitor, fail_a, f"{number}" + "x" * 10**6)


def many_messages(monitor: Monitor) -> None:
    for number in range(10_000):
        capture(monitor, fail_a, f"{number} " + "x" * 200)


def many_requests(monitor: Monitor) -> None:
    for number in range(50_000):
        monitor.count_request("/a", 200, number / 1000)


@pytest.mark.parametrize(
    ("work", "most"),
    [(long_routes, 10**7), (long_messages, 10**7), (many_messages, 10**6), (many_requests, 500_000)],
)
def test_memory_until_the_next_batch(work: Callable[[Monitor], None], most: int):
    """While nobody tells the store, what is kept is a fraction of what was counted, and no longer than is shown."""
    with Monitor(background=False) as monitor:
        tracemalloc.start()
        try:
            work(monitor)
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] < most
        finally:
            tracemalloc.stop()


def test_scanner():
    """Addresses that match no route are one series, whatever was asked for."""
    with Runtime.for_tests(log_level="critical") as runtime:
        for _ in range(2000):
            runtime.monitor.count_request(None, 404, 0.001)
        runtime.handle(NotFoundError("/${jndi:ldap://x}/../etc/passwd"))
        stats = runtime.monitor.stats()

    assert list(stats["requests"]["by_route"]) == [UNMATCHED]
    assert list(stats["by_route"]) == [UNMATCHED]


def test_statuses_that_nobody_knows():
    """An adapter that says any number makes no more series than there are outcomes."""
    with Monitor(background=False) as monitor:
        for status in range(5000):
            monitor.count_request("/a", status, 0.001)
        stats = monitor.stats()

    assert stats["requests"]["total"] == 5000
    assert len(monitor._tally.requests) <= 16 * 256
    assert len(stats["requests"]["by_outcome"]) <= 5


def test_samples_that_wait_are_bounded():
    """Where more failures are to be looked at than anybody can keep, that is said, and the counts are exact."""
    with Monitor(background=False) as monitor:
        for number in range(500):
            made = type(f"Made{number}", (Exception,), {})
            for _ in range(3):
                monitor.capture(raised(made("x")))
        stats = monitor.stats()

    assert stats["total"] == 1500
    assert stats["dropped"] == {"queue_full": 1500 - 1024}


def test_noisy_neighbour(fake: FakeClock):
    """A thousand of one problem a second take neither the group nor the samples of one that comes once a minute."""
    with Monitor(background=False) as monitor:
        for second in range(600):
            for _ in range(20):  # of a thousand
                capture(monitor, fail_a, "x")
            if second % 60 == 30:
                capture(monitor, fail_b)
            fake.advance(1.0)
            monitor.flush()
        stats = monitor.stats()
        quiet = stats["top"][1]

        assert [group["count"] for group in stats["top"]] == [12_000, 10]
        assert quiet["sample"] is not None and quiet["sample"]["type_name"] == "KeyError"
        assert len(monitor.samples(quiet["id"])) == 6
        assert len(monitor.samples(stats["top"][0]["id"])) == 6
        assert stats["dropped"] == {}


def test_outage_of_days(fake: FakeClock):
    """What cannot be told for days is kept by the hour, and what is told then is all of it."""

    class Away(KeptStore):
        away = True

        def apply(self, batch: Any) -> Any:
            if self.away:
                raise OSError("away")
            return super().apply(batch)

    store = Away()
    with Monitor(store, background=False) as monitor:
        for _ in range(36 * 60):
            capture(monitor, fail_a, "x")
            monitor.count_request("/a", 200, 0.1)
            monitor.flush()
            fake.advance(60.0)
        (entry,) = monitor._tally.entries.values()
        (requests,) = monitor._tally._named.values()
        assert len(entry.minutes) <= 3 * 120
        assert len(requests.minutes) <= 3 * 120
        assert monitor.stats("2h")["total"] == 120

        store.away = False
        fake.advance(5.0)
        assert monitor.flush()
        assert monitor.stats("2d")["total"] == 36 * 60
        assert monitor.stats("2d")["requests"]["total"] == 36 * 60
        assert monitor.stats("2h")["requests"]["total"] == 120


def test_batches_are_bounded():
    """A group with many routes and many messages has as many variants in a batch as it may have in a store."""
    store = KeptStore()
    with Monitor(store, background=False) as monitor:
        for number in range(200):
            for word in ("one", "two", "three"):
                capture(
                    monitor,
                    fail_a,
                    f"{word} {chr(97 + number % 26)}{chr(97 + number // 26)}",
                    route=f"/{number}",
                )
        monitor.flush()

    (counts,) = store.batches[0].groups
    assert len(counts.variants) == MOST_VARIANTS + 1
    assert sum(counts.variants.values()) == counts.total == 600


@pytest.mark.parametrize("name", ["type_name", "site"])
def test_facts_are_bounded(name: str):
    """Whatever a class is called and wherever it fails."""
    made = type("X" * 5000, (Exception,), {"__module__": "m" * 5000})
    code = fail_with.__code__.replace(co_qualname="f" * 5000, co_filename="/" + "x" * 5000)
    with Monitor(background=False) as monitor:
        capture(monitor, FunctionType(code, globals()), made("x"))
        (group,) = monitor.groups()

    assert len(attrs.asdict(group.facts)[name]) == 200
