# SPDX-License-Identifier: MIT
"""Statistics are JSON data of a fixed shape: every member is there, adds up, and is bounded."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import pytest
from monitored import raised

from errcore import ConflictError, NotFoundError, RateLimitError
from errcore.monitor import EventRecord, GroupFacts, Monitor
from errcore.monitor.groups import Group
from errcore.monitor.statistics import (
    Rates,
    Requests,
    RouteStats,
    Stats,
    TopGroup,
    outcome_of_status,
    stats_of,
)
from errcore.monitor.stores.memory import MemoryStore
from errcore.monitor.stores.protocol import Scope, Snapshot
from errcore.monitor.telling.teller import View
from errcore.monitor.windows import Window
from errcore.testing import FakeClock

WALL = 1_700_000_000.0


def counted(fake: FakeClock) -> Monitor:
    """A monitor that has seen something of everything."""
    monitor = Monitor(background=False, service="shop", release="1.0")
    for error in (NotFoundError("Gone."), RateLimitError("Slow."), KeyError("k"), KeyError("k")):
        monitor.capture(raised(error), route="/a")
        fake.advance(1.0)
    for status in (200, 200, 404, 429, 503):
        monitor.count_request("/a", status, 0.25)
    monitor.count_request(None, 404, 0.01)
    monitor.count_request("/a", 499, 0.25)
    return monitor


def test_every_member(fake: FakeClock):
    """What each says."""
    stats = counted(fake).stats("5m", top=2)

    assert stats["window"] == 300
    assert stats["as_of"] == WALL + 4
    assert (stats["scope"], stats["degraded"], stats["workers_seen"]) == ("worker", False, 1)
    assert stats["total"] == 4
    assert stats["by_code"] == {"INTERNAL_ERROR": 2, "NOT_FOUND": 1, "RATE_LIMIT_EXCEEDED": 1}
    assert stats["by_category"] == {"internal": 2, "not_found": 1, "resource_exhausted": 1}
    assert sum(stats["by_severity"].values()) == sum(stats["by_fault"].values()) == 4
    assert stats["by_outcome"] == {"error": 3, "limited": 1}
    assert stats["by_service"] == {"shop": 4}
    assert stats["by_route"] == {"/a": 4}
    assert stats["rates"]["per_minute"] == 4 / 5
    for name in ("code", "category", "severity", "route", "service"):
        members: Any = stats
        assert members["rates"][f"by_{name}"] == {key: n / 5 for key, n in members[f"by_{name}"].items()}
    assert stats["rates"]["error_rate"] == 1 / 7
    assert stats["requests"]["total"] == 7
    assert stats["requests"]["by_outcome"]["ok"] == 2
    assert stats["requests"]["by_outcome"]["cancelled"] == 1
    assert stats["requests"]["by_route"]["/a"]["total"] == 6
    assert stats["requests"]["by_route"]["/a"]["error_rate"] == 1 / 6
    assert stats["requests"]["by_route"]["/a"]["p50"] == pytest.approx(0.25, rel=0.022)
    assert stats["dropped"] == {}
    assert [group["count"] for group in stats["top"]] == [2, 1]
    loud = stats["top"][0]
    assert (loud["code"], loud["type_name"], loud["service"], loud["outcome"]) == (
        "INTERNAL_ERROR",
        "KeyError",
        "shop",
        "error",
    )
    assert (loud["count"], loud["total"], loud["first_seen"], loud["last_seen"]) == (2, 2, WALL + 2, WALL + 3)
    assert (loud["state"], loud["regressed_at"], loud["variants"]) == ("open", None, {"k": 2})
    assert loud["sample"] is not None
    assert loud["sample"]["release"] == "1.0"
    assert loud["sample"]["time"] == WALL + 3  # the newest


def test_sample_is_what_the_log_tells(fake: FakeClock):
    """No frames and no extra facts."""
    sample = counted(fake).stats()["top"][0]["sample"]

    assert sample is not None
    assert not {"frames", "extra"} & set(sample)


@pytest.mark.parametrize("shape", [Stats, Rates, Requests])
def test_shape(shape: Any, fake: FakeClock):
    """Exactly the members that are declared, and JSON data."""
    stats: Any = counted(fake).stats()
    found = {Stats: stats, Rates: stats["rates"], Requests: stats["requests"]}[shape]

    assert set(found) == set(get_type_hints(shape))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(stats["top"][0]) == set(get_type_hints(TopGroup))
    assert set(stats["requests"]["by_route"]["/a"]) == set(get_type_hints(RouteStats))


def test_nothing_at_all():
    """Without requests nobody knows which share fails."""
    stats = Monitor(background=False).stats()

    assert (stats["total"], stats["rates"]["per_minute"], stats["rates"]["error_rate"]) == (0, 0.0, None)
    assert stats["requests"] == {"total": 0, "by_outcome": {}, "by_route": {}}
    assert (stats["top"], stats["workers_seen"]) == ([], 0)


def test_none_of_the_requests_fails():
    """That is a share of nothing, and is known."""
    monitor = Monitor(background=False)
    monitor.count_request("/a", 404, 0.1)

    assert monitor.stats()["rates"]["error_rate"] == 0.0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "ok"),
        (304, "ok"),
        (400, "client_error"),
        (428, "client_error"),
        (429, "limited"),
        (431, "client_error"),
        (499, "cancelled"),
        (500, "server_error"),
        (599, "server_error"),
    ],
)
def test_outcomes(status: int, outcome: str):
    """A limit that was kept to is no error of the client's."""
    assert outcome_of_status(status) == outcome


