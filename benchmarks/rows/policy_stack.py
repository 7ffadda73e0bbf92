# SPDX-License-Identifier: MIT
"""Retry, budget, breaker and limit around one call that works.

Against all four in one function written by hand, and, four times as fast, against the best bundle of what can be
installed instead. The second kind of row has no limit by hand: its limit is the rival that was the fastest here, for as
much of the job as it does, and its gate is a quarter. All of them make at most three attempts, refuse what goes beyond
the limit and open their breaker.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows.policy_stories import stacked, told, work, work_async
from benchmarks.rows.stack_by_hand import StackByHand
from benchmarks.sampling import Plan, sample
from errcore import Breaker, Retry, policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.testing import FakeClock

    Function = Callable[..., Any]
    Decorator = Callable[[Function], Function]

__all__ = ["beside_rivals", "beside_rivals_async", "empty", "empty_async", "stack", "stack_async"]

_AMOUNT = 10**9
_DAY = 86_400
_NO_BUDGET = "no budget, no deadline, failures in a row, late results count"


def _by_hand(name: str, time: FakeClock) -> Decorator:
    return StackByHand(name, 100, 100.0, initial=0.0, now=time.monotonic, chance=time.random).guarded


def _by_hand_async(name: str, time: FakeClock) -> Decorator:
    return StackByHand(name, 100, 100.0, initial=0.0, now=time.monotonic, chance=time.random).guarded_async


def _ours(name: str, _: FakeClock) -> Decorator:
    return policy(name, retry=Retry(3, initial=0.0, cap=0.0), breaker=Breaker(), limit="100 per 100 seconds")


def stack() -> Case:
    """The row for functions."""
    limit = StackByHand("bench", _AMOUNT, _DAY).guarded(work)
    ours = policy("bench-stack", retry=3, breaker=Breaker(), limit=f"{_AMOUNT}/day")(work)
    limit(1)
    ours(1)
    return Case(
        "policy full stack",
        limit=Column("one function by hand", limit, 1, outcome=told(_by_hand, stacked, asynchronous=False)),
        ours=Column("errcore", ours, 1, outcome=told(_ours, stacked, asynchronous=False)),
        gate=1.2,
        peers=tuple(_bundles(work)),
    )


def stack_async() -> Case:
    """The row for coroutine functions."""
    limit = StackByHand("bench", _AMOUNT, _DAY).guarded_async(work_async)
    ours = policy("bench-stack-async", retry=3, breaker=Breaker(), limit=f"{_AMOUNT}/day")(work_async)
    return Case(
        "policy full stack, async",
        limit=Column(
            "one function by hand", limit, 1, outcome=told(_by_hand_async, stacked, asynchronous=True)
        ),
        ours=Column("errcore", ours, 1, outcome=told(_ours, stacked, asynchronous=True)),
        gate=1.3,
        peers=tuple(_bundles_async(work_async)),
    )


def beside_rivals() -> Case:
    """The row beside the fastest bundle for functions."""
    return _beside("policy best rival", stack())


def beside_rivals_async() -> Case:
    """The row beside the fastest bundle for coroutine functions."""
    return _beside("policy best rival, async", stack_async())


def _beside(name: str, case: Case) -> Case:
    if not case.peers:
        raise ModuleNotFoundError("No bundle of a rival is installed", name="pyresilience")
    rounds = sample(case, Plan(rounds=5, batch=1_000_000))
    times = [sorted(each[index] for each in rounds)[2] for index in range(len(case.columns))]
    order = sorted(case.peers, key=lambda peer: times[case.columns.index(peer)])
    best, *others = (attrs.evolve(peer, outcome=_works(peer), differs="") for peer in order)
    return Case(
        name,
        limit=best,
        ours=attrs.evolve(case.ours, outcome=_works(case.ours)),
        gate=0.25,
        peers=tuple(others),
    )


def _works(column: Column) -> Callable[[], Any]:
    def outcome() -> Any:
        return column.call(column.argument)

    return outcome


def empty() -> Case:
    """The row of retry, budget and breaker against a call of a function that does nothing."""
    ours = policy("bench-empty", retry=3, breaker=Breaker())(_nothing)
    ours()
    return Case("policy empty call", Column("empty call", _nothing), Column("errcore", ours), gate=15)


def empty_async() -> Case:
    """The row for a coroutine function."""
    ours = policy("bench-empty-async", retry=3, breaker=Breaker())(_nothing_async)
    return Case(
        "policy empty call, async", Column("empty call", _nothing_async), Column("errcore", ours), gate=15
    )


def _nothing() -> None:
    pass


async def _nothing_async() -> None:
    pass


def _bundles(fn: Function) -> Iterator[Column]:
    """Those with `limits` first: a thread that it leaves behind hits another one of them, and not the limit."""
    if available("limits"):
        if available("pybreaker") and available("tenacity"):
            import pybreaker

            held = pybreaker.CircuitBreaker(fail_max=20, reset_timeout=5)
            guarded = _tenacity()(held(_limited(fn)))
            differs = f"{_NO_BUDGET}, one caller at a time"
            yield Column("tenacity+pybreaker+limits", guarded, 1, differs=differs)
        if available("circuitbreaker") and available("stamina"):
            import circuitbreaker

            breaker = circuitbreaker.CircuitBreaker(
                failure_threshold=20, recovery_timeout=5, name="bench-stack"
            )
            yield Column(
                "stamina+circuitbreaker+limits", _stamina()(breaker(_limited(fn))), 1, differs=_NO_BUDGET
            )
        if available("circuitbreaker") and available("backoff"):
            import circuitbreaker

            breaker = circuitbreaker.CircuitBreaker(
                failure_threshold=20, recovery_timeout=5, name="bench-backoff"
            )
            yield Column(
                "backoff+circuitbreaker+limits", _backoff()(breaker(_limited(fn))), 1, differs=_NO_BUDGET
            )
    yield from _pyresilience(fn)


def _bundles_async(fn: Function) -> Iterator[Column]:
    if available("limits"):
        if available("aiobreaker") and available("tenacity"):
            import aiobreaker

            held = aiobreaker.CircuitBreaker(fail_max=20, timeout_duration=timedelta(seconds=5))
            yield Column(
                "tenacity+aiobreaker+limits", _tenacity()(held(_limited_async(fn))), 1, differs=_NO_BUDGET
            )
        if available("circuitbreaker") and available("stamina"):
            import circuitbreaker

            breaker = circuitbreaker.CircuitBreaker(
                failure_threshold=20, recovery_timeout=5, name="bench-stack-async"
            )
            guarded = _stamina()(breaker(_limited_async(fn)))
            yield Column("stamina+circuitbreaker+limits", guarded, 1, differs=_NO_BUDGET)
        if available("hyx"):
            from hyx.circuitbreaker import consecutive_breaker
            from hyx.retry import retry

            tried = retry(on=ConnectionError, attempts=2, backoff=0.1)
            own = consecutive_breaker(failure_threshold=20, recovery_time_secs=5)
            yield Column("hyx+limits", tried(own(_limited_async(fn))), 1, differs=_NO_BUDGET)
    yield from _pyresilience(fn)


def _tenacity() -> Decorator:
    import tenacity

    return tenacity.retry(
        stop=tenacity.stop_after_attempt(3),
        wait=tenacity.wait_random_exponential(0.1, 5.0),
        retry=tenacity.retry_if_exception_type(ConnectionError),
        reraise=True,
    )


def _stamina() -> Decorator:
    import stamina

    stamina.instrumentation.set_on_retry_hooks([])
    return stamina.retry(on=ConnectionError, attempts=3, timeout=None)


def _backoff() -> Decorator:
    import backoff

    decorate: Decorator = backoff.on_exception(backoff.expo, ConnectionError, max_tries=3, logger=None)
    return decorate


def _limited(fn: Function) -> Function:
    from limits import parse
    from limits.storage import MemoryStorage
    from limits.strategies import FixedWindowRateLimiter

    limiter, item = FixedWindowRateLimiter(MemoryStorage()), parse(f"{_AMOUNT}/day")

    def call(*args: Any, **kwargs: Any) -> Any:
        if not limiter.hit(item, "bench"):
            raise RuntimeError("limited")
        return fn(*args, **kwargs)

    return call


def _limited_async(fn: Function) -> Function:
    from limits import parse
    from limits.aio.storage import MemoryStorage
    from limits.aio.strategies import FixedWindowRateLimiter

    limiter, item = FixedWindowRateLimiter(MemoryStorage()), parse(f"{_AMOUNT}/day")

    async def call(*args: Any, **kwargs: Any) -> Any:
        if not await limiter.hit(item, "bench"):
            raise RuntimeError("limited")
        return await fn(*args, **kwargs)

    return call


def _pyresilience(fn: Function) -> Iterator[Column]:
    if not available("pyresilience"):
        return
    from pyresilience import (
        CircuitBreakerConfig,
        RateLimiterConfig,
        RetryBudgetConfig,
        RetryConfig,
        resilient,
    )

    guarded = resilient(
        retry=RetryConfig(max_attempts=3, delay=0.1, max_delay=5.0, retry_on=(ConnectionError,)),
        circuit_breaker=CircuitBreakerConfig(failure_threshold=20, recovery_timeout=5, success_threshold=3),
        rate_limiter=RateLimiterConfig(max_calls=_AMOUNT, period=1.0),
        retry_budget=RetryBudgetConfig(),
    )
    yield Column(
        "pyresilience", guarded(fn), 1, differs="a budget per process, failures in a row, late results count"
    )
