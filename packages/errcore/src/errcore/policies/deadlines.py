# SPDX-License-Identifier: MIT
"""How long there is left: one deadline for everything that happens in a context.

A nested deadline never moves the outer one out: the earlier of the two counts. Work whose time is up is refused
before it starts, since nobody waits for it any more. Between hosts it travels as the milliseconds that are left, for
clocks differ; what a caller sent holds until that caller has its answer.
"""

from __future__ import annotations

import math
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar

from errcore import clock
from errcore.errors.kinds import Executed, Outcome
from errcore.errors.stock import ConfigurationError, DeadlineExceededError
from errcore.policies.refusals import shown

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextvars import Token
    from types import TracebackType
    from typing import Self

__all__ = [
    "DEADLINE_HEADER",
    "ExpiredRequestError",
    "OutOfTimeError",
    "current_deadline",
    "deadline",
    "deadline_from_header",
    "deadline_to_header",
    "enter",
    "incoming_deadline",
    "is_over",
    "leave",
    "remaining",
]

DEADLINE_HEADER = "X-Request-Timeout-Ms"
"""The header of a request that says how long its sender still waits, in whole milliseconds."""

_FAR = 1e9  # seconds; some thirty years
_HEADER_DIGITS = 9  # milliseconds: eleven days


class OutOfTimeError(DeadlineExceededError):
    """There was no time left before it started: nothing was sent, so it says nothing about the dependency."""

    _errcore_outcome: ClassVar[Outcome] = Outcome.DROPPED
    _errcore_executed: ClassVar[Executed] = Executed.NO


class ExpiredRequestError(OutOfTimeError, fault="caller", severity="info"):
    """A request came when its sender waited no longer: the sender has counted it, so it is no failure of ours."""


_deadline: ContextVar[float | None] = ContextVar("errcore_deadline", default=None)
_caller: ContextVar[incoming_deadline | None] = ContextVar("errcore_caller", default=None)
_ours, _theirs = _deadline.get, _caller.get  # looked up once: each attempt with a timeout asks


seen: bool = False
"""Whether this process ever had a deadline; until then the happy path of a guarded call does not look for one."""


def current_deadline() -> float | None:
    """The deadline of this context on the monotonic clock, or None: our own or the caller's, whichever is earlier."""
    caller = _theirs()
    return _ours() if caller is None else _earlier(_ours(), caller.moment)


def _earlier(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def enter(moment: float) -> Token[float | None]:
    """Set a deadline for this context, unless an earlier one is set. `leave` undoes it.

    Args:
        moment: On the monotonic clock of `errcore.clock`.
    """
    global seen  # noqa: PLW0603 - once true it stays so
    seen = True
    outer = _deadline.get()
    return _deadline.set(moment if outer is None else min(outer, moment))


def leave(token: Token[float | None]) -> None:
    """End what `enter` began. In another context, where it is not in effect, there is nothing to end.

    Args:
        token: What `enter` returned.
    """
    try:
        _deadline.reset(token)
    except ValueError:  # a generator may be finished by another thread or task than the one that began it
        return


def is_over() -> bool:
    """Whether the deadline of this context has passed.

    >>> is_over()
    False
    """
    moment = current_deadline()
    return moment is not None and clock.current().monotonic() >= moment


def remaining() -> float | None:
    """Seconds to the deadline of this context, 0 when it has passed; None without one.

    >>> remaining() is None
    True
    """
    moment = current_deadline()
    return None if moment is None else max(0.0, moment - clock.current().monotonic())


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Give what happens inside at most so many seconds, as far as it asks.

    Args:
        seconds: From now on; less than nothing is nothing.

    Raises:
        errcore.ConfigurationError: If that is no number.

    >>> with deadline(5):
    ...     0 < remaining() <= 5
    True
    """
    if type(seconds) not in {int, float} or not -math.inf <= seconds <= math.inf:
        raise ConfigurationError(
            f"Cannot set a deadline of {shown(seconds)}, because it is no number of seconds; pass one, such as 1.5."
        )
    token = enter(clock.current().monotonic() + max(0.0, min(seconds, _FAR)))
    try:
        yield
    finally:
        leave(token)


def deadline_to_header(seconds: float | None) -> str | None:
    """What to send along with a call, so that its receiver knows how long it is waited for; None to send nothing.

    Args:
        seconds: What `remaining()` gave.

    >>> deadline_to_header(1.5), deadline_to_header(-1.0), deadline_to_header(None)
    ('1500', '0', None)
    """
    if seconds is None or not math.isfinite(seconds):
        return None
    text = str(math.floor(max(0.0, seconds) * 1000))  # downwards: the receiver gives up first
    return text if len(text) <= _HEADER_DIGITS else None


def deadline_from_header(text: object) -> float | None:
    """Seconds that the caller still waits, or None where the header says nothing that makes sense.

    Args:
        text: The value of the header: a whole number of milliseconds, of at most 9 digits.

    >>> deadline_from_header("1500"), deadline_from_header("-1"), deadline_from_header("1e9")
    (1.5, None, None)
    """
    if type(text) is not str or not text.isascii() or not text.isdigit() or len(text) > _HEADER_DIGITS:
        return None
    return int(text) / 1000


class incoming_deadline:  # noqa: N801 - what it is to those who use it: `with incoming_deadline(header): ...`
    """Do what a caller asked for under the time for which that caller still waits.

    The time runs from when this is made. It never moves an earlier deadline out, and what makes no sense as a header is no
    deadline. Once the caller has its answer nobody waits any more, so the deadline is lifted: also for tasks and threads
    that were started under it and go on.

    Args:
        value: What `DEADLINE_HEADER` says, as text; None where the request has no such header. Several are one text, with
            commas between, and make no sense.

    Raises:
        errcore.DeadlineExceededError: If there is no time left. Nothing was done, and it counts as the caller's.

    >>> with incoming_deadline("1500"):
    ...     0 < remaining() <= 1.5
    True
    >>> with incoming_deadline("0"):
    ...     print("never gets here")
    Traceback (most recent call last):
    errcore.policies.deadlines.ExpiredRequestError: The caller's time was up before the request was begun.
    """

    # A class and not a generator: what is done in steps enters it many times.
    __slots__ = ("_token", "moment")
    _token: Token[incoming_deadline | None]

    def __init__(self, value: object) -> None:
        seconds = deadline_from_header(value)
        outer = _caller.get()
        self.moment: float | None = None if outer is None else outer.moment
        """On the monotonic clock; None without a deadline, and once it is lifted."""
        if seconds is None:
            return
        now = clock.current().monotonic()
        self.moment = _earlier(self.moment, now + seconds)
        until = _earlier(self.moment, _deadline.get())
        if until is not None and until <= now:
            raise ExpiredRequestError("The caller's time was up before the request was begun.")

    def enter(self) -> Token[incoming_deadline | None]:
        """Begin a step, in this thread or task; `leave` ends it. A `with` block is the only step of its kind."""
        global seen  # noqa: PLW0603 - as above
        seen = seen or self.moment is not None
        return _caller.set(self)

    def leave(self, token: Token[incoming_deadline | None]) -> None:
        """End a step.

        Args:
            token: What `enter` returned. In another context, where it is not in effect, there is nothing to end.
        """
        with suppress(ValueError):
            _caller.reset(token)

    def lift(self) -> None:
        """The caller has its answer, or will never have one: what still goes on is under no deadline but our own."""
        self.moment = None

    def __enter__(self) -> Self:
        self._token = self.enter()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.leave(self._token)
        self.lift()
