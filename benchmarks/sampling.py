# SPDX-License-Identifier: MIT
"""Times of the columns of a case, taken in turns.

The columns take turns batch by batch in one process, beginning with another one in each round, so that a slow spell of
the machine hits all of them. Each has a loop compiled for it alone: the interpreter specialises code where it stands,
and a shared loop would have to learn every column anew.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.case import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.case import Case, Column

    Timer = Callable[[], int]
    Batch = Callable[[int], int]

__all__ = ["FULL", "QUICK", "Plan", "sample"]

_STEP = 10
"""Calls written out in a loop: the loop itself weighs nothing even where a call takes 50 ns."""

_LOOP = """
{define} batch(call, argument, count, timer):
    start = timer()
    for _ in range(count):
        {calls}
    return timer() - start
"""


@attrs.frozen
class Plan:
    """How long to measure.

    Attributes:
        rounds: How often each column has its turn.
        batch: Nanoseconds that one turn takes, about.
        patience: How many times as many rounds a row gets that is over its gate.
        warmup: Rounds that are thrown away.
    """

    rounds: int
    batch: int
    patience: int = 3
    warmup: int = 2

    def longer(self) -> Plan:
        """The plan for a second look."""
        return attrs.evolve(self, rounds=self.rounds * self.patience)


FULL = Plan(rounds=31, batch=20_000_000)
QUICK = Plan(rounds=11, batch=8_000_000)


def sample(case: Case, plan: Plan, timer: Timer | None = None) -> list[list[float]]:
    """Nanoseconds per job: one list per round, in it one number per column, in the order of `case.columns`.

    Args:
        case: What to time.
        plan: How long.
        timer: What to read instead of the timer of the case.
    """
    with asyncio.Runner() as runner, _quiet_collector(), case.around():
        batches = [
            _batch(column, timer or case.timer, runner if case.asynchronous else None)
            for column in case.columns
        ]
        counts = [_count(batch, plan.batch) for batch in batches]
        rounds: list[list[float]] = []
        for number in range(plan.warmup + plan.rounds):
            times = [0.0] * len(batches)
            for turn in range(len(batches)):
                index = (number + turn) % len(batches)
                times[index] = batches[index](counts[index]) / (counts[index] * _STEP * case.jobs)
            gc.collect()  # what a round left behind is not charged to the next one
            if number >= plan.warmup:
                rounds.append(times)
        return rounds


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """No collection while a batch runs: it would hit whichever column happens to fill the generation."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _batch(column: Column, timer: Timer, runner: asyncio.Runner | None) -> Batch:
    call = "call()" if column.argument is NOTHING else "call(argument)"
    line = call if runner is None else f"await {call}"
    source = _LOOP.format(define="def" if runner is None else "async def", calls="; ".join([line] * _STEP))
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    batch = namespace["batch"]
    if runner is None:
        return lambda count: batch(column.call, column.argument, count, timer)
    return lambda count: runner.run(batch(column.call, column.argument, count, timer))


def _count(batch: Batch, wanted: int) -> int:
    """How many steps fill a turn."""
    count = 1
    while (taken := batch(count)) < wanted // 4:
        count *= 2
    return max(1, round(count * wanted / max(taken, 1)))
