# SPDX-License-Identifier: MIT
"""How well something is: one of three words, and what follows from it.

The words are those of health+json (draft-inadarei-api-health-check-06, section 3.1; it expired, so it is a shape and no
standard). Others say healthy, degraded and unhealthy.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Part", "Status", "worst"]


class Status(StrEnum):
    """How well something is.

    >>> Status.WARN.alias, Status.WARN.http_status, Status.FAIL.http_status
    ('degraded', 200, 503)
    """

    PASS = "pass"  # noqa: S105 - a word of health+json
    WARN = "warn"
    FAIL = "fail"

    @property
    def alias(self) -> str:
        """The other word for it: healthy, degraded or unhealthy."""
        return _ALIASES[self]

    @property
    def http_status(self) -> int:
        """With what a probe is answered: 503 if it fails, else 200."""
        return 503 if self is Status.FAIL else 200


_ALIASES = {Status.PASS: "healthy", Status.WARN: "degraded", Status.FAIL: "unhealthy"}
_ORDER = tuple(Status)


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of several; of none, that all is well.

    >>> worst([Status.PASS, Status.FAIL, Status.WARN]), worst([])
    (<Status.FAIL: 'fail'>, <Status.PASS: 'pass'>)
    """
    return max(statuses, key=_ORDER.index, default=Status.PASS)


class Part(StrEnum):
    """What sort of thing has a status."""

    CHECK = "check"
    BREAKER = "breaker"
    STORE = "store"
    DEPENDENCY = "dependency"
    FEATURE = "feature"
