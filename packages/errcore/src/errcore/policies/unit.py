# SPDX-License-Identifier: MIT
"""The state behind one policy, or behind one key of it: breaker, limit, bulkhead and budget.

Variants of a policy share it. Its order is fixed: the breaker is asked before a limit that may cost a round trip, and
that before the bulkhead, where one may have to wait. Whoever is refused further in gives a probe back; a call that the
limit has counted stays counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import clock
from errcore.errors.classification import classify
from errcore.errors.stock import CallLimitedError, RejectedError
from errcore.events import stream
from errcore.policies import deadlines
from errcore.policies.happenings import Attempted, GaveUp, Rejected, RejectedBy
from errcore.policies.mode import current_mode
from errcore.policies.permit import Permit
from errcore.policies.rejections import rejection_in

if TYPE_CHECKING:
    from errcore.errors.stock import CircuitOpenError
    from errcore.policies.breaking.breaker_state import BreakerState
    from errcore.policies.budget import Purse
    from errcore.policies.bulkhead import Slots
    from errcore.policies.limiting.limiter import Limiter

__all__ = ["Unit"]


class Unit:
    """The state of one policy, or of one of its keys.

    Attributes:
        policy: Its name.
        key: Its key, or None.
        breaker: The breaker's state, or None.
        limiter: The limiter's cells, or None.
        bulkhead: The slots of the bulkhead, or None.
        purse: The budget for retries, or None.
        is_free: Whether nobody has to be asked before an attempt, nor told after it.
    """

    __slots__ = ("breaker", "bulkhead", "is_free", "key", "limiter", "policy", "purse")

    def __init__(
        self,
        policy: str,
        key: str | None = None,
        *,
        breaker: BreakerState | None = None,
        limiter: Limiter | None = None,
        bulkhead: Slots | None = None,
        purse: Purse | None = None,
    ) -> None:
        self.policy: str = policy
        self.key: str | None = key
        self.breaker: BreakerState | None = breaker
        self.limiter: Limiter | None = limiter
        self.bulkhead: Slots | None = bulkhead
        self.purse: Purse | None = purse
        self.is_free: bool = breaker is None and limiter is None and bulkhead is None

    @property
    def idle(self) -> bool:
        """Whether little would be lost if this were forgotten: closed, nothing used up lately, and nobody inside."""
        breaker, limiter, bulkhead, purse = self.breaker, self.limiter, self.bulkhead, self.purse
        return (
            (breaker is None or breaker.idle)
            and (bulkhead is None or bulkhead.idle)
            and (limiter is None or limiter.idle)
            and (purse is None or purse.idle)
        )

    @property
    def state(self) -> str:
        """What the breaker does: closed, open, half_open or isolated."""
        return "closed" if self.breaker is None else self.breaker.state

    def enter(self) -> Permit:
        """Leave to make an attempt now; waits for a slot of the bulkhead as long as that allows.

        Raises:
            errcore.RejectedError: If a part refuses it.
            errcore.DeadlineExceededError: If there is no time left.
        """
        permit = self._admitted()
        bulkhead = self.bulkhead
        if bulkhead is not None:
            try:
                bulkhead.enter()
            except BaseException as refused:
                self._back_out(permit, refused)
                raise
            permit.begin()
        return permit

    async def aenter(self) -> Permit:
        """The same, waiting as a task does."""
        permit = self._admitted()
        bulkhead = self.bulkhead
        if bulkhead is not None:
            try:
                await bulkhead.aenter()
            except BaseException as refused:
                self._back_out(permit, refused)
                raise
            permit.begin()
        return permit

    def _admitted(self) -> Permit:
        now = clock.current().monotonic()
        moment = deadlines.current_deadline()
        if moment is not None and now >= moment:
            self.refused(RejectedBy.DEADLINE, None)
            raise deadlines.OutOfTimeError(f"The policy {self.policy!r} had no time left before it started.")
        generation: object = None
        if self.breaker is not None:
            try:
                generation = self.breaker.enter(now)
            except RejectedError as refusal:
                self.refused(RejectedBy.BREAKER, refusal.retry_after)
                raise
        if self.limiter is not None:
            try:
                self._limited(self.limiter, now)
            except BaseException:
                if self.breaker is not None:
                    self.breaker.dropped(generation)
                raise
        return Permit(self, generation, now)

    def _limited(self, limiter: Limiter, now: float) -> None:
        decision = limiter.take(now)
        if not decision.allowed:
            self.refused(RejectedBy.LIMIT, decision.retry_after)
            raise CallLimitedError(
                f"The limit of the policy {self.policy!r} is used up.",
                policy=self.policy,
                retry_after=decision.retry_after,
            )

    def _back_out(self, permit: Permit, refused: BaseException) -> None:
        permit.withdraw()
        if isinstance(refused, RejectedError):
            self.refused(RejectedBy.BULKHEAD, refused.retry_after)

    def turned_away(self, retried: bool) -> CircuitOpenError | None:
        """What to raise at once if the breaker is open: a new one each time; None where a refusal has other effects.

        Args:
            retried: Whether the policy tries again; then there may be somebody to be told that it did not.
        """
        assert self.breaker is not None  # noqa: S101 - the happy path has looked at it
        refusal = self.breaker.refusal(clock.current().monotonic())
        if refusal is None or current_mode().off or (retried and stream.listens(GaveUp)):
            return None
        if stream.listens(Rejected):
            self.refused(RejectedBy.BREAKER, refusal.retry_after)
        return refusal

    def failed(self, generation: object, exc: Exception) -> None:
        """The only attempt of a call failed on the happy path.

        Args:
            generation: What the breaker was like when it began; None without a breaker.
            exc: What it raised.
        """
        if current_mode().off:
            return
        if self.breaker is not None:
            self.breaker.judge(generation, exc)
        if stream.listens(Attempted) and rejection_in(exc) is None:
            verdict = classify(exc)
            stream.emit(Attempted(self.policy, self.key, 1, verdict.code, verdict.outcome))

    def refused(self, by: RejectedBy, retry_after: float | None) -> None:
        """Say that a call was refused."""
        if stream.listens(Rejected):
            stream.emit(Rejected(self.policy, self.key, by, retry_after))
