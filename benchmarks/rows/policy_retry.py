# SPDX-License-Identifier: MIT
"""A call that is tried again where it fails: what that costs a call that works, and one that works at the third time.

The limit retries the same failures, waits as long, honours a deadline and a Retry-After, does not multiply inside of
other retries and raises the original error with a note. Where there is a budget it keeps the same two purses.
"""

from __future__ import annotations

import asyncio
import random
import time
from itertools import cycle
from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows.budget_by_hand import PursesByHand
from benchmarks.rows.policy_stories import failing, paying, told, work, work_async
from benchmarks.rows.retry_by_hand import Waits, retried, retried_async
from errcore import Retry, policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.rows.policy_stories import Story
    from errcore.testing import FakeClock

    Function = Callable[..., Any]
    Decorator = Callable[[Function], Function]

__all__ = ["fail_twice", "fail_twice_async", "paid", "paid_async", "success", "success_async"]

_BARE = "no deadline, no Retry-After, multiplies inside of others, one class of failures, no note"
_LONE = "no deadline, no Retry-After, multiplies inside of others, no budget"


def _by_hand(*, asynchronous: bool, budget: bool) -> Callable[[str, FakeClock], Decorator]:
    def guard(name: str, time: FakeClock) -> Decorator:
        times = {"now": time.monotonic, "chance": time.random}
        waits = Waits(name, initial=0.0, purses=PursesByHand(**times) if budget else None, **times)
        return lambda fn: (retried_async if asynchronous else retried)(waits, fn)

    return guard


def _ours(*, budget: bool) -> Callable[[str, FakeClock], Decorator]:
    def guard(name: str, _: FakeClock) -> Decorator:
        retry = Retry(3, initial=0.0, cap=0.0)
        return policy(name, retry=retry) if budget else policy(name, retry=retry, budget=None)

    return guard


def _columns(
    story: Story, limit: Function, ours: Function, *arguments: Any, asynchronous: bool
) -> dict[str, Column]:
    budget = story is paying
    hand = told(_by_hand(asynchronous=asynchronous, budget=budget), story, asynchronous=asynchronous)
    return {
        "limit": Column("hand-written loop", limit, *arguments, outcome=hand),
        "ours": Column(
            "errcore", ours, *arguments, outcome=told(_ours(budget=budget), story, asynchronous=asynchronous)
        ),
    }


def success() -> Case:
    """The row for functions."""
    limit, ours = retried(Waits("bench"), work), policy("bench-retry", retry=3, budget=None)(work)
    return Case(
        "policy retry success",
        **_columns(failing, limit, ours, 1, asynchronous=False),
        gate=1.15,
        peers=tuple(Column(name, each(work), 1, differs=_LONE) for name, each in _peers(0.1)),
    )


def success_async() -> Case:
    """The row for coroutine functions."""
    limit = retried_async(Waits("bench"), work_async)
    ours = policy("bench-retry-async", retry=3, budget=None)(work_async)
    return Case(
        "policy retry success, async",
        **_columns(failing, limit, ours, 1, asynchronous=True),
        gate=1.1,
        peers=tuple(
            Column(name, each(work_async), 1, differs=_LONE) for name, each in _peers(0.1, asynchronous=True)
        ),
    )


def paid() -> Case:
    """The row for functions with a budget."""
    limit = retried(Waits("bench", purses=PursesByHand()), work)
    ours = policy("bench-budget", retry=3)(work)
    limit(1)
    ours(1)
    return Case(
        "policy retry and budget",
        **_columns(paying, limit, ours, 1, asynchronous=False),
        gate=1.4,
        peers=(
            Column("hand-written, no budget", retried(Waits("bench"), work), 1, differs="no budget"),
            *_pyresilience_paid(work),
        ),
    )


def paid_async() -> Case:
    """The row for coroutine functions with a budget."""
    limit = retried_async(Waits("bench", purses=PursesByHand()), work_async)
    ours = policy("bench-budget-async", retry=3)(work_async)
    return Case(
        "policy retry and budget, async",
        **_columns(paying, limit, ours, 1, asynchronous=True),
        gate=1.35,
        peers=(
            Column(
                "hand-written, no budget", retried_async(Waits("bench"), work_async), 1, differs="no budget"
            ),
            *_pyresilience_paid(work_async),
        ),
    )


def fail_twice() -> Case:
    """The row for a function that works at the third time; nobody waits, and nobody pays, or it would soon be broke."""
    limit = retried(Waits("bench", initial=0.0), _third_time())
    ours = policy("bench-fail-twice", retry=Retry(3, initial=0.0, cap=0.0), budget=None)(_third_time())
    return Case(
        "policy fail twice",
        **_columns(failing, limit, ours, asynchronous=False),
        gate=3.0,
        peers=(
            Column("hand-written, the loop alone", _bare(_third_time()), differs=_BARE),
            *(Column(name, each(_third_time()), differs=_LONE) for name, each in _peers(0.0)),
        ),
    )


