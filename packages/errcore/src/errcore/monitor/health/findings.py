# SPDX-License-Identifier: MIT
"""What one run of a check found. Of an exception nothing is kept but the verdict: its text may hold a host or a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.errors import KIND_RULES, Kind, classify
from errcore.monitor.health.status import Status

if TYPE_CHECKING:
    from errcore.mishaps import Mishaps

__all__ = ["TOO_LATE", "Finding", "read", "read_failure"]


@attrs.frozen
class Finding:
    """The outcome of a check.

    Attributes:
        status: How well the dependency is.
        code: The code of the verdict on what failed.
        kind: Its kind.
    """

    status: Status
    code: str | None = None
    kind: str | None = None


_FOUND = {status: Finding(status) for status in Status}
_SAID_NO = Finding(Status.FAIL, "HEALTH_CHECK_FAILED", Kind.UNAVAILABLE.value)
_UNREADABLE = Finding(Status.FAIL, "HEALTH_CHECK_UNREADABLE", Kind.INTERNAL.value)

TOO_LATE: Finding = Finding(
    Status.FAIL, KIND_RULES[Kind.DEADLINE_EXCEEDED].code, Kind.DEADLINE_EXCEEDED.value
)
"""The check was not done within its time limit."""


def read(result: object, mishaps: Mishaps) -> Finding:
    """What a check means by its result: None and True are well, False is not, and a `Status` says it itself.

    Anything else says nothing. The response of an HTTP client, which is an object also where it has status 500, must
    not count as well.

    Args:
        result: What it returned.
        mishaps: Where it is noted that this says nothing.

    >>> from errcore.mishaps import Mishaps
    >>> read(True, Mishaps()).status, read(False, Mishaps()).code
    (<Status.PASS: 'pass'>, 'HEALTH_CHECK_FAILED')
    """
    if result is None or result is True:
        return _FOUND[Status.PASS]
    if result is False or result is Status.FAIL:
        return _SAID_NO
    if type(result) is Status:
        return _FOUND[result]
    mishaps.note(
        "a health check, whose result was none of None, True, False and a Status", TypeError(type(result))
    )
    return _UNREADABLE


def read_failure(problem: BaseException) -> Finding:
    """What an exception of a check means.

    >>> read_failure(ConnectionRefusedError("db-1.internal:5432")).code
    'SERVICE_UNAVAILABLE'
    """
    verdict = classify(problem)
    return Finding(Status.FAIL, verdict.code, verdict.kind.value)
