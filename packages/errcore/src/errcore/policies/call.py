# SPDX-License-Identifier: MIT
"""One guarded call that did not just work: what was tried, and what follows from each failure.

Pure decisions, the same for functions and coroutine functions; the runners only wait and call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore import clock
from errcore.errors import reading
from errcore.errors.classification import classify
from errcore.errors.kinds import Executed, Outcome, Retriable
from errcore.events import stream
from errcore.policies import deadlines, nesting
from errcore.policies.budget import FOLD
from errcore.policies.happenings import Attempted, GaveUp, GaveUpReason, Retried
from errcore.policies.rejections import rejection_in
from errcore.policies.retry import LONGEST_RETRY_AFTER

if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

    from errcore.errors.classification import Classification
    from errcore.policies._tenacity import Strategies
    from errcore.policies.mode import Mode
    from errcore.policies.nesting import Span
    from errcore.policies.plan import Plan
    from errcore.policies.unit import Unit

__all__ = ["Call"]

# A member of an enum is looked up by a function on Python 3.11, which a failure would pay for five times.
_DROPPED, _NO, _NOT_EXECUTED = Outcome.DROPPED, Retriable.NO, Executed.NO

_NOTED = frozenset(GaveUpReason) - {GaveUpReason.NOT_RETRIABLE, GaveUpReason.NESTED}

_MOST_NOTES = 16  # an exception that is kept and raised again gets no more
_OWN_FRAMES = 5  # from `is_inside` to beyond this call's own wrapper
_SPREAD = 0.1  # of a Retry-After, so that all who were told the same moment do not come at once


class Call:
    """The failures of one call, and a context manager around its attempts: its total time, and that retries are its own.

    Args:
        plan: What the policy says.
        unit: The state that it shares.
        mode: How policies behave in this context.
        started: When the call began, on the monotonic clock.

    Attributes:
        unit: The state that the policy shares.
        error: What the caller will see: the last failure that came from the call itself, else what refused it. The
            runner lets go of it in the end, or else it would hold the frame that holds it.
        is_over: Whether its last attempt is over; a task that it started may go on.
    """

    __slots__ = (
        "_begun",
        "_deadline",
        "_idle",
        "_mode",
        "_nested",
        "_number",
        "_outer",
        "_plan",
        "_started",
        "_token",
        "error",
        "is_over",
        "unit",
    )

    def __init__(self, plan: Plan, unit: Unit, mode: Mode, started: float) -> None:
        self.unit: Unit = unit
        self.error: Exception | None = None
        self.is_over: bool = False
        self._plan = plan
        self._mode = mode
        self._started = self._begun = started
        self._number = 0
        self._idle = 0.0
        self._nested = False
        self._outer: Span | None = None
        self._token: Token[Span | None] | None = None
        self._deadline: Token[float | None] | None = None

    def __enter__(self) -> None:
        timeout = self._plan.timeout
        if timeout is not None and timeout.total is not None:
            self._deadline = deadlines.enter(self._started + timeout.total)
        if self._plan.strategies is not None and (
            self._plan.strategies.repeats or self._mode.attempts is not None
        ):
            outer = self._outer = nesting.retrying.get()
            self._nested = outer is not None and not outer.is_over
            self._token = nesting.retrying.set(self)

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.is_over = True
        if exc_type is not None:
            self.error = None  # nobody will ask for it, and it would hold the frame that holds it
        if self._token is not None:
            nesting.leave(self._token)
        if self._deadline is not None:
            deadlines.leave(self._deadline)

    @property
    def attempt(self) -> int:
        """Which attempt is under way, from 1; inside of another retry, of whichever has been at it longer."""
        own = self._number + 1
        return own if self._outer is None or self._outer.is_over else max(own, self._outer.attempt)

    def succeeded(self) -> None:
        """Earn credit, unless it took a retry: a success that was paid for earns nothing."""
        self.error = None
        purse = self.unit.purse
        if purse is not None and not self._number and self._plan.strategies is not None:
            purse.n += 1
            if purse.fresh or purse.n >= FOLD:
                purse.settle()

    def failed(self, exc: Exception) -> float | None:
        """What follows from a failed attempt: seconds to wait before the next one, or None if there is none.

        Args:
            exc: What it raised, or what refused it.
        """
        verdict = classify(exc)
        rejection = rejection_in(exc)
        if rejection is not None:
            if self.error is None:
                self.error = exc
            late = issubclass(type(rejection), deadlines.OutOfTimeError)
            self._over(GaveUpReason.DEADLINE if late else GaveUpReason.REJECTED, verdict)
            return None
        self._number += 1
        self.error = exc
        unit = self.unit
        if stream.listens(Attempted):
            stream.emit(Attempted(unit.policy, unit.key, self._number, verdict.code, verdict.outcome))
        if self._plan.strategies is None:
            return None
        wait = self._next(exc, verdict, self._plan.strategies)
        if not isinstance(wait, (float, int)):  # whether it is a GaveUpReason is a slow question
            self._over(wait, verdict)
            return None
        self._idle += wait
        if stream.listens(Retried):
            stream.emit(Retried(unit.policy, unit.key, self._number, verdict.code, wait))
        return wait

    def _next(self, exc: Exception, verdict: Classification, strategies: Strategies) -> float | GaveUpReason:
        """Seconds until the next attempt, or why there is none. What it costs is paid in the end."""
        if not self._is_retriable(exc, verdict):
            return GaveUpReason.NOT_RETRIABLE
        now = clock.current()
        moment = now.monotonic()
        chance = now.random()
        wait = strategies.after(
            exc, self._number, self._started, moment, self._idle, self._mode.attempts, chance
        )
        if wait is None:
            return GaveUpReason.ATTEMPTS
        # What was not inside of another retry at the first failure is not at the second.
        if self._nested or (self._number == 1 and nesting.is_inside(_OWN_FRAMES)):
            return GaveUpReason.NESTED
        if verdict.retry_after is not None:
            if verdict.retry_after > LONGEST_RETRY_AFTER:
                return GaveUpReason.RETRY_AFTER
            # At least as long as we would wait by ourselves: 0, or a date in the past, is no wish for a storm.
            wait = max(wait, verdict.retry_after * (1 + _SPREAD * chance))
        if self._mode.instant:
            wait = 0.0
        deadline = deadlines.current_deadline()
        if deadline is not None and moment + wait >= deadline:
            return GaveUpReason.DEADLINE
        breaker = self.unit.breaker
        if breaker is not None and breaker.generation.until > moment + wait:
            # By the breaker that this failure, or another one, has opened.
            return GaveUpReason.REJECTED
        purse = self.unit.purse
        if purse is not None and not self._mode.unpaid:
            cost = self._plan.cost_of(verdict, moment - self._begun)
            if not purse.allows(cost, self._started):
                return GaveUpReason.BUDGET
        self._begun = moment + wait
        return wait

    def _is_retriable(self, exc: Exception, verdict: Classification) -> bool:
        # A bug, which `on=Exception` does not mean.
        if verdict.outcome is _DROPPED and not verdict.expected:
            return False
        if self._plan.matches is not None:
            return self._plan.is_meant(exc, verdict)
        if not self._plan.idempotent and verdict.executed is not _NOT_EXECUTED:
            return False
        return verdict.retriable is not _NO

    def _over(self, reason: GaveUpReason, verdict: Classification) -> None:
        if self._plan.strategies is None:
            return
        if stream.listens(GaveUp):
            stream.emit(GaveUp(self.unit.policy, self.unit.key, self._number, verdict.code, reason))
        if reason in _NOTED and self._number:
            times = "once" if self._number == 1 else f"{self._number} times"
            self.note(f"policy {self.unit.policy!r} tried this {times}, and stopped: {reason.value}")

    def note(self, sentence: str) -> None:
        """Add a sentence to the error that the caller will see.

        Args:
            sentence: What happened, without anything of a stranger's.
        """
        assert self.error is not None  # noqa: S101 - nothing is noted before something failed
        try:
            # Not by `add_note`, which an exception may have a version of its own of.
            attributes = reading.attributes(self.error)
            notes: Any = attributes.get("__notes__", [])
            if reading.exactly(list, notes) and len(notes) < _MOST_NOTES:
                attributes["__notes__"] = [*notes, sentence]
        except Exception:  # noqa: BLE001 - an exception of a strange make goes on without a note
            return