@pytest.mark.parametrize(("top", "told"), [(-1, 0), (0, 0), (3, 3), (10**9, 100)])
def test_top(top: int, told: int, fake: FakeClock):
    """At most a hundred groups, the most frequent first, and of those that are as frequent the latest."""
    with Monitor(background=False) as monitor:
        for number in range(120):
            cls = type(f"Made{number}", (Exception,), {})
            fake.advance(1.0)
            for _ in range(1 + number % 3):
                monitor.capture(raised(cls("x")))
        found = [(group["count"], group["last_seen"]) for group in monitor.stats(top=top)["top"]]

    assert len(found) == told
    assert found == sorted(found, reverse=True)


def test_many_names():
    """Beyond a hundred names of one sort the rest are told together, routes with their durations."""
    with Monitor(background=False) as monitor:
        for number in range(150):
            for _ in range(2 if number < 100 else 1):
                monitor.capture(raised(ConflictError("x")), route=f"/{number:03}")
                monitor.count_request(
                    f"/{number:03}", 200 if number < 100 else 500, 0.1 if number < 120 else 1.0
                )
        monitor.count_request("_other", 500, 1.0)
        stats = monitor.stats()

    assert len(stats["by_route"]) == 101
    assert stats["by_route"]["_other"] == 50
    assert stats["rates"]["by_route"]["_other"] == 50 / 60
    routes = stats["requests"]["by_route"]
    assert len(routes) == 101
    assert list(routes)[-1] == "_other"
    assert (routes["_other"]["total"], routes["_other"]["error_rate"]) == (51, 1.0)
    assert routes["_other"]["p50"] == pytest.approx(1.0, rel=0.022)
    assert sum(route["total"] for route in routes.values()) == stats["requests"]["total"] == 251


def test_the_rest_is_last_whatever_is_in_it():
    """Also where there are more of the rest than of any route, and no durations are known."""
    counts = {f"request:ok:/{number}": 1 for number in range(101)} | {
        "request:ok:_other": 9,
        "latency:3:/100": 1,
    }
    stats = stats_of(view(counts), Window(60, 60), 0, lambda _: ())

    assert list(stats["requests"]["by_route"])[-1] == "_other"
    assert stats["requests"]["by_route"]["_other"]["total"] == 9 + 2
    assert stats["requests"]["by_route"]["_other"]["p50"] is None


def test_the_rest_that_is_rare():
    """Where it is less than any route, it is told once all the same, with what is in it."""
    counts = {f"request:ok:/{number}": 2 for number in range(101)}
    counts |= {"request:server_error:_other": 1, "latency:-3:_other": 1, "latency:80:/99": 2}
    found = stats_of(view(counts), Window(60, 60), 0, lambda _: ())["requests"]

    assert len(found["by_route"]) == 101
    assert (found["by_route"]["_other"]["total"], found["total"]) == (3, 203)
    assert found["by_route"]["_other"]["error_rate"] == 1 / 3
    assert found["by_route"]["_other"]["p50"] == pytest.approx(0.033, rel=0.022)  # of the two of /99


def test_series_that_are_none():
    """What a store holds and no worker of ours has told is passed over."""
    stats = stats_of(
        view({"latency:soon:/a": 1, "latency:-3:/a": 1, "request:ok:/a": 1}), Window(60, 60), 0, lambda _: ()
    )

    assert stats["requests"]["by_route"]["/a"]["p50"] == pytest.approx(0.0009, rel=0.1)


def view(counts: dict[str, int], **groups: Group) -> View:
    """What a store may say."""
    return View(
        snapshot=Snapshot(counts=counts, groups=groups, workers={"a": WALL, "b": WALL - 61, "c": WALL - 60}),
        scope=Scope.CLUSTER,
        as_of=WALL,
        degraded=False,
        source=MemoryStore(),
    )


def group(ident: str, **facts: Any) -> Group:
    known = {
        "code": "C",
        "category": "internal",
        "severity": "error",
        "fault": "ours",
        "outcome": "error",
        "type_name": "T",
        "site": "s",
    }
    return Group(facts=GroupFacts(id=ident, **{**known, **facts}), count=7, first_seen=1.0, last_seen=2.0)


def test_what_a_store_says():
    """Groups that it does not know and series that nobody knows are left out; workers are those of the window."""
    counts = {
        "group:g": 3,
        "group:gone": 5,
        "weather:sunny": 1,
        "route:/a:b": 3,
        "dropped:queue_full": 2,
        "route:/c": 0,
    }
    stats = stats_of(view(counts, g=group("g")), Window(60, 60), 5, lambda _: ())

    assert stats["total"] == 3
    assert (stats["scope"], stats["workers_seen"]) == ("cluster", 2)
    assert stats["by_route"] == {"/a:b": 3}
    assert stats["by_service"] == {"": 3}
    assert stats["dropped"] == {"queue_full": 2}
    assert stats["top"][0]["sample"] is None


def test_most_frequent_first():
    """Of equally frequent ones by name, so that two answers can be compared; groups by when they were seen."""
    groups = {name: group(name, code=name.upper()) for name in ("b", "a", "c")}
    stats = stats_of(
        view({"group:b": 1, "group:a": 1, "group:c": 2}, **groups), Window(60, 60), 5, lambda _: ()
    )

    assert list(stats["by_code"]) == ["C", "A", "B"]


def test_top_reads_no_more_samples_than_it_tells():
    """Each costs the store a question."""
    asked: list[str] = []

    def samples(ident: str) -> tuple[EventRecord, ...]:
        asked.append(ident)
        return ()

    stats_of(view({"group:a": 1, "group:b": 2}, a=group("a"), b=group("b")), Window(60, 60), 1, samples)

    assert asked == ["b"]
