# SPDX-License-Identifier: MIT
"""What a guarded call that works leaves behind: nothing. What it takes is measured by the benchmarks."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest

from errcore import Breaker, RateLimit, clock, policy
from errcore.policies.limiting._limits import parsed
from errcore.testing import FakeClock

CALLS = 640  # ten times as many as may share a date in the breaker, forty times as many as the budget gathers
FEW = 10  # blocks; the free lists of the interpreter are filled again, however many calls there are


def parts(name, limit=None):
    """Retry, its budget and a breaker, and a limit where it is asked for."""
    return policy(name, retry=3, breaker=Breaker(), limit=limit)


def surviving(calls):
    """Blocks of memory that ten times as many calls leave behind beyond what some leave."""

    def blocks(number):
        gc.collect()
        gc.disable()
        try:
            before = sys.getallocatedblocks()
            calls(number)
            return sys.getallocatedblocks() - before
        finally:
            gc.enable()

    calls(CALLS)  # what is made once: windows, specialised code
    some = blocks(CALLS)
    return blocks(10 * CALLS) - some


@pytest.mark.parametrize("limit", [None, "1000000/second"], ids=["three parts", "and a limit"])
def test_nothing_that_a_call_allocates_survives_it(limit):
    """However many calls work, the process has no more blocks of memory; nothing waits for the collector."""
    guarded = parts("cost" if limit is None else "cost-limit", limit)(lambda: None)

    def calls(number):
        for _ in range(number):
            guarded()

    with clock.using(FakeClock()):
        assert surviving(calls) < FEW


@pytest.mark.parametrize("limit", [None, "1000000/second"], ids=["three parts", "and a limit"])
def test_nothing_survives_an_awaited_call_either(limit):
    """The same for a coroutine function."""

    @parts("cost-async" if limit is None else "cost-limit-async", limit)
    async def guarded():
        pass

    async def many(number):
        for _ in range(number):
            await guarded()

    with clock.using(FakeClock()), asyncio.Runner() as runner:
        assert surviving(lambda number: runner.run(many(number))) < FEW


def test_what_is_kept_would_be_seen():
    """Without this the tests above could prove nothing."""
    kept = []
    guarded = parts("cost-kept")(lambda: kept.append(object()))

    def calls(number):
        for _ in range(number):
            guarded()

    assert surviving(calls) >= 8 * CALLS


@pytest.mark.parametrize("unit", ["second", "minute", "hour", "day"])
@pytest.mark.parametrize("between", ["/", " per ", " / ", "/ ", " /", "per ", " per"])
@pytest.mark.parametrize("amount", ["1", "7", "100", "999999999", "1000000000"])
def test_usual_rates_are_what_limits_reads(amount, between, unit):
    """They are read without that library, and mean the same."""
    text = f"{amount}{between}{unit}"

    assert RateLimit(text).rates == parsed(text)
