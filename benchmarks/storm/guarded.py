# SPDX-License-Identifier: MIT
"""The arm that errcore ships: its verdicts, its retry decision, its budget and its breaker, in the order of its runner.

Nothing is rebuilt here. A failure becomes the exception that a client library raises, and from there on everything is
the code of `errcore.policies`, which reads the simulated clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import from_response
from errcore.errors.stock import DeadlineExceededError, RejectedError
from errcore.policies.budget import RetryBudget
from errcore.policies.call import Call
from errcore.policies.guard import Policy
from errcore.policies.mode import NORMAL
from errcore.policies.settings import PolicySettings
from errcore.policies.timeout import Timeout

if TYPE_CHECKING:
    from benchmarks.storm.arms import Tries
    from benchmarks.storm.clock import SimulatedClock
    from benchmarks.storm.scenario import Failure, Scenario
    from errcore.policies.breaking.breaker import Breaker
    from errcore.policies.plan import Plan
    from errcore.policies.unit import Unit

__all__ = ["Errcore"]


class _Guarded:
    """One call through a policy: what `errcore.policies.runner` does, with the waiting left to the simulation."""

    __slots__ = ("call", "permit", "unit")

    def __init__(self, plan: Plan, unit: Unit, now: float) -> None:
        self.unit = unit
        self.call = Call(plan, unit, NORMAL, now)
        with self.call:  # it has no total time, and the calls of a simulation are not inside of each other
            pass

    def enter(self) -> bool:
        try:
            self.permit = self.unit.enter()
        except RejectedError as refusal:
            self.call.failed(refusal)
            return False
        return True

    def ok(self) -> None:
        self.permit.ok()
        self.call.succeeded()

    def failed(self, failure: Failure) -> float | None:
        exc = _raised(failure)
        self.permit.fail(exc)
        return self.call.failed(exc)


def _raised(failure: Failure) -> Exception:
    """What a client library raises."""
    if failure.kind == "timed out":
        return DeadlineExceededError()
    if failure.kind == "refused":
        return ConnectionRefusedError()
    headers = {} if failure.retry_after is None else {"retry-after": f"{failure.retry_after:.0f}"}
    return from_response(503 if failure.kind == "overloaded" else 500, headers, b"")


class Errcore:
    """A policy of errcore in each process, with what comes with `retry=3` and a timeout of each attempt.

    Args:
        scenario: What is simulated.
        clock: The time of the simulation.
        retry: Whether it tries again.
        budget: Whether somebody has to pay for it.
        breaker: A breaker beside it.
        keyed: Whether the policies have a `key=`.
    """

    def __init__(
        self,
        scenario: Scenario,
        clock: SimulatedClock,
        *,
        retry: bool = True,
        budget: bool = True,
        breaker: Breaker | None = None,
        keyed: bool = False,
    ) -> None:
        self.clock = clock
        self.attempts = scenario.attempts if retry else None
        self.budget = budget
        self.breaker = breaker
        self.timeout = Timeout(attempt=scenario.patience, sync="cooperative")
        self.keyed = keyed
        self.policies = [self._policy() for _ in range(scenario.clients)]

    def born(self, client: int) -> None:
        self.policies[client] = self._policy()

    def begin(self, client: int, key: int) -> Tries:
        policy = self.policies[client]
        return _Guarded(policy._plan, policy._unit((key,), {}), self.clock.now)

    def _policy(self) -> Policy:
        settings = PolicySettings(
            retry=self.attempts,
            budget=RetryBudget() if self.budget else None,  # an object of its own, since policies share one
            breaker=self.breaker,
            timeout=self.timeout,
            key=str if self.keyed else None,
        )
        # Not by `policy(...)`, which would take the second one of a name for the first.
        return Policy("dependency", settings, __file__)
