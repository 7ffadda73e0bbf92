# SPDX-License-Identifier: MIT
"""Eight threads with calls of two milliseconds, through one breaker and through none: nobody waits for another one.

Wall time, since what is looked for is waiting. The threads are started before.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, Column
from benchmarks.peers import available
from errcore import Breaker, policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["eight_threads"]

_THREADS = 8
_CALLS = 8
_SECONDS = 0.002


def _body(number: int) -> int:
    time.sleep(_SECONDS)
    return number


def eight_threads() -> Case:
    """The row."""
    pool = ThreadPoolExecutor(_THREADS)

    @contextmanager
    def around() -> Iterator[None]:
        with pool:
            yield

    def through(call: Callable[[int], int]) -> Callable[[], list[int]]:
        return lambda: list(pool.map(call, range(_CALLS)))

    def column(name: str, call: Callable[[int], Any], **differs: str) -> Column:
        return Column(
            name, through(call), outcome=lambda: [call(number) for number in range(_CALLS)], **differs
        )

    peers = []
    if available("circuitbreaker"):
        import circuitbreaker

        breaker = circuitbreaker.CircuitBreaker(name="bench-threads")
        peers.append(column("circuitbreaker", breaker(_body)))
    if available("pyresilience"):
        from pyresilience import CircuitBreakerConfig, resilient

        peers.append(column("pyresilience", resilient(circuit_breaker=CircuitBreakerConfig())(_body)))
    if available("pybreaker"):
        import pybreaker

        peers.append(column("pybreaker", pybreaker.CircuitBreaker()(_body)))
    return Case(
        "policy 8 threads, one breaker",
        column("no breaker", _body),
        column("errcore", policy("bench-threads", breaker=Breaker())(_body)),
        gate=1.2,
        peers=tuple(peers),
        around=around,
        jobs=_CALLS,
        timer=time.perf_counter_ns,
    )
