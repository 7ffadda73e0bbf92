# SPDX-License-Identifier: MIT
"""A dependency with a queue, a fleet of clients, and a spell in which everything takes five times as long.

Four servers take requests from one queue, 0.04 s each on average, so 100 a second. Clients send their share of 80 a
second and wait one second; what they gave up on is served all the same, which is how an overload feeds itself.

Each source of chance has a stream of its own, so all arms meet the same calls at the same moments.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from typing import TYPE_CHECKING

from benchmarks.storm.outcome import Outcome
from benchmarks.storm.scenario import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.storm.arms import Arm, Tries
    from benchmarks.storm.clock import SimulatedClock
    from benchmarks.storm.scenario import Scenario

__all__ = ["run"]

_CALMED_DOWN = -150.0  # seconds; when a fleet that was busier became as busy as it is

_TIMED_OUT = Failure("timed out")
_ERROR = Failure("error")
_REFUSED = Failure("refused")


class _Call:
    __slots__ = ("begun", "shard", "tries")

    def __init__(self, begun: float, shard: int, tries: Tries) -> None:
        self.begun = begun
        self.shard = shard
        self.tries = tries


class _Request:
    __slots__ = ("answered", "call", "fails")

    def __init__(self, call: _Call, *, fails: bool) -> None:
        self.call = call
        self.fails = fails
        self.answered = False


class _Shard:
    __slots__ = ("free", "waiting")

    def __init__(self, servers: int) -> None:
        self.free = servers
        self.waiting: deque[_Request] = deque()


class _World:
    """The state of one run."""

    def __init__(self, scenario: Scenario, arm: Arm, clock: SimulatedClock, seed: int) -> None:
        self.scenario = scenario
        self.arm = arm
        self.clock = clock
        streams = (
            random.Random(f"{seed} {name}").random for name in ("past", "calls", "service", "failures")
        )
        self.past, self.calls, self.service, self.failures = streams
        self.events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self.count = 0
        self.keys = max(scenario.keys, scenario.shards)
        self.shards = [_Shard(scenario.servers // scenario.shards) for _ in range(scenario.shards)]
        self.outcomes = [Outcome.of(int(scenario.until)) for _ in range(scenario.shards)]

    # --- time

    def at(self, moment: float, what: Callable[..., None], *arguments: object) -> None:
        self.count += 1
        heapq.heappush(self.events, (moment, self.count, what, arguments))

    def run(self) -> list[Outcome]:
        self.remember()
        self.at(_gap(self.calls, self.scenario.rate), self.arrive)
        if self.scenario.replaced_at is not None:
            self.at(self.scenario.replaced_at, self.replace)
        while self.events:
            self.clock.now, _, what, arguments = heapq.heappop(self.events)
            what(*arguments)
        return self.outcomes

    def remember(self) -> None:
        """Live through the healthy past: every call works at once, so nobody could have earned more."""
        scenario, now = self.scenario, -self.scenario.history
        while True:
            rate = scenario.rate * (scenario.busier if now < _CALMED_DOWN else 1.0)
            now += _gap(self.past, rate)
            if now >= 0:
                break
            self.clock.now = now
            tries = self.arm.begin(_one_of(self.past, scenario.clients), _one_of(self.past, self.keys))
            tries.enter()
            tries.ok()
        self.clock.now = 0.0

    # --- clients

    def replace(self) -> None:
        for client in range(self.scenario.clients):
            self.arm.born(client)

    def arrive(self) -> None:
        scenario, now = self.scenario, self.clock.now
        following = now + _gap(self.calls, scenario.rate)
        if following < scenario.until:
            self.at(following, self.arrive)
        client, key = _one_of(self.calls, scenario.clients), _one_of(self.calls, self.keys)
        shard = key % scenario.shards
        self.outcomes[shard].begun[int(now)] += 1
        if scenario.one_shot:
            self.arm.born(client)
        self.send(_Call(now, shard, self.arm.begin(client, key)))

    def send(self, call: _Call) -> None:
        scenario, now = self.scenario, self.clock.now
        if not call.tries.enter():
            return
        self.outcomes[call.shard].sent(now)
        is_failing = self.failures() < scenario.failing
        request = _Request(call, fails=is_failing and not scenario.failing_slowly)
        dead = scenario.dead is not None and call.shard == 0 and now >= scenario.slow_from
        shard = self.shards[call.shard]
        if dead and scenario.dead == "refuses":
            self.failed(request, _REFUSED)
            return
        if (scenario.down and self.is_in_spell()) or (
            scenario.queue is not None and len(shard.waiting) >= scenario.queue
        ):
            self.failed(request, self.overloaded())
            return
        self.at(now + scenario.patience, self.gave_up, request)
        if dead or (is_failing and scenario.failing_slowly):
            return
        if shard.free:
            shard.free -= 1
            self.serve(request)
        else:
            shard.waiting.append(request)

    def gave_up(self, request: _Request) -> None:
        if not request.answered:
            self.failed(request, _TIMED_OUT)

    def failed(self, request: _Request, failure: Failure) -> None:
        request.answered = True
        wait = request.call.tries.failed(failure)
        if wait is not None:
            self.at(self.clock.now + wait, self.send, request.call)

    # --- the dependency

    def is_in_spell(self) -> bool:
        return self.scenario.slow_from <= self.clock.now < self.scenario.slow_to

    def overloaded(self) -> Failure:
        scenario = self.scenario
        if scenario.plainly:
            return _ERROR
        # A header has whole seconds.
        wish = math.ceil(scenario.slow_to - self.clock.now) if scenario.until_well else scenario.retry_after
        return Failure("overloaded", wish)

    def serve(self, request: _Request) -> None:
        scenario = self.scenario
        seconds = scenario.service * (0.5 + self.service())
        if self.is_in_spell():
            seconds *= scenario.slowness
        self.at(self.clock.now + seconds, self.served, request)

    def served(self, request: _Request) -> None:
        shard = self.shards[request.call.shard]
        if shard.waiting:
            self.serve(shard.waiting.popleft())
        else:
            shard.free += 1
        if request.answered:
            return
        if request.fails:
            self.failed(request, _ERROR)
            return
        request.answered = True
        call = request.call
        self.outcomes[call.shard].good[int(call.begun)] += 1
        call.tries.ok()


def _gap(chance: Callable[[], float], rate: float) -> float:
    return -math.log(1.0 - chance()) / rate


def _one_of(chance: Callable[[], float], many: int) -> int:
    return int(chance() * many)


def run(scenario: Scenario, arm: Arm, clock: SimulatedClock, seed: int) -> list[Outcome]:
    """Simulate a scenario; gives what came of each shard.

    Args:
        scenario: What happens.
        arm: What clients do about failures.
        clock: The time of the simulation; the arm must read the same.
        seed: What the calls, the service times and the failures follow from.
    """
    return _World(scenario, arm, clock, seed).run()
