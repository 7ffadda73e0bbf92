# SPDX-License-Identifier: MIT
"""The parts of the simulation: the arms do what the libraries do, and the measures can fail."""

from __future__ import annotations

from random import Random

import pytest
from benchmarks.storm.arms import AwsLike, GrpcLike, Naive, Never, StaminaLike
from benchmarks.storm.clock import SimulatedClock
from benchmarks.storm.guarded import Errcore
from benchmarks.storm.measures import simulated
from benchmarks.storm.outcome import Outcome
from benchmarks.storm.scenario import NEVER, Failure, Scenario

from errcore import clock, from_response, policy, remaining
from errcore.errors.stock import DeadlineExceededError
from errcore.policies import Breaker, Timeout
from errcore.testing import FakeClock

TIMEOUT = Failure("timed out")
OVERLOADED = Failure("overloaded", 12.0)
REST = Scenario(clients=1, slow_from=NEVER, slow_to=NEVER, until=100.0)


def retries(arm, failure: Failure = TIMEOUT, calls: int = 1) -> list[float]:
    """The waits of calls that fail for ever."""
    waits: list[float] = []
    for _ in range(calls):
        tries = arm.begin(0, 0)
        while tries.enter() and (wait := tries.failed(failure)) is not None:
            waits.append(wait)
    return waits


# --- the arms


def test_libraries_without_a_budget_try_as_often_as_they_say() -> None:
    """Not at all, twice more, nine times more."""
    now = SimulatedClock(1)
    never, naive, stamina = (arm(REST, now) for arm in (Never, Naive, StaminaLike))

    assert len(retries(never)) == 0
    assert len(retries(naive, calls=100)) == 200
    waits = retries(stamina)
    assert len(waits) == 9
    assert all(0.1 * 2**number <= wait <= 5 for number, wait in enumerate(waits[:6]))
    assert waits[6:] == [5.0, 5.0, 5.0]


def test_tokens_of_aws_are_given_back_by_successes() -> None:
    """35 retries at 14 each; a success returns what its retry took, else one."""
    arm = AwsLike(REST, SimulatedClock(1))
    assert len(retries(arm, calls=100)) == 35
    assert arm.tokens == [10]

    for _ in range(4):
        tries = arm.begin(0, 0)
        tries.enter()
        tries.ok()
    tries = arm.begin(0, 0)
    assert tries.failed(TIMEOUT) is not None
    tries.ok()
    assert arm.tokens == [14]
    arm.born(0)
    assert arm.tokens == [500]
    assert retries(arm, OVERLOADED)[0] == pytest.approx(5.5, abs=0.5)


def test_tokens_of_grpc_count_every_failure() -> None:
    """Also that of a last attempt: five failures, and the half is reached; what the server asks for is waited for."""
    arm = GrpcLike(REST, SimulatedClock(1))

    assert retries(arm, OVERLOADED, calls=10) == [12.0] * 3
    assert arm.tokens == [0.0]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("breaker", [None, 0.5], ids=["alone", "breaker"])
def test_simulated_policy_is_the_real_one(seed, breaker) -> None:
    """The same calls through `policy(...)`, which sleeps and reads a fake clock, make the same attempts."""
    assert _simulated_attempts(seed, breaker) == _real_attempts(seed, breaker)


def _script(seed: int) -> list[tuple[float, list[tuple[str, float]]]]:
    """Calls: the pause before each, and how its attempts end and after how long."""
    chance = Random(seed)
    ends = [("timed out", 1.0), ("error", 0.1), ("error", 0.9), ("overloaded", 0.0), ("refused", 0.0)]
    return [
        (
            chance.expovariate(1.0),
            [
                ("ok", 0.05) if chance.random() < (0.9 if number % 100 < 60 else 0.3) else chance.choice(ends)
                for _ in range(3)
            ],
        )
        for number in range(300)
    ]


