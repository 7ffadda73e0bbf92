# SPDX-License-Identifier: MIT
# ruff: noqa: BLE001 - any failure is judged by its verdict
"""A retry written by hand: full jitter, Retry-After, a deadline, no retries inside of retries, the original error.

The happy path is a `try` and nothing else. Waits are worked out beforehand and a wait of nothing is not slept.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from benchmarks.rows.verdicts_by_hand import VERDICTS, verdict_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.rows.budget_by_hand import PursesByHand

__all__ = ["DEADLINE", "FOLD", "Waits", "inside", "retried", "retried_async"]

DEADLINE: ContextVar[float | None] = ContextVar("deadline_by_hand", default=None)

FOLD = 16
_FRAMES = 512
_LONGEST = 30.0
_OURS = {__file__.replace("retry_by_hand", f"{part}_by_hand") for part in ("retry", "stack", "deadline")}


def inside(depth: int) -> bool:
    """Whether another retry is under way around this one, so that three around three make no nine."""
    frame = sys._getframe(depth)
    for _ in range(_FRAMES):
        if frame is None:
            return False
        if frame.f_code.co_filename in _OURS:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


class Waits:
    """What follows from a failure."""

    def __init__(
        self,
        name: str,
        attempts: int = 3,
        initial: float = 0.1,
        factor: float = 2.0,
        cap: float = 5.0,
        purses: PursesByHand | None = None,
        now: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name, self.attempts, self.purses, self.now, self.chance = name, attempts, purses, now, chance
        self.waits = [min(cap, initial * factor**number) for number in range(attempts)]
        self.listeners: list[Callable[..., object]] = []
        self.shut_until: Callable[[], float] | None = None  # what a breaker beside it says

    def after(self, exc: Exception, number: int, begun: float, depth: int) -> float | None:
        """Seconds to wait before the next attempt, or None if there is none."""
        for listener in self.listeners:
            listener("attempted", self.name, number, exc)
        if not verdict_on(exc)[1]:
            return None
        if number >= self.attempts:
            return self.over(exc, number, "attempts")
        if number == 1 and inside(depth):
            return None
        chance = self.chance()
        wait = self.waits[number - 1] * chance
        asked = getattr(exc, "retry_after", None)
        if asked is not None:
            if asked > _LONGEST:
                return self.over(exc, number, "retry_after")
            wait = asked * (1 + 0.1 * chance)
        deadline = DEADLINE.get()
        if deadline is not None and self.now() + wait >= deadline:
            return self.over(exc, number, "deadline")
        if self.shut_until is not None and self.shut_until() > self.now() + wait:
            return self.over(exc, number, "rejected")
        if self.purses is not None and not self.purses.pays(begun, slow=isinstance(exc, TimeoutError)):
            return self.over(exc, number, "budget")
        for listener in self.listeners:
            listener("retried", self.name, number, exc, wait)
        return wait

    def over(self, exc: Exception, number: int, why: str) -> None:
        """Say on the error why it ended."""
        times = "once" if number == 1 else f"{number} times"
        exc.add_note(f"policy {self.name!r} tried this {times}, and stopped: {why}")


def retried(waits: Waits, fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is tried again."""
    purses, listeners, name, attempts, longest = (
        *(waits.purses, waits.listeners, waits.name, waits.attempts, waits.waits),
    )
    now, random, verdicts, getframe, deadline_of = (
        *(waits.now, waits.chance, VERDICTS, sys._getframe, DEADLINE.get),
    )
    sleep = time.sleep

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        except Exception as exc:
            failure = exc
        try:
            return again(failure, args, kwargs)
        finally:
            del failure

    def again(failure: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        number = 1
        try:
            while True:
                for listener in listeners:
                    listener("attempted", name, number, failure)
                try:
                    retriable = verdicts[type(failure)][1]
                except KeyError:
                    retriable = verdict_on(failure)[1]
                if not retriable:
                    raise failure
                if number >= attempts:
                    failure.add_note(f"policy {name!r} tried this {number} times, and stopped: attempts")
                    raise failure
                if number == 1:
                    frame = getframe(2)
                    while frame is not None:
                        if frame.f_code.co_filename in _OURS:
                            raise failure
                        frame = frame.f_back  # type: ignore[assignment]
                chance = random()
                wait = longest[number - 1] * chance
                asked = getattr(failure, "retry_after", None)
                if asked is not None:
                    if asked > _LONGEST:
                        waits.over(failure, number, "retry_after")
                        raise failure
                    wait = asked * (1 + 0.1 * chance)
                deadline = deadline_of()
                if deadline is not None and now() + wait >= deadline:
                    waits.over(failure, number, "deadline")
                    raise failure
                for listener in listeners:
                    listener("retried", name, number, failure, wait)
                if wait:
                    sleep(wait)
                try:
                    return fn(*args, **kwargs)
                except Exception as exc:
                    failure = exc
                    number += 1
        finally:
            del failure

    def paid(*args: Any, **kwargs: Any) -> Any:
        begun = waits.now() if purses.fresh else 0.0  # type: ignore[union-attr]
        try:
            result = fn(*args, **kwargs)
        except Exception as exc:
            failure = exc
        else:
            purses.n = n = purses.n + 1  # type: ignore[union-attr]
            if n >= FOLD:
                purses.settle()  # type: ignore[union-attr]
            return result
        try:
            return again_paid(failure, args, kwargs, begun)
        finally:
            del failure

    def again_paid(failure: Exception, args: tuple[Any, ...], kwargs: dict[str, Any], begun: float) -> Any:
        number = 1
        while True:
            wait = waits.after(failure, number, begun, 4)
            if wait is None:
                try:
                    raise failure
                finally:
                    del failure
            if wait:
                time.sleep(wait)
            try:
                return fn(*args, **kwargs)
            except Exception as exc:
                failure = exc
                number += 1

    return call if purses is None else paid


def retried_async(waits: Waits, fn: Callable[..., Any]) -> Callable[..., Any]:
    """A coroutine function that is tried again."""
    purses, listeners, name, attempts, longest = (
        *(waits.purses, waits.listeners, waits.name, waits.attempts, waits.waits),
    )
    now, random, verdicts, getframe, deadline_of = (
        *(waits.now, waits.chance, VERDICTS, sys._getframe, DEADLINE.get),
    )
    sleep = asyncio.sleep

    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await fn(*args, **kwargs)
        except Exception as exc:
            failure = exc
        try:
            return await again(failure, args, kwargs)
        finally:
            del failure

    async def again(failure: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        number = 1
        try:
            while True:
                for listener in listeners:
                    listener("attempted", name, number, failure)
                try:
                    retriable = verdicts[type(failure)][1]
                except KeyError:
                    retriable = verdict_on(failure)[1]
                if not retriable:
                    raise failure
                if number >= attempts:
                    failure.add_note(f"policy {name!r} tried this {number} times, and stopped: attempts")
                    raise failure
                if number == 1:
                    frame = getframe(2)
                    while frame is not None:
                        if frame.f_code.co_filename in _OURS:
                            raise failure
                        frame = frame.f_back  # type: ignore[assignment]
                chance = random()
                wait = longest[number - 1] * chance
                asked = getattr(failure, "retry_after", None)
                if asked is not None:
                    if asked > _LONGEST:
                        waits.over(failure, number, "retry_after")
                        raise failure
                    wait = asked * (1 + 0.1 * chance)
                deadline = deadline_of()
                if deadline is not None and now() + wait >= deadline:
                    waits.over(failure, number, "deadline")
                    raise failure
                for listener in listeners:
                    listener("retried", name, number, failure, wait)
                if wait:
                    await sleep(wait)
                try:
                    return await fn(*args, **kwargs)
                except Exception as exc:
                    failure = exc
                    number += 1
        finally:
            del failure

    async def paid(*args: Any, **kwargs: Any) -> Any:
        begun = waits.now() if purses.fresh else 0.0  # type: ignore[union-attr]
        try:
            result = await fn(*args, **kwargs)
        except Exception as exc:
            failure = exc
        else:
            purses.n = n = purses.n + 1  # type: ignore[union-attr]
            if n >= FOLD:
                purses.settle()  # type: ignore[union-attr]
            return result
        try:
            return await again_paid(failure, args, kwargs, begun)
        finally:
            del failure

    async def again_paid(
        failure: Exception, args: tuple[Any, ...], kwargs: dict[str, Any], begun: float
    ) -> Any:
        number = 1
        while True:
            wait = waits.after(failure, number, begun, 4)
            if wait is None:
                try:
                    raise failure
                finally:
                    del failure
            if wait:
                await asyncio.sleep(wait)
            try:
                return await fn(*args, **kwargs)
            except Exception as exc:
                failure = exc
                number += 1

    return call if purses is None else paid
