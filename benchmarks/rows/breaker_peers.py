# SPDX-License-Identifier: MIT
"""The breakers of others, with settings as near to the limit's as they have."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.case import Column
from benchmarks.peers import available

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Function = Callable[..., Any]
    Decorator = Callable[[Function], Function]

__all__ = ["NEVER", "breakers", "breakers_async"]

NEVER = 10**9
"""Failures that nobody reaches."""

_CONSECUTIVE = "counts failures in a row, lets late results count"
_LAST = "of the last 20 calls, lets all callers probe, lets late results count"
_RATE = "of the last 100 calls, lets all callers probe, lets late results count"


def _as_it_is(call: Function, *_: object) -> Function:
    return call


def breakers(fn: Function, then: Function = _as_it_is, *, most: int = 20) -> Iterator[Column]:
    if available("circuitbreaker"):
        import circuitbreaker

        breaker = circuitbreaker.CircuitBreaker(failure_threshold=most, recovery_timeout=3600, name="bench")
        yield Column("circuitbreaker", then(breaker(fn)), 1, differs=_CONSECUTIVE)
    if available("pybreaker"):
        import pybreaker

        held = pybreaker.CircuitBreaker(fail_max=most, reset_timeout=3600)
        yield Column("pybreaker", then(held(fn)), 1, differs=f"{_CONSECUTIVE}, one caller at a time")
    if available("pyresilience"):
        yield Column("pyresilience", then(_pyresilience(most)(fn)), 1, differs=_RATE)
    if available("resilient_circuit"):
        yield Column("resilient-circuit", then(_resilient_circuit(most)(fn)), 1, differs=_LAST)


def breakers_async(fn: Function, then: Function = _as_it_is, *, most: int = 20) -> Iterator[Column]:
    if available("circuitbreaker"):
        import circuitbreaker

        breaker = circuitbreaker.CircuitBreaker(
            failure_threshold=most, recovery_timeout=3600, name="bench-async"
        )
        yield Column("circuitbreaker", then(breaker(fn)), 1, differs=_CONSECUTIVE)
    if available("hyx"):
        from hyx.circuitbreaker import consecutive_breaker

        own = consecutive_breaker(failure_threshold=most, recovery_time_secs=3600)
        yield Column("hyx", then(own(fn)), 1, differs=f"{_CONSECUTIVE}, a cancellation closes it")
    if available("aiobreaker"):
        import aiobreaker

        held = aiobreaker.CircuitBreaker(fail_max=most, timeout_duration=timedelta(hours=1))
        yield Column("aiobreaker", then(held(fn)), 1, differs=_CONSECUTIVE)
    if available("pyresilience"):
        yield Column("pyresilience", then(_pyresilience(most)(fn)), 1, differs=_RATE)


def _pyresilience(most: int) -> Decorator:
    from pyresilience import CircuitBreakerConfig, resilient

    size = min(most, 100)
    config = CircuitBreakerConfig(failure_threshold=most, recovery_timeout=3600, success_threshold=3)
    if most <= size:
        config = CircuitBreakerConfig(
            failure_threshold=most, recovery_timeout=3600, success_threshold=3, sliding_window_size=100
        )
    decorate: Decorator = resilient(circuit_breaker=config)
    return decorate


def _resilient_circuit(most: int) -> Decorator:
    from fractions import Fraction

    from resilient_circuit import CircuitProtectorPolicy

    # Opens when 11 of the last 20 have failed: the denominator, as it is after reduction, is how many it remembers.
    # It has no threshold that nobody reaches, so where it may not open a failure is to it as a success.
    made: Decorator = CircuitProtectorPolicy(
        cooldown=timedelta(hours=1), failure_limit=Fraction(11, 20), should_handle=lambda _: most != NEVER
    )
    return made
