# SPDX-License-Identifier: MIT
"""What clients do about a failed attempt, as the libraries do that people use: from nothing to a number of tokens.

Each process has its own state and knows nothing of the others. `guarded` has the arm that errcore ships.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from benchmarks.storm.clock import SimulatedClock
    from benchmarks.storm.scenario import Failure, Scenario

__all__ = ["Arm", "AwsLike", "GrpcLike", "Naive", "Never", "StaminaLike", "Tries"]


class Tries(Protocol):
    """One call of one process."""

    def enter(self) -> bool:
        """Whether the next attempt may be made."""
        ...

    def ok(self) -> None:
        """It worked."""
        ...

    def failed(self, failure: Failure) -> float | None:
        """Seconds to the next attempt, or None if there is none."""
        ...


class Arm(Protocol):
    """One way to behave, for all processes of a run."""

    def born(self, client: int) -> None:
        """A process begins, with nothing of what the one before it knew."""
        ...

    def begin(self, client: int, key: int) -> Tries:
        """A call begins."""
        ...


class _Try:
    """A call of one of the arms below; they decide by what is noted here."""

    __slots__ = ("arm", "begun", "client", "number", "paid")

    def __init__(self, arm: Never, client: int) -> None:
        self.arm = arm
        self.client = client
        self.begun = arm.clock.now
        self.number = 0
        self.paid = 0

    def enter(self) -> bool:
        self.number += 1
        return True

    def ok(self) -> None:
        self.arm.worked(self)

    def failed(self, failure: Failure) -> float | None:
        return self.arm.next(self, failure)


class Never:
    """No retries."""

    def __init__(self, scenario: Scenario, clock: SimulatedClock) -> None:
        self.clock = clock
        self.attempts = scenario.attempts
        self.tokens = [0.0] * scenario.clients
        for client in range(scenario.clients):
            self.born(client)

    def born(self, client: int) -> None:
        """Nothing to have."""

    def begin(self, client: int, key: int) -> Tries:
        return _Try(self, client)

    def worked(self, call: _Try) -> None:
        """Nothing to learn."""

    def next(self, call: _Try, failure: Failure) -> float | None:
        return None


class Naive(Never):
    """Three attempts, exponential waits with full jitter, and nothing else."""

    def next(self, call: _Try, failure: Failure) -> float | None:
        if call.number >= self.attempts or not self.pays(call, failure):
            return None
        wait = self.clock.random() * 0.1 * 2.0 ** (call.number - 1)
        return wait if failure.retry_after is None else self.asked(failure.retry_after, wait)

    def pays(self, call: _Try, failure: Failure) -> bool:
        return True

    def asked(self, seconds: float, wait: float) -> float:
        """How long to wait where a Retry-After asks for so many seconds: no longer."""
        return wait


class StaminaLike(Never):
    """stamina's defaults on tenacity: ten attempts within 45 seconds, 0.1 s doubled plus up to a second, at most 5 s."""

    def next(self, call: _Try, failure: Failure) -> float | None:
        if call.number >= 10 or self.clock.now - call.begun >= 45:
            return None
        return min(5.0, 0.1 * 2.0 ** (call.number - 1) + self.clock.random())


class AwsLike(Naive):
    """botocore 1.44's standard mode: 500 tokens.

    A retry takes 14, or 5 if the service has throttled. A success gives back what its last retry took, else 1. A
    Retry-After is honoured up to 5 seconds.
    """

    def born(self, client: int) -> None:
        self.tokens[client] = 500

    def worked(self, call: _Try) -> None:
        self.tokens[call.client] = min(500, self.tokens[call.client] + (call.paid or 1))

    def next(self, call: _Try, failure: Failure) -> float | None:
        if call.number >= self.attempts or not self.pays(call, failure):
            return None
        scale = 1.0 if failure.kind == "overloaded" else 0.05
        wait = self.clock.random() * scale * 2.0 ** (call.number - 1)
        return wait if failure.retry_after is None else max(wait, min(failure.retry_after, wait + 5))

    def pays(self, call: _Try, failure: Failure) -> bool:
        price = 5 if failure.kind == "overloaded" else 14
        if self.tokens[call.client] < price:
            return False
        self.tokens[call.client] -= price
        call.paid = price
        return True


class GrpcLike(Naive):
    """gRFC A6 with the numbers of its example: 10 tokens, a failure takes 1, a success gives 0.1, none below half.

    What the server asks for is waited for, to the moment.
    """

    def born(self, client: int) -> None:
        self.tokens[client] = 10.0

    def worked(self, call: _Try) -> None:
        self.tokens[call.client] = min(10.0, self.tokens[call.client] + 0.1)

    def next(self, call: _Try, failure: Failure) -> float | None:
        # Every failed attempt counts, also the last one.
        self.tokens[call.client] = max(0.0, self.tokens[call.client] - 1)
        return super().next(call, failure)

    def pays(self, call: _Try, failure: Failure) -> bool:
        return self.tokens[call.client] > 5

    def asked(self, seconds: float, wait: float) -> float:
        return seconds
