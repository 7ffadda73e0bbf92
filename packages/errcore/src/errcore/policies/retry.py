# SPDX-License-Identifier: MIT
"""Trying again: how often, how long to wait, and after which failures.

The verdict on the failure decides, and each retry is paid for from a budget. The strategies of tenacity say how long to
wait and when to stop, those of your own included.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs

from errcore.policies.guardable import is_asynchronous
from errcore.policies.matching import matcher
from errcore.policies.refusals import chosen, count, refuse, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.policies.matching import On

__all__ = ["JITTERS", "LONGEST_RETRY_AFTER", "Jitter", "Retry"]

Jitter = Literal["full", "equal", "none"]
"""How a wait is spread: between 0 and the whole of it, between half and the whole, or not at all."""

JITTERS: tuple[Jitter, ...] = get_args(Jitter)

LONGEST_RETRY_AFTER = 30.0
"""Seconds. A service that asks for more is not waited for: its wish goes to our own caller."""


def _factor(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if type(value) not in {int, float} or not 1 <= value <= 100:
        refuse(
            type(part).__name__,
            field.name,
            value,
            "each wait is so many times the one before",
            "pass 1 to 100",
        )


def _strategy(part: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and (not callable(value) or is_asynchronous(value)):
        refuse(
            type(part).__name__,
            field.name,
            value,
            "it is no strategy",
            f"pass one of tenacity's {field.name}_... objects, or a function of a tenacity.RetryCallState; no coroutine "
            "function",
        )


def _on(_part: Any, _field: object, value: Any) -> None:
    if value is not None:
        matcher(value)  # refuses what names no failures


def _kept(value: On | None) -> On | None:
    """What can be read more than once: an iterator cannot."""
    return tuple(value) if isinstance(value, Iterator) else value  # pyright: ignore[reportUnknownArgumentType]


@attrs.frozen
class Retry:
    """Try a failed call again.

    Waits are exponential: `initial`, then `factor` times as long, at most `cap`, spread by `jitter`. A Retry-After of up
    to 30 seconds is honoured where it is longer; no wait goes beyond the deadline.

    Args:
        attempts: Attempts in all, the first included.
        initial: Seconds before the first retry.
        factor: How many times as long each further wait is.
        cap: Seconds of the longest wait.
        jitter: "full", "equal" or "none".
        wait: A tenacity wait strategy in place of the four above.
        stop: A tenacity stop strategy beside `attempts`; it sees the call after each failure.
        on: Which failures are tried again, in place of the verdict's `retriable`: classes, kinds, codes, a function of the
            exception, or a tenacity retry strategy.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense.

    >>> Retry(5, initial=0.2).attempts
    5
    """

    attempts: int = attrs.field(default=3, validator=count())
    initial: float = attrs.field(default=0.1, validator=seconds(zero=True), kw_only=True)
    factor: float = attrs.field(default=2.0, validator=_factor, kw_only=True)
    cap: float = attrs.field(default=5.0, validator=seconds(zero=True), kw_only=True)
    jitter: Jitter = attrs.field(default="full", validator=chosen(JITTERS), kw_only=True)
    wait: Callable[[Any], float] | None = attrs.field(default=None, validator=_strategy, kw_only=True)
    stop: Callable[[Any], bool] | None = attrs.field(default=None, validator=_strategy, kw_only=True)
    on: On | None = attrs.field(default=None, converter=_kept, validator=_on, kw_only=True)
