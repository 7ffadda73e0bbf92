# SPDX-License-Identifier: MIT
"""A breaker written by hand: a failure rate over ten buckets of time, leased probes, late results ignored.

The happy path has no lock and no call: where calls are rare each success is dated at once, and where they are frequent
64 share a date, which no bucket notices. Who has read the clock anyway compares it with the edge of the bucket instead.
It knows the verdict on an exception by its class.
"""

from __future__ import annotations

import math
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from benchmarks.rows.verdicts_by_hand import FAILED, OK, VERDICTS, OpenByHand, verdict_on

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GROUP", "BreakerByHand", "Generation", "guarded", "guarded_async"]


GROUP = 64
"""Successes that share a date where calls are frequent."""


class Generation:
    """The time between two changes of state; what was begun in another one does not count."""

    __slots__ = ("edge", "group", "oks", "shut")

    def __init__(self, edge: float, *, shut: bool = False) -> None:
        self.edge = edge
        self.group = 1  # successes that share a date
        self.oks = 0
        self.shut = shut


class BreakerByHand:
    """The state. Its settings are those of `errcore.Breaker`, with the same defaults."""

    def __init__(
        self,
        name: str,
        failure_rate: float = 0.5,
        minimum: int = 20,
        window: float = 30.0,
        open_for: float = 5.0,
        open_cap: float = 60.0,
        successes: int = 3,
        now: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name, self.failure_rate, self.minimum = name, failure_rate, minimum
        self.width, self.open_for, self.open_cap, self.successes = window / 10, open_for, open_cap, successes
        self.words = f"The breaker of the policy {name!r} lets no calls through."
        self.now, self.chance = now, chance
        self.lock = threading.Lock()
        self.listeners: list[Callable[[str], object]] = []
        self.close()

    def close(self) -> None:
        """Begin anew."""
        self.tick = int(self.now() / self.width)
        self.generation = Generation((self.tick + 1) * self.width)
        self.until, self.period, self.good = 0.0, self.open_for, 0
        self.lease: object = None
        self.lease_ends = 0.0
        self.ok, self.failed = [0] * 10, [0] * 10
        self.calls = self.failures = self.gathered = 0
        self.began = -math.inf
        self.tell("closed")

    def open(self, now: float, period: float) -> None:
        """Let nobody in for a while."""
        self.period = period
        self.until = now + period * (0.9 + 0.2 * self.chance())
        self.lease, self.good = None, 0
        self.generation = Generation(0.0, shut=True)
        self.tell("open")

    def tell(self, state: str) -> None:
        """What it is now, for whoever asks and whoever listens."""
        self.state = state
        for listener in self.listeners:
            listener(state)

    def turn(self, generation: Generation) -> None:
        """A success in a bucket that is new, or one that may be the call that was missing."""
        now = self.now()
        with self.lock:
            if generation is self.generation:
                self.settle(now)
                self.ok[self.tick % 10] += 1
                self.calls += 1
                self.weigh(now)

    def gather(self, generation: Generation) -> None:
        """A group of successes is complete: give them their date, and say how many share the next one."""
        now = self.now()
        with self.lock:
            if generation is not self.generation:
                return
            oks = generation.oks
            if generation.group == 1:
                generation.oks = 0
            self.settle(now)
            if generation.group == 1:
                self.ok[self.tick % 10] += oks
                self.calls += oks
            self.gathered += oks
            if self.gathered >= GROUP:
                generation.group = GROUP if 0 < now - self.began <= self.width / 8 else 1
                self.began, self.gathered = now, 0
            self.weigh(now)

    def settle(self, now: float) -> None:
        """The same for those who have the lock."""
        generation, place = self.generation, self.tick % 10
        oks, generation.oks = generation.oks, 0
        self.ok[place] += oks
        self.calls += oks
        tick = int(now / self.width)
        if tick > self.tick + 1:
            generation.group = 1  # calls became rare
        for step in range(self.tick + 1, min(tick, self.tick + 10) + 1):
            place = step % 10
            self.calls -= self.ok[place] + self.failed[place]
            self.failures -= self.failed[place]
            self.ok[place] = self.failed[place] = 0
        self.tick = tick

    def weigh(self, now: float) -> None:
        """Open if too many have failed; until there are enough calls each success has to be looked at."""
        if self.calls >= self.minimum:
            self.generation.edge = (self.tick + 1) * self.width
            if self.failures and self.failures / self.calls >= self.failure_rate:
                self.open(now, self.open_for)
        else:
            self.generation.edge = 0.0 if self.failures else (self.tick + 1) * self.width
            if self.failures:
                self.generation.group = 1

    def judge(self, token: object, exc: BaseException) -> None:
        """A call raised."""
        try:
            outcome = VERDICTS[type(exc)][0]
        except KeyError:
            outcome = verdict_on(exc)[0]
        if type(token) is not Generation:
            self.probed(token, outcome)
        elif outcome is FAILED:
            now = self.now()
            with self.lock:
                if token is not self.generation:
                    return
                if now >= token.edge or token.oks:
                    self.settle(now)
                self.failed[self.tick % 10] += 1
                self.failures += 1
                self.calls += 1
                self.weigh(now)

    def enter(self) -> object:
        """Who is let in while it is not closed; others are told when to come back."""
        now = self.now()
        wait = self.until - now
        if wait > 0:
            raise OpenByHand(self.words, policy=self.name, retry_after=wait)
        with self.lock:
            if not self.generation.shut:
                return self.generation
            if self.lease is not None and now < self.lease_ends:
                raise OpenByHand(self.words, policy=self.name, retry_after=self.lease_ends - now)
            self.lease, self.lease_ends = object(), now + self.open_for
            if self.state == "open":
                self.tell("half_open")
            return self.lease

    def probed(self, lease: object, outcome: str) -> None:
        """A probe ended."""
        with self.lock:
            if lease is not self.lease:
                return
            self.lease = None
            if outcome is FAILED:
                self.open(self.now(), min(2 * self.period, self.open_cap))
            elif outcome is OK:
                self.good += 1
                if self.good >= self.successes:
                    self.close()


def guarded(state: BreakerByHand, fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function behind a breaker."""
    now, words, name = state.now, state.words, state.name

    def call(*args: Any, **kwargs: Any) -> Any:
        generation = state.generation
        if generation.shut:
            wait = state.until - now()
            if wait > 0:
                raise OpenByHand(words, policy=name, retry_after=wait)
            return probe(args, kwargs)
        try:
            result = fn(*args, **kwargs)
        except Exception as exc:
            state.judge(generation, exc)
            raise
        generation.oks = oks = generation.oks + 1
        if oks >= generation.group:
            state.gather(generation)
        return result

    def probe(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        lease = state.enter()
        try:
            result = fn(*args, **kwargs)
        except BaseException as exc:
            state.judge(lease, exc)
            raise
        state.probed(lease, OK)
        return result

    return call


def guarded_async(state: BreakerByHand, fn: Callable[..., Any]) -> Callable[..., Any]:
    """A coroutine function behind a breaker."""
    now, words, name = state.now, state.words, state.name

    async def call(*args: Any, **kwargs: Any) -> Any:
        generation = state.generation
        if generation.shut:
            wait = state.until - now()
            if wait > 0:
                raise OpenByHand(words, policy=name, retry_after=wait)
            return await probe(args, kwargs)
        try:
            result = await fn(*args, **kwargs)
        except Exception as exc:
            state.judge(generation, exc)
            raise
        generation.oks = oks = generation.oks + 1
        if oks >= generation.group:
            state.gather(generation)
        return result

    async def probe(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        lease = state.enter()
        try:
            result = await fn(*args, **kwargs)
        except BaseException as exc:
            state.judge(lease, exc)
            raise
        state.probed(lease, OK)
        return result

    return call
