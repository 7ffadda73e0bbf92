# SPDX-License-Identifier: MIT
"""What is compared with the policies is worth it: the limits by hand are exact, and bounded as ours are."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from benchmarks.rows.limits_by_hand import (
    EvenByHand,
    EvensByHand,
    FixedByHand,
    FixedsByHand,
    MovingByHand,
    SlidingByHand,
)
from benchmarks.rows.policy_stack import stack
from benchmarks.rows.stack_by_hand import StackByHand

from errcore import RateLimit

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
