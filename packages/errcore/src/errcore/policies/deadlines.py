# SPDX-License-Identifier: MIT
"""How long there is left: one deadline for everything that happens in a context.

A nested deadline never moves the outer one out: the earlier of the two counts. Work whose time is up is refused
before it starts, since nobody waits for it any more. Between hosts it travels as the milliseconds that are left, for
clocks differ.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar

from errcore import clock
from errcore.errors.kinds import Executed, Outcome
from errcore.errors.stock import DeadlineExceededError

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextvars import Token

__all__ = [
    "OutOfTimeError",
    "current_deadline",
    "deadline",
    "deadline_from_header",
    "deadline_to_header",
    "enter",
    "leave",
    "remaining",
]

_HEADER_DIGITS = 9  # milliseconds: eleven days


class OutOfTimeError(DeadlineExceededError):
    """There was no time left before it started: nothing was sent, so it says nothing about the dependency."""

    _errcore_outcome: ClassVar[Outcome] = Outcome.DROPPED
    _errcore_executed: ClassVar[Executed] = Executed.NO


_deadline: ContextVar[float | None] = ContextVar("errcore_deadline", default=None)

current_deadline = _deadline.get
"""The deadline of this context on the monotonic clock, or None."""

leave = _deadline.reset


def enter(moment: float) -> Token[float | None]:
    """Set a deadline for this context, unless an earlier one is set. `leave` undoes it.

    Args:
        moment: On the monotonic clock of `errcore.clock`.
    """
    outer = _deadline.get()
    return _deadline.set(moment if outer is None else min(outer, moment))


def remaining() -> float | None:
    """Seconds to the deadline of this context, 0 when it has passed; None without one.

    >>> remaining() is None
    True
    """
    moment = _deadline.get()
    return None if moment is None else max(0.0, moment - clock.current().monotonic())


@contextmanager
def deadline(seconds: float) -> Generator[None]:
    """Give what happens inside at most so many seconds, as far as it asks.

    Args:
        seconds: From now on.

    >>> with deadline(5):
    ...     0 < remaining() <= 5
    True
    """
    token = enter(clock.current().monotonic() + seconds)
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
