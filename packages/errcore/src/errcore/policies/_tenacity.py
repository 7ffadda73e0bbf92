# SPDX-License-Identifier: MIT
"""The one file that knows tenacity: its strategies, driven by our own loop.

tenacity's own loop costs 12 microseconds for a call that succeeds and must not be shared between tasks; its strategies
are callables of a state, and cost nothing until something failed. The usual ones look at the number of the attempt
only, so they are asked when the policy is built. One that was handed in is asked each time: one of tenacity's gets a
small stand-in, one written by somebody else the real state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tenacity

from errcore.errors.classification import finite_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.policies.retry import Retry

__all__ = ["Strategies", "predicate"]

_LONGEST = 86_400.0  # seconds; what a strategy of somebody else's may ask for
_ASKED_BEFORE = 32  # attempts whose waits are worked out when the policy is built


class _State:
    """What tenacity's own strategies read of a `RetryCallState`; it is its own `outcome`, too."""

    __slots__ = ("_exc", "attempt_number", "idle_for", "outcome_timestamp", "start_time", "upcoming_sleep")

    failed = True

    def __init__(self, exc: BaseException, number: int, started: float, now: float, idle: float) -> None:
        self._exc = exc
        self.attempt_number = number
        self.start_time = started
        self.outcome_timestamp = now
        self.idle_for = idle
        self.upcoming_sleep = 0.0

    @property
    def outcome(self) -> _State:
        return self

    @property
    def seconds_since_start(self) -> float:
        return self.outcome_timestamp - self.start_time

    def exception(self) -> BaseException:
        return self._exc


def predicate(asked: Callable[[Any], object]) -> Callable[[Exception], object]:
    """A function of an exception from one of tenacity's retry strategies.

    Args:
        asked: Such as `tenacity.retry_if_exception_type(ConnectionError)`.

    >>> predicate(tenacity.retry_if_not_exception_type(ValueError))(KeyError())
    True
    """
    return lambda exc: asked(_State(exc, 1, 0.0, 0.0, 0.0))


class Strategies:
    """The wait and stop strategies of one policy.

    Args:
        retry: What the user said.

    Attributes:
        is_timed: Whether one of them may ask when the call began.
        repeats: Whether there is more than one attempt: one alone makes nobody's retries multiply.
    """

    def __init__(self, retry: Retry) -> None:
        self.is_timed: bool = retry.wait is not None or retry.stop is not None
        self._attempts = retry.attempts
        self.repeats: bool = retry.attempts > 1
        self._jitter: str = "none" if retry.wait is not None else retry.jitter
        self._wait: Callable[[Any], float] = retry.wait or tenacity.wait_exponential(
            multiplier=retry.initial, exp_base=retry.factor, max=retry.cap
        )
        self._stop: Callable[[Any], bool] | None = retry.stop
        self._foreign = any(
            strategy is not None and not type(strategy).__module__.startswith("tenacity.")
            for strategy in (retry.wait, retry.stop)
        )
        nothing = Exception()
        known = 0 if self.is_timed else min(retry.attempts, _ASKED_BEFORE)
        self._waits = [self._asked(_State(nothing, number, 0.0, 0.0, 0.0)) for number in range(1, known + 1)]

    def after(
        self,
        exc: BaseException,
        number: int,
        started: float,
        now: float,
        idle: float,
        limit: int | None,
        chance: float,
    ) -> float | None:
        """What follows from a failed attempt: seconds to wait, or None to stop.

        Args:
            exc: What the attempt raised.
            number: Which attempt it was, from 1.
            started: When the call began, on the monotonic clock.
            now: When the attempt ended.
            idle: Seconds that were spent waiting so far.
            limit: Attempts to make in place of what the user said, or None.
            chance: A random number in [0, 1), to spread those who failed at one moment.
        """
        if number >= (self._attempts if limit is None else limit):
            return None
        if number <= len(self._waits):
            seconds = self._waits[number - 1]
        else:
            state = self._state(exc, number, started, now, idle)
            if limit is None and self._stops(state):
                return None
            seconds = self._asked(state)
        if self._jitter == "full":
            return seconds * chance
        return seconds if self._jitter == "none" else seconds * (0.5 + chance / 2)

    def _stops(self, state: Any) -> bool:
        try:
            return self._stop is not None and bool(self._stop(state))
        except Exception:  # noqa: BLE001 - a strategy of the user's; the failure of the call is what counts
            return True

    def _state(self, exc: BaseException, number: int, started: float, now: float, idle: float) -> Any:
        if not self._foreign:
            return _State(exc, number, started, now, idle)
        state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        state.attempt_number = number
        state.set_exception((type(exc), exc, exc.__traceback__))
        state.start_time, state.outcome_timestamp, state.idle_for = started, now, idle
        return state

    def _asked(self, state: Any) -> float:
        try:
            seconds = finite_seconds(self._wait(state))
        except Exception:  # noqa: BLE001 - a strategy of the user's; then it is tried again at once
            seconds = None
        return 0.0 if seconds is None else min(seconds, _LONGEST)
