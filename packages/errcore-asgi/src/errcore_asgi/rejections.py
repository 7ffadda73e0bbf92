# SPDX-License-Identifier: MIT
"""The error for a rejected request, whoever found what is wrong with it: a bounded list of issues."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from errcore import Issue, ValidationError
from errcore.errors import issues_left_out
from errcore.validation import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["issue", "rejected"]

_NO_LIMITS: Mapping[str, object] = MappingProxyType({})


def issue(
    pointer: str,
    code: str,
    wording: str = "",
    params: Mapping[str, object] = _NO_LIMITS,
    location: str | None = None,
) -> Issue:
    """An issue in errcore's words.

    Args:
        pointer: Where.
        code: Which rule.
        wording: Which of the code's sentences in `errcore.validation.MESSAGES`.
        params: The declared limits of the rule.
        location: The part of the request.

    >>> issue("/user", "REQUIRED").message
    'This field is required.'
    """
    return Issue(pointer, code, sentence(code, wording, params), dict(params), location)


def rejected(exc: Exception, issues: Iterable[Issue], left_out: int = 0) -> ValidationError:
    """The error for a request with these issues.

    Args:
        exc: What the framework raised; its traceback is kept.
        issues: What was found.
        left_out: How many more there were; none if it is below 1.

    >>> [each.code for each in rejected(Exception(), [issue("/user", "REQUIRED")], left_out=3).issues]
    ['REQUIRED', 'TOO_MANY_ISSUES']
    """
    listed = list(issues)
    if left_out > 0:
        listed.append(issues_left_out(left_out))
    return ValidationError(issues=tuple(listed)).with_traceback(exc.__traceback__)
