# SPDX-License-Identifier: MIT
"""What is compared with the policies is worth it: the limits by hand are exact, and bounded as ours are."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from benchmarks.outcomes import check
from benchmarks.rows.breaker_by_hand import GROUP, BreakerByHand, guarded
from benchmarks.rows.limits_by_hand import (
    EvenByHand,
    EvensByHand,
    FixedByHand,
    FixedsByHand,
    MovingByHand,
    SlidingByHand,
)
from benchmarks.rows.policy_stack import stack, under_a_deadline
from benchmarks.rows.stack_by_hand import StackByHand
from benchmarks.rows.verdicts_by_hand import DROPPED, verdict_on
from benchmarks.storm.measures import ARMS, MAIN

from errcore import RateLimit, classify
from errcore.policies import deadlines
from errcore.testing import FakeClock

ALGORITHMS = {"gcra": EvenByHand, "fixed": FixedByHand, "moving": MovingByHand, "sliding": SlidingByHand}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_limit_by_hand_decides_as_ours_does(algorithm):
    """Over steady traffic, bursts and pauses."""
    hand, ours = (
        ALGORITHMS[algorithm](10, 10.0),
        RateLimit("10 per 10 seconds", algorithm=algorithm).limiter(),
    )
    moments = [1000.0 + step * pace for pace in (0.25, 0.75, 1.25) for step in range(60)]
    moments = sorted(moments) + [1200.0] * 15 + [1205.25] * 15 + [1300.0] * 15

    assert [hand.hit(moment) for moment in moments] == [ours.hit(moment) for moment in moments]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_limit_by_hand_is_exact_under_threads(algorithm):
    """Which is what its lock is for."""
    limit = ALGORITHMS[algorithm](1000, 10.0)
    interval, start = sys.getswitchinterval(), threading.Barrier(4)

    def hits(_):
        start.wait(10)
        return sum(limit.hit(1000.0) for _ in range(500))

    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(hits, range(4))) == 1000
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("keyed", [EvensByHand, FixedsByHand])
def test_keys_by_hand_are_bounded(keyed):
    """At least the last ones are kept, and at most twice as many."""
    limits = keyed(1, 10.0, 8)
    for number in range(1000):
        assert limits.hit(f"key {number}", 1000.0)

    assert not limits.hit("key 999", 1000.0)
    assert len(limits.young) + len(limits.old) <= 16


def test_stack_by_hand_takes_no_detour():
    """The success path of the limit is one function: no part of it is a call of its own but clock and lock."""
    by_hand = StackByHand("bench", 10, 10.0).guarded(lambda value: value)
    seen = []

    def profile(frame, event, _):
        if event == "call":
            seen.append(frame.f_code.co_name)

    by_hand(1)
    sys.setprofile(profile)
    try:
        by_hand(1)
    finally:
        sys.setprofile(None)

    assert seen == ["call", "<lambda>"]


def test_peers_of_the_stack_say_what_they_leave_out():
    """Nobody else does the whole job."""
    assert all(peer.differs for peer in stack().peers)


BUGS = [
    TypeError,
    NameError,
    UnboundLocalError,
    AttributeError,
    AssertionError,
    ImportError,
    ModuleNotFoundError,
    NotImplementedError,
    RecursionError,
]


@pytest.mark.parametrize(
    "cls", [*BUGS, ConnectionResetError, TimeoutError, ValueError, KeyError, RuntimeError]
)
def test_verdict_by_hand_is_ours(cls):
    """A bug counts as nothing, any other failure as one of the dependency; so the limit does not count less."""
    verdict, _ = verdict_on(cls("down"))

    assert verdict == classify(cls("down")).outcome.value
    assert (verdict == DROPPED) == (cls in BUGS)


def test_row_with_a_deadline_leaves_no_trace():
    """The rows after it are about processes that never had one."""
    before = deadlines.seen
    deadlines.seen = False
    try:
        case = under_a_deadline()
        check(case)
        with case.around():
            assert deadlines.seen
        assert not deadlines.seen
    finally:
        deadlines.seen = before


def test_main_arms_of_the_storm_are_arms():
    """They are named, and not whichever come first."""
    assert set(MAIN) <= set(ARMS)


def test_breaker_by_hand_dates_frequent_successes_together():
    """Which saves it the clock; where calls are rare each has a date of its own."""
    time = FakeClock(monotonic=1000.0)
    state = BreakerByHand("bench", now=time.monotonic)
    call, groups = guarded(state, lambda: None), []
    for pause in (0.001, 10.0):
        for _ in range(200):
            time.advance(pause)
            call()
        groups.append(state.generation.group)

    assert groups == [GROUP, 1]
