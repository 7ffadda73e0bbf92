# SPDX-License-Identifier: MIT
"""What is asked of a run: the goodput at the end, the time until all is well again, and how many requests it took."""

from __future__ import annotations

import attrs

from benchmarks.storm.arms import ARMS
from benchmarks.storm.model import Outcome, Scenario, SimulatedClock, run
from errcore.clock import using

__all__ = ["SEEDS", "Storm", "healthy", "simulated", "storm"]

SEEDS = (1, 2, 3)

_TAIL = 60.0  # seconds
_AFTERMATH = 30.0


@attrs.frozen
class Storm:
    """The worst of several runs of one spell.

    Attributes:
        tail: Goodput of the last minute.
        recovery: Seconds from the end of the spell until the goodput is back; None for never.
        amplification: Requests for each call in the spell and the half minute after it, on average.
    """

    tail: float
    recovery: float | None
    amplification: float

    def holds_against(self, never: Storm) -> bool:
        """Whether it is as good as it has to be, compared with the runs without retries."""
        return (
            self.tail >= 0.99
            and self.recovery is not None
            and never.recovery is not None
            and self.recovery <= 2.5 * max(never.recovery, 1.0)
            and self.amplification <= 1.35
        )


def simulated(scenario: Scenario, arm: str, seed: int) -> Outcome:
    """One run."""
    clock = SimulatedClock(seed * 7919)
    with using(clock):
        clients = ARMS[arm](scenario, clock)
        clock.now = 0.0
        return run(scenario, clients, clock, seed)


def storm(scenario: Scenario, arm: str, seeds: tuple[int, ...] = SEEDS) -> Storm:
    """The worst that an arm makes of a spell."""
    runs = [simulated(scenario, arm, seed) for seed in seeds]
    recoveries = [outcome.recovery(scenario.slow_to) for outcome in runs]
    known = [seconds for seconds in recoveries if seconds is not None]
    spell = scenario.slow_from, scenario.slow_to + _AFTERMATH
    return Storm(
        tail=min(outcome.goodput(scenario.until - _TAIL, scenario.until - 2) for outcome in runs),
        recovery=max(known) if len(known) == len(recoveries) else None,
        amplification=sum(outcome.amplification(*spell) for outcome in runs) / len(runs),
    )


def healthy(scenario: Scenario, arm: str, seeds: tuple[int, ...] = SEEDS) -> float:
    """The share of calls that succeed where a share of requests fails, on average; there must be no spell in it."""
    runs = [simulated(scenario, arm, seed) for seed in seeds]
    return sum(outcome.goodput(10, scenario.until - 5) for outcome in runs) / len(runs)
