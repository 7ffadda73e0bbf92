# SPDX-License-Identifier: MIT
"""Bundles of what can be installed: a retry around a breaker around a limit, each of somebody else's.

Their limit is hit right before the call. What a bundle leaves out of the job is said with it.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from benchmarks.case import Column
from benchmarks.peers import available

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Function = Callable[..., Any]
    Decorator = Callable[[Function], Function]

__all__ = ["bundles", "bundles_async"]

_AMOUNT = 10**9
_NO_BUDGET = "no budget, no deadline, failures in a row, late results count"
_OWN_ERROR = "an error of its own in the end"


def bundles(fn: Function) -> Iterator[Column]:
    """Those for functions. Those with `limits` first: a thread that it leaves behind hits another one of them, and not the limit."""
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
        yield from _resilient_circuit(_limited(fn), "bench-resilient")
    yield from _pyresilience(fn)


def bundles_async(fn: Function) -> Iterator[Column]:
    """Those for coroutine functions."""
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
        yield from _resilient_circuit(_limited_async(fn), "bench-resilient-async")
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


def _resilient_circuit(limited: Function, name: str) -> Iterator[Column]:
    """Its retry, which is the fastest of all, around its own breaker and around one that is faster."""
    if not available("resilient_circuit"):
        return
    from resilient_circuit import CircuitProtectorPolicy, ExponentialDelay, RetryWithBackoffPolicy

    tried = RetryWithBackoffPolicy(
        backoff=ExponentialDelay(timedelta(seconds=0.1), timedelta(seconds=5), factor=2, jitter=1),
        max_retries=2,
        should_handle=lambda exc: isinstance(exc, ConnectionError),
    )
    own = CircuitProtectorPolicy(
        cooldown=timedelta(seconds=5), failure_limit=Fraction(11, 20), success_limit=Fraction(1, 1)
    )
    yield Column(
        "resilient-circuit+limits",
        tried(own(limited)),
        1,
        differs=f"no budget, no deadline, the last 20 calls, late results count, {_OWN_ERROR}",
    )
    if available("circuitbreaker"):
        import circuitbreaker

        other = circuitbreaker.CircuitBreaker(failure_threshold=20, recovery_timeout=5, name=name)
        yield Column(
            "resilient-circuit+circuitbreaker+limits",
            tried(other(limited)),
            1,
            differs=f"{_NO_BUDGET}, {_OWN_ERROR}",
        )


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
