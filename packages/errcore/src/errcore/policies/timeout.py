# SPDX-License-Identifier: MIT
"""How long a call may take: in all, and for each attempt.

A coroutine is cancelled when its time is up, as `asyncio.timeout` does it: only the expiry of our own scope becomes a
`DeadlineExceededError`, and a cancellation from outside stays one. A function cannot be stopped: it has to ask
`errcore.remaining()` itself, or run in a thread of its own that nobody waits for any longer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from errcore import clock
from errcore.errors.classification import classify
from errcore.errors.kinds import Kind
from errcore.errors.stock import ConfigurationError, DeadlineExceededError
from errcore.policies import deadlines
from errcore.policies.happenings import RejectedBy
from errcore.policies.refusals import refuse, seconds
from errcore.policies.workers import workers_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable
    from contextvars import Token
    from types import TracebackType
    from typing import Self

    from errcore.clock import Clock
    from errcore.policies.permit import Permit
    from errcore.policies.plan import Plan

__all__ = ["SYNC", "Sync", "Timeout", "arun_within", "run_within"]

Sync = Literal["cooperative", "thread"]
"""How a function is held to its time: it asks `errcore.remaining()`, or it runs in a thread that is left behind."""

SYNC: tuple[Sync, ...] = get_args(Sync)

_WHOLE = 0.8  # of its own time: an attempt that had less was cut short by somebody else's deadline
_SLACK = 0.001  # seconds; an event loop's timer may be that early


def _how(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and (type(value) is not str or value not in SYNC):
        refuse(
            type(part).__name__, field.name, value, "there is no such way", "pass 'cooperative' or 'thread'"
        )


@attrs.frozen
class Timeout:
    """How long a call may take.

    Args:
        total: Seconds for the whole call: attempts, waits and queues.
        attempt: Seconds for each attempt.
        sync: How a function (not a coroutine function) is held to that: "cooperative", if it asks `errcore.remaining()`
            itself and hands that to its client; "thread", to run it in one of 32 threads of the policy, with a copy of
            the context. A thread that is late is not waited for, but runs on and takes its place until it ends.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense, or no time is given.

    >>> Timeout(2, attempt=0.5).attempt
    0.5
    """

    total: float | None = attrs.field(default=None, validator=seconds(optional=True))
    attempt: float | None = attrs.field(default=None, validator=seconds(optional=True), kw_only=True)
    sync: Sync | None = attrs.field(default=None, validator=_how, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.total is None and self.attempt is None:
            refuse("Timeout", "total", None, "it limits nothing", "pass total= or attempt=, in seconds")
        if self.total is not None and self.attempt is not None and self.attempt > self.total:
            refuse(
                "Timeout",
                "attempt",
                self.attempt,
                f"the whole call has {self.total:g} seconds",
                "pass less than that, or no attempt=",
            )


class _Attempt:
    """The time of one attempt: its own, or what is left of the deadline if that is less."""

    __slots__ = ("_begun", "_cut_short", "_permit", "_token", "moment", "seconds")

    def __init__(self, timeout: Timeout, permit: Permit) -> None:
        begun = clock.current().monotonic()
        outer = deadlines.current_deadline()
        own = timeout.total if timeout.attempt is None else timeout.attempt
        assert own is not None  # noqa: S101 - a timeout has one of them
        self.moment: float = begun + own if outer is None else min(outer, begun + own)
        self.seconds: float = self.moment - begun
        self._cut_short = self.seconds < _WHOLE * own
        self._permit = permit
        self._token: Token[float | None] | None = None

    def __enter__(self) -> Self:
        if self.seconds <= 0:
            self._permit.turn_back(RejectedBy.DEADLINE)
            raise deadlines.OutOfTimeError(
                f"The policy {self._permit.policy!r} had no time left when its attempt could begin."
            )
        self._token = deadlines.enter(self.moment)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._token is not None  # noqa: S101 - set where it was entered
        deadlines.leave(self._token)
        # Somebody else had no more time: that says nothing about the dependency, unless it was slow by its own measure.
        if exc is not None and self._cut_short and self._is_over(exc) and not self._permit.took_long():
            self._permit.drop()

    def _is_over(self, exc: BaseException) -> bool:
        if clock.current().monotonic() < self.moment - _SLACK:
            return False
        return issubclass(type(exc), Exception) and classify(exc).kind is Kind.DEADLINE_EXCEEDED


def run_within(
    plan: Plan, permit: Permit, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Make one attempt, with what goes wrong on purpose and within its time.

    Args:
        plan: What the policy says.
        permit: The leave to make it; given back here if the attempt was cut short.
        fn: What to call.
        args: Its arguments.
        kwargs: Its keyword arguments.
    """
    if plan.chaos is not None:
        fn = partial(plan.chaos.run, fn)
    if plan.timeout is None:
        return fn(*args, **kwargs)
    with _Attempt(plan.timeout, permit) as attempt:
        if plan.timeout.sync == "thread":
            return workers_of(permit.policy).run(fn, args, kwargs, attempt.moment)
        return fn(*args, **kwargs)


async def arun_within(
    plan: Plan,
    permit: Permit,
    fn: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Make one attempt of a coroutine function; the arguments are those of `run_within`."""
    if plan.chaos is not None:
        fn = partial(plan.chaos.arun, fn)
    if plan.timeout is None:
        return await fn(*args, **kwargs)
    _need_a_loop(permit)
    with _Attempt(plan.timeout, permit) as attempt:
        return await _awaited(permit.policy, fn, args, kwargs, attempt.seconds)


def _need_a_loop(permit: Permit) -> None:
    import asyncio  # an import of errcore does not pay for asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        permit.drop()
        raise ConfigurationError(
            f"Cannot limit the time of a call of the policy {permit.policy!r}, because no event loop of asyncio runs here; "
            "run it with asyncio, or limit its time with what runs it."
        ) from None


async def _awaited(
    policy: str,
    fn: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    seconds: float,
) -> Any:
    import asyncio  # an import of errcore does not pay for asyncio

    now = clock.current()
    real = type(now) is clock.SystemClock
    scope = asyncio.timeout(seconds if real else None)
    bell = None if real else asyncio.create_task(_ring(scope, now, seconds))
    try:
        async with scope:
            return await fn(*args, **kwargs)
    except TimeoutError as problem:
        # One of the call's own, or one that says more than that the time was up, stays what it is.
        if type(problem) is not TimeoutError or not scope.expired():
            raise
        raise DeadlineExceededError(
            f"A call of the policy {policy!r} was not done within {seconds:.3g} seconds."
        ) from problem.__cause__
    finally:
        if bell is not None:
            bell.cancel()


async def _ring(scope: asyncio.Timeout, now: Clock, seconds: float) -> None:
    """End a scope by a clock that the event loop does not know."""
    import asyncio

    await now.asleep(seconds)
    scope.reschedule(asyncio.get_running_loop().time())
