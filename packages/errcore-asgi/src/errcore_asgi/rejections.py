# SPDX-License-Identifier: MIT
"""The error for a rejected request, whoever found what is wrong with it: a bounded list of issues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import ValidationError
from errcore.errors import issues_left_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from errcore import Issue

__all__ = ["REQUIRED", "rejected"]

REQUIRED = ("REQUIRED", "This field is required.")
"""errcore's code and words for what is missing."""


def rejected(exc: Exception, issues: Iterable[Issue], left_out: int = 0) -> ValidationError:
    """The error for a request with these issues.

    Args:
        exc: What the framework raised; its traceback is kept.
        issues: What was found.
        left_out: How many more there were; none if it is below 1.

    >>> from errcore import Issue
    >>> [issue.code for issue in rejected(Exception(), [Issue("/user", *REQUIRED)], left_out=3).issues]
    ['REQUIRED', 'TOO_MANY_ISSUES']
    """
    listed = list(issues)
    if left_out > 0:
        listed.append(issues_left_out(left_out))
    return ValidationError(issues=tuple(listed)).with_traceback(exc.__traceback__)
