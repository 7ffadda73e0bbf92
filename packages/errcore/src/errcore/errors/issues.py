# SPDX-License-Identifier: MIT
"""One defect of one input: where it is, which rule it breaks, and what to tell the sender. Never the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ISSUE_CODES",
    "LEFT_OUT",
    "MOST_ISSUES",
    "TOO_MANY_ISSUES",
    "Issue",
    "issues_left_out",
    "json_pointer",
]

MOST_ISSUES = 100
"""Issues that one answer lists at most; the rest is counted."""

TOO_MANY_ISSUES = "TOO_MANY_ISSUES"

LEFT_OUT = "{omitted} more were left out."

ISSUE_CODES: Mapping[str, str] = {
    "REQUIRED": "What has to be given is not there.",
    "UNKNOWN_FIELD": "Something was given that is not known here.",
    "WRONG_TYPE": "The value is of another type, or cannot be read as one of this type.",
    "TOO_SHORT": "A text, a list or the like has too few members.",
    "TOO_LONG": "A text, a list or the like has too many members.",
    "TOO_SMALL": "The value is below its limit.",
    "TOO_LARGE": "The value is above its limit.",
    "NOT_A_MULTIPLE": "The number is no multiple of its step.",
    "PATTERN_MISMATCH": "The text does not match its pattern.",
    "NOT_UNIQUE": "A list has an item twice.",
    "INVALID_CHOICE": "The value is none of those that are allowed.",
    "INVALID_FORMAT": "The text does not have its form, such as that of a UUID, a URL or JSON.",
    "INVALID_DATE": "The value is no date, time or duration, or none that is allowed.",
    "TOO_DEEP": "The input is nested too deeply, has too many parts, or holds itself.",
    "RULE_CRASHED": "The value could not be checked, since a rule failed: the fault of the service.",
    "INVALID": "The value breaks a rule that has no code of its own.",
    TOO_MANY_ISSUES: "More is wrong than is listed; `omitted` says how much.",
}
"""The codes that errcore gives to issues, and what each of them says. An application may add codes of its own."""

_STEP_LENGTH = 256


@attrs.frozen
class Issue:
    """One defect of an input.

    Attributes:
        pointer: Where, as an RFC 6901 JSON pointer (`/items/0/qty`); empty for the whole input.
        code: Which rule, for programs; `ISSUE_CODES` has those of errcore.
        message: Which rule, for people; says what is wanted, never what was sent.
        params: The declared limits of the rule, such as `{"min": 18}`.
        location: The part of a request: body, query, path, header or cookie.

    >>> Issue("/user", "REQUIRED", "This field is required.", location="body").pointer
    '/user'
    """

    pointer: str
    code: str
    message: str
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    location: str | None = None


def json_pointer(*steps: object) -> str:
    """The JSON pointer (RFC 6901, section 3) that takes these steps, each on one line and cut to a sane length.

    Args:
        steps: Names and indexes, outermost first. A name may be the sender's own, so it is not trusted.

    >>> json_pointer("tags", "a/b~c", 0)
    '/tags/a~1b~0c/0'
    """
    return "".join(f"/{one_line(step, _STEP_LENGTH).replace('~', '~0').replace('/', '~1')}" for step in steps)


def issues_left_out(count: int, message: str | None = None) -> Issue:
    """The last of a list that was cut: so many more there were.

    Args:
        count: How many issues are not listed.
        message: Other words for it.

    >>> issues_left_out(7).message
    '7 more were left out.'
    """
    words = LEFT_OUT.format(omitted=count) if message is None else message
    return Issue("", TOO_MANY_ISSUES, words, {"omitted": count})
