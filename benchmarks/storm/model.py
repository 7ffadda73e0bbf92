# SPDX-License-Identifier: MIT
"""A dependency with one queue, a fleet of clients, and a spell in which everything takes five times as long.

Four servers take requests from one queue, 0.04 s each on average, so 100 a second. Clients send their share of 80 a
second and wait one second; what they gave up on is served all the same, which is how an overload feeds itself.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.storm.arms import Arm

__all__ = ["Outcome", "Scenario", "SimulatedClock", "run"]


@attrs.frozen
class Scenario:
    """What is simulated.

    Attributes:
        clients: Processes that share the load.
        rate: Calls a second of all of them together.
        servers: How many requests are served at once.
        service: Seconds of one request on average, spread by half of it.
        patience: Seconds after which a client gives up on an attempt.
        slow_from: When the spell begins, in seconds.
        slow_to: When it ends.
        slowness: How many times as long a request takes in it.
        until: When the simulation ends.
        failing: The share of requests that fail, at any time.
        failing_slowly: Whether those time out instead of failing at once; they do not reach the queue.
        warm: Whether the clients have been healthy for ever; else they are born at 0.
        attempts: Attempts of one call.
    """

    clients: int = 50
    rate: float = 80.0
    servers: int = 4
    service: float = 0.04
    patience: float = 1.0
    slow_from: float = 30.0
    slow_to: float = 45.0
    slowness: float = 5.0
    until: float = 195.0
    failing: float = 0.0
    failing_slowly: bool = False
    warm: bool = False
    attempts: int = 3


class SimulatedClock:
    """The clock of the simulation, for whatever asks `errcore.clock` for the time or for chance."""

    def __init__(self, seed: int, now: float = 0.0) -> None:
        self.now = now
        self._random = random.Random(seed)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    def random(self) -> float:
        return self._random.random()

    def sleep(self, seconds: float, /) -> None:
        raise AssertionError("nobody sleeps in a simulation")

    async def asleep(self, seconds: float, /) -> None:
        raise AssertionError("nobody sleeps in a simulation")

    def token(self, nbytes: int, /) -> str:
        return self._random.randbytes(nbytes).hex()


@attrs.define
class Outcome:
    """What came of it, by second of the call's begin.

    Attributes:
        begun: Calls that began.
        good: Calls that succeeded, whenever they did.
        attempts: Requests that were sent, by the second in which they were.
    """

    begun: list[int]
    good: list[int]
    attempts: list[int]

    def goodput(self, start: float, end: float) -> float:
        """The share of the calls of a time that succeeded."""
        begun = sum(self.begun[int(start) : int(end)])
        return sum(self.good[int(start) : int(end)]) / begun if begun else 1.0

    def recovery(self, after: float) -> float | None:
        """Seconds from a moment to the end of the last five seconds with less than 95 %; None if they are the last."""
        last = after
        seconds = len(self.begun)
        for end in range(int(after) + 5, seconds + 1):
            if self.goodput(end - 5, end) < 0.95:
                last = float(end)
        return None if last >= seconds - 1 else last - after

    def amplification(self, start: float, end: float) -> float:
        """Requests for each call of a time."""
        begun = sum(self.begun[int(start) : int(end)])
        return sum(self.attempts[int(start) : int(end)]) / begun if begun else 1.0


class _Call:
    __slots__ = ("begun", "client", "done", "number")

    def __init__(self, client: int, begun: float) -> None:
        self.client = client
        self.begun = begun
        self.number = 0
        self.done = False


class _Request:
    __slots__ = ("answered", "call", "sent")

    def __init__(self, call: _Call, sent: float) -> None:
        self.call = call
        self.sent = sent
        self.answered = False


class _World:
    """The state of one run."""

    def __init__(self, scenario: Scenario, arm: Arm, clock: SimulatedClock, seed: int) -> None:
        self.scenario = scenario
        self.arm = arm
        self.clock = clock
        self.chance = random.Random(seed)
        self.events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self.count = 0
        self.queue: deque[_Request] = deque()
        self.free = scenario.servers
        seconds = int(scenario.until)
        self.outcome = Outcome([0] * seconds, [0] * seconds, [0] * seconds)

    def at(self, moment: float, what: Callable[..., None], *arguments: object) -> None:
        self.count += 1
        heapq.heappush(self.events, (moment, self.count, what, arguments))

    def run(self) -> Outcome:
        self.at(self.chance.expovariate(self.scenario.rate), self.arrive)
        while self.events:
            moment, _, what, arguments = heapq.heappop(self.events)
            if moment >= self.scenario.until:
                break
            self.clock.now = moment
            what(*arguments)
        return self.outcome

    def arrive(self) -> None:
        scenario, now = self.scenario, self.clock.now
        self.at(now + self.chance.expovariate(scenario.rate), self.arrive)
        self.outcome.begun[int(now)] += 1
        self.send(_Call(self.chance.randrange(scenario.clients), now))

    def send(self, call: _Call) -> None:
        scenario, now = self.scenario, self.clock.now
        call.number += 1
        self.outcome.attempts[int(now)] += 1
        request = _Request(call, now)
        if scenario.failing and self.chance.random() < scenario.failing:
            if scenario.failing_slowly:
                self.at(now + scenario.patience, self.gave_up, request)
            else:
                self.failed(request, slow=False)
            return
        self.at(now + scenario.patience, self.gave_up, request)
        if self.free:
            self.free -= 1
            self.serve(request)
        else:
            self.queue.append(request)

    def serve(self, request: _Request) -> None:
        scenario, now = self.scenario, self.clock.now
        seconds = scenario.service * self.chance.uniform(0.5, 1.5)
        if scenario.slow_from <= now < scenario.slow_to:
            seconds *= scenario.slowness
        self.at(now + seconds, self.served, request)

    def served(self, request: _Request) -> None:
        if self.queue:
            self.serve(self.queue.popleft())
        else:
            self.free += 1
        if not request.answered:
            request.answered = True
            call = request.call
            call.done = True
            self.outcome.good[int(call.begun)] += 1
            self.arm.succeeded(call.client, call.number)

    def gave_up(self, request: _Request) -> None:
        if not request.answered:
            self.failed(request, slow=True)

    def failed(self, request: _Request, *, slow: bool) -> None:
        request.answered = True
        call = request.call
        wait = self.arm.retries(call.client, call.number, call.begun, slow=slow)
        if wait is not None:
            self.at(self.clock.now + wait, self.send, call)


def run(scenario: Scenario, arm: Arm, clock: SimulatedClock, seed: int) -> Outcome:
    """Simulate a scenario.

    Args:
        scenario: What happens.
        arm: What clients do about failures.
        clock: The time of the simulation; the arm must read the same.
        seed: What the arrivals and the service times follow from.
    """
    return _World(scenario, arm, clock, seed).run()