def _simulated_attempts(seed: int, breaker: float | None) -> list[int]:
    made: list[int] = []
    with clock.using(FakeClock(seed=seed)) as now:
        arm = Errcore(REST, now, breaker=None if breaker is None else Breaker(breaker))
        for pause, ends in _script(seed):
            now.advance(pause)
            arm.clock.now = now.monotonic()
            tries, made_here = arm.begin(0, 0), 0
            while tries.enter():
                end, seconds = ends[made_here]
                made_here += 1
                now.advance(seconds)
                if end == "ok":
                    tries.ok()
                    break
                wait = tries.failed(Failure(end, 2.0 if end == "overloaded" else None))
                if wait is None:
                    break
                now.advance(wait)
            made.append(made_here)
    return made


def _real_attempts(seed: int, breaker: float | None) -> list[int]:
    made: list[int] = []
    with clock.using(FakeClock(seed=seed)) as now:

        @policy("storm-parity", retry=3, timeout=Timeout(attempt=1.0, sync="cooperative"), breaker=breaker)
        def call(ends) -> None:
            end, seconds = ends[made[-1]]
            made[-1] += 1
            assert remaining() == pytest.approx(1.0)
            now.advance(seconds)
            if end == "timed out":
                raise DeadlineExceededError
            if end == "refused":
                raise ConnectionRefusedError
            if end != "ok":
                raise from_response(*((503, {"retry-after": "2"}) if end == "overloaded" else (500, {})), b"")

        for pause, ends in _script(seed):
            now.advance(pause)
            made.append(0)
            try:
                call(ends)
            except Exception:  # noqa: BLE001 - how often it was tried is what counts
                pass
    return made


# --- the dependency


def test_service_is_what_is_said() -> None:
    """At half its capacity everything works; above it the queue makes clients give up, and more work does not help."""
    calm = simulated(Scenario(clients=1, rate=50.0, slow_from=NEVER, slow_to=NEVER), "no retries", 1)
    flooded = simulated(Scenario(clients=1, rate=130.0, slow_from=NEVER, slow_to=NEVER), "no retries", 1)

    assert calm.goodput(0, 195) == 1.0
    assert flooded.goodput(60, 195) < 0.05


def test_plain_failures_are_work_for_the_dependency() -> None:
    """An error that came back was served; one that was lost on the way was not."""
    served = simulated(
        Scenario(clients=1, rate=95.0, slow_from=NEVER, slow_to=NEVER, failing=0.3), "naive", 1
    )
    lost = simulated(
        Scenario(clients=1, rate=95.0, slow_from=NEVER, slow_to=NEVER, failing=0.3, failing_slowly=True),
        "no retries",
        1,
    )

    assert served.goodput(60, 195) < 0.5  # three attempts of 95 a second are more than it can do
    assert lost.goodput(60, 195) == pytest.approx(0.7, abs=0.02)


# --- the measures


def test_measures_of_a_short_run() -> None:
    """Worked out by hand: ten calls a second, a bad spell in seconds 10 to 19."""
    outcome = Outcome([10] * 60, [10] * 10 + [0] * 10 + [10] * 40, [10] * 10 + [20] * 10 + [10] * 40)

    assert outcome.goodput(0, 60) == pytest.approx(50 / 60)
    assert outcome.recovery(15) == 9  # the window from 19 to 24 has 80 %, the next one all
    assert outcome.recovery(24) == 0
    assert outcome.amplification(10, 30) == 1.5
    assert outcome.peak(12) == 20
    assert outcome.lost(15) == 50
    assert Outcome.total([outcome, outcome]).begun == [20] * 60


def test_no_recovery_is_no_number() -> None:
    """A run that ends badly has not recovered, however long it was good before."""
    outcome = Outcome([10] * 60, [10] * 59 + [7], [10] * 60)

    assert outcome.recovery(15) is None
    assert outcome.goodput(100, 200) == 1.0
    assert outcome.amplification(100, 200) == 1.0
