# SPDX-License-Identifier: MIT
"""What pydantic found wrong with a request, as errcore issues: where and which rule, never the input.

pydantic's own entries carry the rejected value, for a missing field the whole body, and texts of validators that may
quote it. Kept are the place, the type of the rule and the limits that the schema declared; the words are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from errcore import Issue, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["issues_of", "validation_error"]

MOST_ISSUES = 50
"""More than people read, and less than a hostile document can make us write."""

_LOCATIONS = frozenset({"body", "query", "path", "header", "cookie"})
_SEGMENT = 64

# What the schema declared, by pydantic's name for it, and ours.
_LIMITS = {
    "ge": "min",
    "gt": "exclusive_min",
    "le": "max",
    "lt": "exclusive_max",
    "min_length": "min",
    "max_length": "max",
    "multiple_of": "multiple_of",
    "pattern": "pattern",
    "expected": "choices",
    "expected_tags": "choices",
    "expected_schemes": "choices",
    "max_digits": "max_digits",
    "decimal_places": "decimal_places",
    "whole_digits": "whole_digits",
}

_MESSAGES = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known.",
    "json_invalid": "Must be valid JSON.",
    "string_too_short": "Must have at least {min} characters.",
    "string_too_long": "Must have at most {max} characters.",
    "string_pattern_mismatch": "Must match the pattern {pattern}.",
    "too_short": "Must have at least {min} items.",
    "too_long": "Must have at most {max} items.",
    "bytes_too_short": "Must have at least {min} bytes.",
    "bytes_too_long": "Must have at most {max} bytes.",
    "greater_than": "Must be greater than {exclusive_min}.",
    "greater_than_equal": "Must be at least {min}.",
    "less_than": "Must be less than {exclusive_max}.",
    "less_than_equal": "Must be at most {max}.",
    "multiple_of": "Must be a multiple of {multiple_of}.",
    "finite_number": "Must be a finite number.",
    "literal_error": "Must be {choices}.",
    "enum": "Must be {choices}.",
    "union_tag_invalid": "Must be one of {choices}.",
    "union_tag_not_found": "The field that tells the variants apart is required.",
    "url_scheme": "Must be a URL with the scheme {choices}.",
}

# By what pydantic's type begins with: "int_type", "int_parsing" and "int_from_float" want the same of a caller.
_WANTED = (
    ("int", "Must be an integer."),
    ("float", "Must be a number."),
    ("decimal", "Must be a decimal number."),
    ("bool", "Must be true or false."),
    ("string", "Must be a text."),
    ("bytes", "Must be bytes."),
    ("datetime", "Must be a date and time."),
    ("timezone", "Must be a date and time with the right time zone."),
    ("date", "Must be a date."),
    ("time_delta", "Must be a duration."),
    ("time", "Must be a time."),
    ("uuid", "Must be a UUID."),
    ("url", "Must be a URL."),
    *((name, "Must be a list.") for name in ("list", "tuple", "set", "frozen_set", "iterable")),
    *((name, "Must be an object.") for name in ("model", "dict", "mapping", "dataclass", "typed_dict")),
    ("none", "Must be null."),
)


def validation_error(exc: Exception, errors: Sequence[Mapping[str, Any]]) -> ValidationError:
    """The error for a request that FastAPI rejected.

    Args:
        exc: What FastAPI raised.
        errors: What pydantic found.
    """
    left_out = len(errors) - MOST_ISSUES
    error = ValidationError(
        issues=tuple(issues_of(errors[:MOST_ISSUES])),
        details={"issues_left_out": left_out} if left_out > 0 else None,
    )
    return error.with_traceback(exc.__traceback__)


def issues_of(errors: Sequence[Mapping[str, Any]]) -> Iterator[Issue]:
    """One issue for each of pydantic's entries.

    >>> [issue] = issues_of(
    ...     [{"type": "missing", "loc": ("body", "user"), "msg": "", "input": {"password": "x"}}]
    ... )
    >>> issue.location, issue.pointer, issue.code, issue.message
    ('body', '/user', 'MISSING', 'This field is required.')
    """
    for entry in errors:
        kind = str(entry.get("type", ""))
        location, *path = entry.get("loc") or ("",)
        if location not in _LOCATIONS:
            location, path = None, [*entry.get("loc", ())]
        if kind == "json_invalid":
            path = []  # FastAPI puts the offset of the bad character here
        params = dict(_limits(entry.get("ctx")))
        yield Issue(
            pointer="".join(f"/{_escaped(part)}" for part in path),
            code=_code(kind),
            message=_message(kind, params),
            params=params,
            location=location,
        )


def _limits(declared: Any) -> Iterator[tuple[str, object]]:
    limits = cast("Mapping[str, object]", declared if isinstance(declared, dict) else {})
    for theirs, ours in _LIMITS.items():
        if theirs in limits:
            value = limits[theirs]
            yield ours, value if isinstance(value, int | float | str) else str(value)


def _message(kind: str, params: Mapping[str, object]) -> str:
    known = _MESSAGES.get(kind)
    if known is not None:
        try:
            return known.format_map(params)
        except KeyError:  # a pydantic that names its limits otherwise
            return "Is not valid."
    return next((wanted for start, wanted in _WANTED if kind.startswith(f"{start}_")), "Is not valid.")


def _code(kind: str) -> str:
    """The type of the rule in the shape of a code; the application may name types of its own as it likes."""
    code = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in kind.upper())[:63].strip(
        "_"
    )
    return code if len(code) >= 3 and code[0].isalpha() else "INVALID"


def _escaped(part: object) -> str:
    """One step of an RFC 6901 pointer. Steps through mappings are the sender's own keys, so they are cut."""
    return str(part)[:_SEGMENT].replace("~", "~0").replace("/", "~1")
