# SPDX-License-Identifier: MIT
"""What clients do about a failed attempt: nothing, try again whatever happens, or ask a budget.

The last arm is the budget that errcore ships, driven through the same methods as by a policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from errcore.errors.kinds import Cost
from errcore.policies.budget import FOLD, Purse, RetryBudget

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.storm.model import Scenario, SimulatedClock

__all__ = ["ARMS", "Arm"]


class Arm(Protocol):
    """One way to behave, for all clients of a run."""

    def succeeded(self, client: int, number: int) -> None:
        """A call of this client has worked at its attempt of this number."""
        ...

    def retries(self, client: int, number: int, begun: float, *, slow: bool) -> float | None:
        """Seconds to the next attempt, or None if there is none."""
        ...


class _Backoff:
    def __init__(self, scenario: Scenario, clock: SimulatedClock) -> None:
        self.scenario = scenario
        self.clock = clock

    def succeeded(self, client: int, number: int) -> None:
        """Nothing to learn."""

    def retries(self, client: int, number: int, begun: float, *, slow: bool) -> float | None:
        if number >= self.scenario.attempts or not self.may(client, begun, slow=slow):
            return None
        return 0.1 * 2 ** (number - 1) * self.clock.random()

    def may(self, client: int, begun: float, *, slow: bool) -> bool:
        return True


class Never(_Backoff):
    """No retries."""

    def may(self, client: int, begun: float, *, slow: bool) -> bool:
        return False


class Naive(_Backoff):
    """Three attempts with full jitter and nothing else, as tenacity and stamina do."""


class AwsLike(_Backoff):
    """500 tokens for each client; a retry takes 5, one after a timeout 10, a success gives 1 back."""

    def __init__(self, scenario: Scenario, clock: SimulatedClock) -> None:
        super().__init__(scenario, clock)
        self.tokens = [500] * scenario.clients

    def succeeded(self, client: int, number: int) -> None:
        self.tokens[client] = min(500, self.tokens[client] + (1 if number == 1 else 5))

    def may(self, client: int, begun: float, *, slow: bool) -> bool:
        price = 10 if slow else 5
        if self.tokens[client] < price:
            return False
        self.tokens[client] -= price
        return True


class GrpcLike(_Backoff):
    """10 tokens for each client; a failure takes 1, a success gives 0.1, and retries stop below half (gRFC A6)."""

    def __init__(self, scenario: Scenario, clock: SimulatedClock) -> None:
        super().__init__(scenario, clock)
        self.tokens = [10.0] * scenario.clients

    def succeeded(self, client: int, number: int) -> None:
        self.tokens[client] = min(10.0, self.tokens[client] + 0.1)

    def may(self, client: int, begun: float, *, slow: bool) -> bool:
        self.tokens[client] = max(0.0, self.tokens[client] - 1)
        return self.tokens[client] > 5


class Errcore(_Backoff):
    """The budget of errcore, as a policy drives it."""

    def __init__(self, scenario: Scenario, clock: SimulatedClock) -> None:
        super().__init__(scenario, clock)
        settings = RetryBudget()
        if scenario.warm:
            clock.now = -600.0
        self.purses = [Purse(settings, scenario.attempts) for _ in range(scenario.clients)]
        if scenario.warm:
            self._warm_up()

    def _warm_up(self) -> None:
        """Ten healthy minutes: every purse is as full as its own traffic fills it."""
        due = [0.0] * len(self.purses)
        share = self.scenario.rate / len(self.purses)
        for second in range(-600, 1):
            self.clock.now = float(second)
            for client, purse in enumerate(self.purses):
                due[client] += share
                whole = int(due[client])
                if whole:
                    due[client] -= whole
                    purse.n += whole
                    if purse.n >= FOLD:
                        purse.settle()
        for purse in self.purses:
            purse.settle()

    def succeeded(self, client: int, number: int) -> None:
        if number == 1:
            purse = self.purses[client]
            purse.n += 1
            if purse.fresh or purse.n >= FOLD:
                purse.settle()

    def may(self, client: int, begun: float, *, slow: bool) -> bool:
        return self.purses[client].allows(Cost.SLOW if slow else Cost.PLAIN, begun)


ARMS: dict[str, Callable[[Scenario, SimulatedClock], Arm]] = {
    "no retries": Never,
    "naive": Naive,
    "AWS-like": AwsLike,
    "gRPC-like": GrpcLike,
    "errcore": Errcore,
}
"""What is compared."""
