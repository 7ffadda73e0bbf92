# SPDX-License-Identifier: MIT
"""What a service by hand makes of a failure, by its class, and how it says that a call was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "DROPPED",
    "FAILED",
    "OK",
    "VERDICTS",
    "LateByHand",
    "LimitedByHand",
    "OpenByHand",
    "RejectedByHand",
    "verdict_on",
]

OK, FAILED, DROPPED = "ok", "failed", "dropped"

VERDICTS: dict[type[BaseException], tuple[str, bool]] = {
    ConnectionError: (FAILED, True),
    TimeoutError: (FAILED, True),
    Exception: (FAILED, False),
    # Bugs of ours, and cancellations, say nothing about the dependency.
    TypeError: (DROPPED, False),
    NameError: (DROPPED, False),
    AttributeError: (DROPPED, False),
    AssertionError: (DROPPED, False),
    ImportError: (DROPPED, False),
    NotImplementedError: (DROPPED, False),
    RecursionError: (DROPPED, False),
    BaseException: (DROPPED, False),
}
"""What a failure means to a breaker, and whether it is tried again."""


def verdict_on(exc: BaseException) -> tuple[str, bool]:
    """The verdict on a failure; the bases of a class are looked at once."""
    cls = type(exc)
    try:
        return VERDICTS[cls]
    except KeyError:
        found = VERDICTS[cls] = next(VERDICTS[each] for each in cls.__mro__ if each in VERDICTS)
        return found


class RejectedByHand(Exception):  # noqa: N818
    """A call that was not made; it can be given what an errcore error can be given."""

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, object] | None = None,
        internal: Mapping[str, object] | None = None,
        field_errors: Mapping[str, Sequence[str]] | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        policy: str,
    ) -> None:
        self.message = message
        self.details = details
        self.internal = internal
        self.field_errors = field_errors
        self.retry_after = retry_after
        self.headers = headers
        self.policy = policy

    def __str__(self) -> str:
        return str(self.message)


class OpenByHand(RejectedByHand):
    """The breaker is open."""


class LimitedByHand(RejectedByHand):
    """The limit is used up."""


class LateByHand(TimeoutError):  # noqa: N818
    """The time was up before it began."""


VERDICTS[RejectedByHand] = VERDICTS[LateByHand] = (DROPPED, False)
