# SPDX-License-Identifier: MIT
"""Sums over a window of time, against a list of everything that happened."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore.policies.breaking.breaker import Breaker
from errcore.policies.breaking.generations import Generation
from errcore.policies.breaking.tally import GROUP, Tally
from errcore.policies.breaking.window import BUCKETS, Window

gaps = st.one_of(st.just(0.0), st.floats(0.0, 2.0), st.floats(0.0, 400.0))
ends = st.tuples(gaps, st.integers(1, 5), st.integers(0, 5), st.integers(0, 5))


@given(length=st.floats(0.1, 100.0), start=st.floats(0.0, 1e5), calls=st.lists(ends, max_size=60))
def test_it_sums_what_is_not_too_old(
    length: float, start: float, calls: list[tuple[float, int, int, int]]
) -> None:
    """The sums are those of a list from which whole buckets fall off."""
    window, now, base = Window(length), start, 0.0
    listed: list[tuple[int, float, int, int, int]] = []
    for gap, number, failed, slow in calls:
        now += gap
        bucket = math.floor((now - base) / (length / BUCKETS) + 1e-9)
        listed = [each for each in listed if each[0] > bucket - BUCKETS]
        if not listed:
            base, bucket = now, 0
        listed.append((bucket, now, number, failed, slow))
        window.add(now, number, failed=failed, slow=slow)

        assert window.calls == sum(each[2] for each in listed)
        assert window.failed == sum(each[3] for each in listed)
        assert window.slow == sum(each[4] for each in listed)
        assert all(now - each[1] < length * (1 + 1e-9) for each in listed), "kept too long"

    window.turn(now + length * 1.0001)

    assert (window.calls, window.failed, window.slow) == (0, 0, 0)


@given(length=st.floats(0.1, 100.0), times=st.lists(st.floats(0.0, 0.9), min_size=1, max_size=30))
def test_nothing_is_lost_within_nine_tenths(length: float, times: list[float]) -> None:
    """What is forgotten early is forgotten at most a bucket early."""
    window = Window(length)
    for moment in sorted(times):
        window.add(1000 + moment * length * 0.999)

    assert window.calls == len(times)


def test_a_moment_before_the_last_counts_as_the_last() -> None:
    """Threads read their clocks before they take turns."""
    window = Window(10.0)
    window.add(100.0)
    window.add(105.0)
    window.add(104.0, failed=1)
    window.add(90.0, failed=1)
    window.turn(113.9)

    assert (window.calls, window.failed) == (3, 2)


@pytest.fixture
def tally() -> Tally:
    """Counts over 30 seconds; half of 20 calls are too much."""
    return Tally(Breaker())


def add_oks(tally: Tally, generation: Generation, number: int, start: float, gap: float) -> float:
    """Successes at a pace, as the happy path counts them; gives the moment after the last one."""
    now = start
    for _ in range(number):
        generation.oks += 1
        if generation.oks >= generation.group:
            tally.settle(generation, now)
        now += gap
    return now


def test_successes_share_a_date_where_calls_are_frequent(tally: Tally) -> None:
    """The clock is not read for each of them, and none is lost."""
    generation = Generation()
    now = add_oks(tally, generation, 10_000, 0.0, 0.001)
    gathering = generation.group
    tally.add(generation, now, failed=1, slow=0)

    assert gathering == GROUP
    assert tally._window.calls == 10_001


@pytest.mark.parametrize("gap", [0.0, 0.1, 5.0])
def test_each_success_has_its_own_date_where_calls_are_rare(tally: Tally, gap: float) -> None:
    """So is it on a clock that stands still between calls, as clocks of tests do."""
    generation = Generation()
    add_oks(tally, generation, 3 * GROUP, 0.0, gap)

    assert (generation.group, generation.oks) == (1, 0)


def test_when_traffic_stops_the_rest_of_a_group_is_as_old_as_the_group(tally: Tally) -> None:
    """Successes of before a pause do not hide the failures after it."""
    generation = Generation()
    now = add_oks(tally, generation, 2 * GROUP + 40, 0.0, 0.001)
    waiting = generation.oks
    tally.add(generation, now + 31.0, failed=1, slow=0)

    assert waiting == 40
    assert (tally._window.calls, generation.group) == (1, 1)


def test_below_the_minimum_every_success_may_decide(tally: Tally) -> None:
    """The twentieth call is weighed at once, even where successes were gathered before it."""
    generation = Generation()
    generation.group = GROUP
    for _ in range(12):
        tally.add(generation, 0.0, failed=1, slow=0)

    assert not tally.is_too_much(generation)
    assert generation.group == 1

    add_oks(tally, generation, 8, 0.0, 0.0)

    assert tally.is_too_much(generation)
