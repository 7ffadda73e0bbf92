# SPDX-License-Identifier: MIT
"""The arms by name, runs that are made once, and what is asked of them."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import attrs

from benchmarks.storm.arms import AwsLike, GrpcLike, Naive, Never, StaminaLike
from benchmarks.storm.clock import SimulatedClock
from benchmarks.storm.guarded import Errcore
from benchmarks.storm.model import run
from benchmarks.storm.outcome import Outcome
from errcore.clock import using
from errcore.policies.breaking.breaker import Breaker

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.storm.arms import Arm
    from benchmarks.storm.scenario import Scenario

__all__ = ["ARMS", "MAIN", "SEEDS", "Storm", "elsewhere", "shards", "simulated", "storm", "success"]

SEEDS = (1, 2, 3)

ARMS: dict[str, Callable[[Scenario, SimulatedClock], Arm]] = {
    "no retries": Never,
    "naive": Naive,
    "stamina-like": StaminaLike,
    "AWS-like": AwsLike,
    "gRPC-like": GrpcLike,
    "errcore": Errcore,
    "no retries, breaker": partial(Errcore, retry=False, breaker=Breaker()),
    "no budget": partial(Errcore, budget=False),
    "no budget, breaker": partial(Errcore, budget=False, breaker=Breaker()),
    "errcore, breaker": partial(Errcore, breaker=Breaker()),
    "errcore, key": partial(Errcore, keyed=True),
    "errcore, breaker, key": partial(Errcore, breaker=Breaker(), keyed=True),
}
"""Everything that is compared."""

MAIN = ("no retries", "naive", "stamina-like", "AWS-like", "gRPC-like", "errcore")
"""What the main tables compare."""

_STATELESS = frozenset({"no retries", "naive", "stamina-like", "no budget"})

_TAIL = 60.0  # seconds
_AFTERMATH = 30.0


@cache
def shards(scenario: Scenario, arm: str, seed: int) -> list[Outcome]:
    """What came of each shard in one run."""
    if arm in _STATELESS and (scenario.clients, scenario.history) != (1, 0.0):
        # Processes that remember nothing are one process; those of the others meet the same calls.
        return shards(attrs.evolve(scenario, clients=1, history=0.0), arm, seed)
    clock = SimulatedClock(seed, -scenario.history)
    with using(clock):
        return run(scenario, ARMS[arm](scenario, clock), clock, seed)


def simulated(scenario: Scenario, arm: str, seed: int) -> Outcome:
    """What came of one run."""
    parts = shards(scenario, arm, seed)
    return parts[0] if len(parts) == 1 else Outcome.total(parts)


@attrs.frozen
class Storm:
    """The worst of several runs of one spell.

    Attributes:
        tail: Goodput of the last minute.
        recovery: Seconds from the end of the spell until the goodput is back; None for never.
        amplification: Requests for each call in the spell and the half minute after it.
        peak: The most requests of one second, from the end of the spell on.
        lost: Calls that failed from the begin of the spell on, in seconds of traffic.
    """

    tail: float
    recovery: float | None
    amplification: float
    peak: int
    lost: float

    def __str__(self) -> str:
        recovery = "never" if self.recovery is None else f"{self.recovery:.0f} s"
        return f"{self.tail:.2f}, {recovery}, {self.amplification:.2f}"

    def holds_against(self, never: Storm) -> bool:
        """Whether it is as good as it has to be, compared with the runs without retries."""
        return (
            self.tail >= 0.99
            and self.recovery is not None
            and never.recovery is not None
            and self.recovery <= 2.5 * max(never.recovery, 1.0)
            and self.amplification <= 1.35
        )


def storm(scenario: Scenario, arm: str, seeds: tuple[int, ...] = SEEDS) -> Storm:
    """The worst that an arm makes of a spell."""
    runs = [simulated(scenario, arm, seed) for seed in seeds]
    recoveries = [outcome.recovery(scenario.slow_to) for outcome in runs]
    known = [seconds for seconds in recoveries if seconds is not None]
    spell = scenario.slow_from, scenario.slow_to + _AFTERMATH
    return Storm(
        tail=min(outcome.goodput(scenario.until - _TAIL, scenario.until) for outcome in runs),
        recovery=max(known) if len(known) == len(recoveries) else None,
        amplification=max(outcome.amplification(*spell) for outcome in runs),
        peak=max(outcome.peak(scenario.slow_to) for outcome in runs),
        lost=max(outcome.lost(scenario.slow_from) for outcome in runs) / scenario.rate,
    )


def success(scenario: Scenario, arm: str, seeds: tuple[int, ...] = SEEDS) -> float:
    """The share of calls that succeed, on average: for scenarios without a spell."""
    runs = [simulated(scenario, arm, seed) for seed in seeds]
    return sum(outcome.goodput(0, scenario.until) for outcome in runs) / len(runs)


def elsewhere(scenario: Scenario, arm: str, seeds: tuple[int, ...] = SEEDS) -> tuple[float, float]:
    """Where the first shard is dead: the share of calls of the others that succeed, and requests per call of the dead."""
    runs = [shards(scenario, arm, seed) for seed in seeds]
    span = scenario.slow_from, scenario.until
    return (
        sum(Outcome.total(living).goodput(*span) for _, *living in runs) / len(runs),
        sum(dead.amplification(*span) for dead, *_ in runs) / len(runs),
    )
