# SPDX-License-Identifier: MIT
"""What was refused before it started, also where a task group has wrapped it: nothing was sent, so nothing is tried again."""

from __future__ import annotations

from errcore.errors.groups import leaves_of
from errcore.errors.stock import RejectedError
from errcore.policies.deadlines import OutOfTimeError

__all__ = ["rejection_in"]

_REJECTIONS = (RejectedError, OutOfTimeError)


def rejection_in(exc: BaseException) -> BaseException | None:
    """The rejection that an exception is, or has among its leaves.

    >>> inner = RejectedError()
    >>> rejection_in(ExceptionGroup("tasks", [inner, ValueError()])) is inner
    True
    >>> rejection_in(ValueError()) is None
    True
    """
    kind = type(exc)
    if issubclass(kind, _REJECTIONS):
        return exc
    if not issubclass(kind, BaseExceptionGroup):
        return None
    return next((leaf for leaf in leaves_of(exc) if issubclass(type(leaf), _REJECTIONS)), None)
