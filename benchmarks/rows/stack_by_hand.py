# SPDX-License-Identifier: MIT
# ruff: noqa: BLE001 - any failure is judged by its verdict
"""Retry, budget, breaker and limit in one function written by hand: what nobody writes, and what would be fastest.

One reading of the clock serves the limit and the breaker, and no part is a call of its own. What goes wrong goes the
long way, where nothing has to be fast.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from benchmarks.rows.breaker_by_hand import BreakerByHand, Generation
from benchmarks.rows.budget_by_hand import PursesByHand
from benchmarks.rows.retry_by_hand import DEADLINE, FOLD, Waits
from benchmarks.rows.verdicts_by_hand import DROPPED, OK, LateByHand, LimitedByHand

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["StackByHand"]


class StackByHand:
    """The state behind the functions of one dependency.

    Args:
        name: Of the dependency.
        amount: Calls that the limit lets through at once, and in so many seconds.
        seconds: These seconds.
        initial: Seconds before the first retry.
        minimum: Calls in the window below which the breaker stays closed.
        now: What the time is.
        chance: A number in [0, 1).
    """

    def __init__(
        self,
        name: str,
        amount: int,
        seconds: float,
        initial: float = 0.1,
        minimum: int = 20,
        now: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name, self.now = name, now
        self.breaker = BreakerByHand(name, minimum=minimum, now=now, chance=chance)
        self.purses = PursesByHand(now=now, chance=chance)
        self.waits = Waits(name, initial=initial, purses=self.purses, now=now, chance=chance)
        self.waits.shut_until = lambda: self.breaker.until if self.breaker.generation.shut else 0.0
        self.lock = threading.Lock()
        self.step, self.burst, self.due = seconds / amount, seconds + 1e-9, 0.0

    def enter(self) -> object:
        """Leave for one attempt, and the token of it."""
        now, deadline = self.now(), DEADLINE.get()
        if deadline is not None and now >= deadline:
            raise self.late()
        generation: object = self.breaker.generation
        if self.breaker.generation.shut:
            generation = self.breaker.enter()
        with self.lock:
            due = max(self.due, now) + self.step
            if due - now <= self.burst:
                self.due = due
                return generation
        if type(generation) is not Generation:
            self.breaker.probed(generation, DROPPED)
        raise self.limited(due - now - self.burst)

    def limited(self, wait: float) -> LimitedByHand:
        """What a call is refused with."""
        return LimitedByHand(
            f"The limit of the policy {self.name!r} is used up.", policy=self.name, retry_after=wait
        )

    def late(self) -> LateByHand:
        """What a call is refused with whose time is up."""
        return LateByHand(f"The policy {self.name!r} had no time left before it started.")

    def ended(self, token: object) -> None:
        """An attempt on the long way worked."""
        if type(token) is Generation:
            self.breaker.turn(token)
        else:
            self.breaker.probed(token, OK)

    def after(self, failure: Exception, own: Exception | None, number: int, begun: float) -> float | None:
        """Seconds until the next attempt; what refuses a retry leaves the error as it was."""
        if own is not failure:
            if own is not None:
                self.waits.over(own, number, "deadline" if type(failure) is LateByHand else "rejected")
            return None
        return self.waits.after(failure, number, begun, 5)

    def again(
        self,
        fn: Callable[..., Any],
        failure: Exception | None,
        own: Exception | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        begun: float | None = None,
    ) -> Any:
        """The long way, from the start or after a first attempt that failed."""
        begun = self.now() if begun is None else begun
        number = 0 if failure is None else 1
        while True:
            if failure is not None:
                wait = self.after(failure, own, number, begun)
                if wait is None:
                    try:
                        raise own or failure
                    finally:
                        del failure, own
                if wait:
                    time.sleep(wait)
            try:
                token = self.enter()
            except Exception as exc:
                failure = exc
                continue
            try:
                result = fn(*args, **kwargs)
            except BaseException as exc:
                self.breaker.judge(token, exc)
                if not isinstance(exc, Exception):
                    raise
                failure = own = exc
                number += 1
            else:
                self.ended(token)
                self.purses.n += not number
                return result

    def guarded(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """A function behind all of it."""
        breaker, purses, lock, now, step, burst = (
            *(self.breaker, self.purses, self.lock, self.now, self.step, self.burst),
        )

        def call(*args: Any, **kwargs: Any) -> Any:
            generation = breaker.generation
            if generation.shut:
                return self.again(fn, None, None, args, kwargs)
            begun = now()
            with lock:
                due = self.due
                if due < begun:  # noqa: PLR1730 - `max` would be a call
                    due = begun
                due += step
                if due - begun > burst:
                    refused = True
                else:
                    self.due = due
                    refused = False
            if refused:
                raise self.limited(due - begun - burst)
            try:
                result = fn(*args, **kwargs)
            except Exception as exc:
                breaker.judge(generation, exc)
                failure = exc
            else:
                if begun >= generation.edge:
                    breaker.turn(generation)
                else:
                    generation.oks += 1
                purses.n = n = purses.n + 1
                if n >= FOLD:
                    purses.settle()
                return result
            try:
                return self.again(fn, failure, failure, args, kwargs, begun)
            finally:
                del failure

        return call

    def guarded_async(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """A coroutine function behind all of it."""
        breaker, purses, lock, now, step, burst = (
            *(self.breaker, self.purses, self.lock, self.now, self.step, self.burst),
        )

        async def call(*args: Any, **kwargs: Any) -> Any:
            generation = breaker.generation
            if generation.shut:
                return await again(None, None, args, kwargs)
            begun = now()
            with lock:
                due = self.due
                if due < begun:  # noqa: PLR1730 - `max` would be a call
                    due = begun
                due += step
                if due - begun > burst:
                    refused = True
                else:
                    self.due = due
                    refused = False
            if refused:
                raise self.limited(due - begun - burst)
            try:
                result = await fn(*args, **kwargs)
            except Exception as exc:
                breaker.judge(generation, exc)
                failure = exc
            else:
                if begun >= generation.edge:
                    breaker.turn(generation)
                else:
                    generation.oks += 1
                purses.n = n = purses.n + 1
                if n >= FOLD:
                    purses.settle()
                return result
            try:
                return await again(failure, failure, args, kwargs, begun)
            finally:
                del failure

        async def again(
            failure: Exception | None,
            own: Exception | None,
            args: tuple[Any, ...],
            kwargs: dict[str, Any],
            begun: float | None = None,
        ) -> Any:
            begun = now() if begun is None else begun
            number = 0 if failure is None else 1
            while True:
                if failure is not None:
                    wait = self.after(failure, own, number, begun)
                    if wait is None:
                        try:
                            raise own or failure
                        finally:
                            del failure, own
                    if wait:
                        await asyncio.sleep(wait)
                try:
                    token = self.enter()
                except Exception as exc:
                    failure = exc
                    continue
                try:
                    result = await fn(*args, **kwargs)
                except BaseException as exc:
                    breaker.judge(token, exc)
                    if not isinstance(exc, Exception):
                        raise
                    failure = own = exc
                    number += 1
                else:
                    self.ended(token)
                    purses.n += not number
                    return result

        return call