def fail_twice_async() -> Case:
    """The row for such a coroutine function."""
    limit = retried_async(Waits("bench", initial=0.0), _third_time_async())
    ours = policy("bench-fail-twice-async", retry=Retry(3, initial=0.0, cap=0.0), budget=None)
    return Case(
        "policy fail twice, async",
        **_columns(failing, limit, ours(_third_time_async()), asynchronous=True),
        gate=3.0,
        peers=(
            Column("hand-written, the loop alone", _bare_async(_third_time_async()), differs=_BARE),
            *(
                Column(name, each(_third_time_async()), differs=_LONE)
                for name, each in _peers(0.0, asynchronous=True)
            ),
        ),
    )


def _bare(fn: Function) -> Function:
    def call(*args: Any, **kwargs: Any) -> Any:
        for number in range(3):
            try:
                return fn(*args, **kwargs)
            except ConnectionError:
                if number == 2:
                    raise
                wait = min(5.0, 0.0 * 2.0**number) * random.random()
                if wait:
                    time.sleep(wait)
        return None

    return call


def _bare_async(fn: Function) -> Function:
    async def call(*args: Any, **kwargs: Any) -> Any:
        for number in range(3):
            try:
                return await fn(*args, **kwargs)
            except ConnectionError:
                if number == 2:
                    raise
                wait = min(5.0, 0.0 * 2.0**number) * random.random()
                if wait:
                    await asyncio.sleep(wait)
        return None

    return call


def _third_time() -> Function:
    fails = cycle([True, True, False]).__next__

    def works_the_third_time() -> int:
        if fails():
            raise ConnectionError("down")
        return 1

    return works_the_third_time


def _third_time_async() -> Function:
    body = _third_time()

    async def works_the_third_time() -> Any:
        return body()

    return works_the_third_time


def _peers(initial: float, *, asynchronous: bool = False) -> list[tuple[str, Decorator]]:
    """Three attempts with exponential waits, by each who is here; without waits they sleep for no time."""
    peers: list[tuple[str, Decorator]] = []
    if available("resilient_circuit"):
        peers.append(("resilient-circuit", _resilient_circuit(initial)))
    if available("pyresilience"):
        from pyresilience import RetryConfig, resilient

        retry = RetryConfig(max_attempts=3, delay=initial, max_delay=5.0, retry_on=(ConnectionError,))
        peers.append(("pyresilience", resilient(retry=retry)))
    if asynchronous and available("hyx"):
        from hyx.retry import retry as hyx_retry
        from hyx.retry.backoffs import expo

        backoff = expo(min_delay_secs=initial, max_delay_secs=5.0) if initial else 0.0
        peers.append(("hyx", hyx_retry(on=ConnectionError, attempts=2, backoff=backoff)))
    if available("backoff"):
        import backoff as backoff_

        wait = (
            {"wait_gen": backoff_.expo, "factor": initial}
            if initial
            else {"wait_gen": backoff_.constant, "interval": 0}
        )
        peers.append(
            ("backoff", backoff_.on_exception(exception=ConnectionError, max_tries=3, logger=None, **wait))
        )
    if available("stamina"):
        import stamina

        stamina.instrumentation.set_on_retry_hooks([])  # nobody else has a log line here
        peers.append(
            (
                "stamina",
                stamina.retry(
                    on=ConnectionError, attempts=3, timeout=None, wait_initial=initial, wait_jitter=initial
                ),
            )
        )
    if available("tenacity"):
        import tenacity

        peers.append(
            (
                "tenacity",
                tenacity.retry(
                    stop=tenacity.stop_after_attempt(3),
                    wait=tenacity.wait_random_exponential(initial, 5.0) if initial else tenacity.wait_none(),
                    retry=tenacity.retry_if_exception_type(ConnectionError),
                    reraise=True,
                ),
            )
        )
    return peers


def _resilient_circuit(initial: float) -> Decorator:
    from datetime import timedelta

    from resilient_circuit import ExponentialDelay, RetryWithBackoffPolicy

    delay = (
        ExponentialDelay(timedelta(seconds=initial), timedelta(seconds=5), factor=2, jitter=1)
        if initial
        else None
    )
    decorate: Decorator = RetryWithBackoffPolicy(
        backoff=delay, max_retries=2, should_handle=lambda exc: isinstance(exc, ConnectionError)
    )
    return decorate


def _pyresilience_paid(fn: Function) -> list[Column]:
    if not available("pyresilience"):
        return []
    from pyresilience import RetryBudgetConfig, RetryConfig, resilient

    paid_for = resilient(retry=RetryConfig(delay=0.1, max_delay=5.0), retry_budget=RetryBudgetConfig())
    return [
        Column("pyresilience", paid_for(fn), 1, differs="a budget that grows with the number of processes")
    ]
