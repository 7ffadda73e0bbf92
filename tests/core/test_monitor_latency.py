# SPDX-License-Identifier: MIT
"""Durations in buckets: quantiles are at most 2.2 % off, and to merge is to add."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore.monitor import Monitor
from errcore.monitor.latency import bucket_of, quantile

DURATIONS = st.floats(0.000_1, 60.0)
SHARES = st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0])


@given(st.lists(DURATIONS, min_size=1), SHARES)
def test_quantiles_are_close(durations: list[float], share: float):
    """The exact one is the smallest duration that `share` of all do not exceed."""
    exact = sorted(durations)[max(1, math.ceil(share * len(durations))) - 1]
    found = quantile(Counter(map(bucket_of, durations)), share)

    assert found is not None
    assert abs(found - exact) <= 0.0219 * exact


@given(st.lists(DURATIONS), st.lists(DURATIONS, min_size=1), SHARES)
def test_merging_is_addition(some: list[float], more: list[float], share: float):
    """Buckets of two workers, added, are those of one that saw all."""
    merged = Counter(map(bucket_of, some)) + Counter(map(bucket_of, more))

    assert merged == Counter(map(bucket_of, some + more))
    assert quantile(merged, share) == quantile(Counter(map(bucket_of, some + more)), share)


@given(DURATIONS, DURATIONS)
def test_order_is_kept(one: float, other: float):
    """What took longer is in no lower bucket."""
    assert (bucket_of(one) <= bucket_of(other)) or one > other


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        (0.0, -54),
        (-1.0, -54),
        (math.nan, -54),
        (-math.inf, -54),
        (0.0001, -54),
        (60.0, 253),
        (1e9, 253),
        (math.inf, 253),
    ],
)
def test_bounds(seconds: float, bucket: int):
    """What is too short, too long or no duration is in the outermost buckets."""
    assert bucket_of(seconds) == bucket


def test_buckets_are_those_of_exponential_histograms():
    """Of scale 4: above 2^(i/16) ms and at most 2^((i+1)/16) ms, exact powers of two included."""
    assert [bucket_of(2**power / 1000) for power in range(-3, 10)] == [
        16 * power - 1 for power in range(-3, 10)
    ]
    assert bucket_of(math.nextafter(0.002, 1.0)) == 16


def test_nothing_has_no_quantile():
    """Nor have sums that came to nothing."""
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None
    assert quantile({3: 1}, 0.0) == quantile({3: 1}, 1.0)


def test_of_a_monitor():
    """p50, p95 and p99 of each route, in seconds."""
    with Monitor(background=False) as monitor:
        for number in range(1, 1001):
            monitor.count_request("/a", 200, number / 1000)
        monitor.count_request("/b", 200, 0.5)
        monitor.count_request("/c", 200, "soon")
        routes = monitor.stats()["requests"]["by_route"]

    assert routes["/a"]["p50"] == pytest.approx(0.5, rel=0.022)
    assert routes["/a"]["p95"] == pytest.approx(0.95, rel=0.022)
    assert routes["/a"]["p99"] == pytest.approx(0.99, rel=0.022)
    assert routes["/b"]["p50"] == routes["/b"]["p99"]
    assert (routes["/c"]["total"], routes["/c"]["p50"]) == (1, None)
