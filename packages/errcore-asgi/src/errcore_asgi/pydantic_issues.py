# SPDX-License-Identifier: MIT
"""What pydantic found wrong with a request, as errcore issues: where and which rule, never the input.

pydantic's own entries carry the rejected value, for a missing field the whole body, and texts of validators that may
quote it. Kept are the place, the rule as one of errcore's codes, and the limits that the schema declared; the words are
ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from errcore import Issue
from errcore.errors import MOST_ISSUES, json_pointer
from errcore_asgi.rejections import REQUIRED, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from errcore import ValidationError

__all__ = ["issues_of", "rejected_by_pydantic"]

_LOCATIONS = frozenset({"body", "query", "path", "header", "cookie"})

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

# errcore's code for each of pydantic's types, and our words.
_RULES = {
    "missing": REQUIRED,
    "missing_argument": REQUIRED,
    "missing_keyword_only_argument": REQUIRED,
    "missing_positional_only_argument": REQUIRED,
    "union_tag_not_found": ("REQUIRED", "The field that tells the variants apart is required."),
    "extra_forbidden": ("UNKNOWN_FIELD", "This field is not known."),
    "unexpected_keyword_argument": ("UNKNOWN_FIELD", "This field is not known."),
    "unexpected_positional_argument": ("UNKNOWN_FIELD", "This field is not known."),
    "string_too_short": ("TOO_SHORT", "Must have at least {min} characters."),
    "string_too_long": ("TOO_LONG", "Must have at most {max} characters."),
    "url_too_long": ("TOO_LONG", "Must have at most {max} characters."),
    "too_short": ("TOO_SHORT", "Must have at least {min} items."),
    "too_long": ("TOO_LONG", "Must have at most {max} items."),
    "bytes_too_short": ("TOO_SHORT", "Must have at least {min} bytes."),
    "bytes_too_long": ("TOO_LONG", "Must have at most {max} bytes."),
    "greater_than": ("TOO_SMALL", "Must be greater than {exclusive_min}."),
    "greater_than_equal": ("TOO_SMALL", "Must be at least {min}."),
    "less_than": ("TOO_LARGE", "Must be less than {exclusive_max}."),
    "less_than_equal": ("TOO_LARGE", "Must be at most {max}."),
    "multiple_of": ("NOT_A_MULTIPLE", "Must be a multiple of {multiple_of}."),
    "finite_number": ("WRONG_TYPE", "Must be a finite number."),
    "decimal_max_digits": ("INVALID_FORMAT", "Must have at most {max_digits} digits."),
    "decimal_max_places": ("INVALID_FORMAT", "Must have at most {decimal_places} decimal places."),
    "decimal_whole_digits": ("INVALID_FORMAT", "Must have at most {whole_digits} digits before the point."),
    "string_pattern_mismatch": ("PATTERN_MISMATCH", "Must match the pattern {pattern}."),
    "literal_error": ("INVALID_CHOICE", "Must be {choices}."),
    "enum": ("INVALID_CHOICE", "Must be {choices}."),
    "union_tag_invalid": ("INVALID_CHOICE", "Must be one of {choices}."),
    "json_invalid": ("INVALID_FORMAT", "Must be valid JSON."),
    "url_scheme": ("INVALID_FORMAT", "Must be a URL with the scheme {choices}."),
    "date_past": ("INVALID_DATE", "Must be in the past."),
    "datetime_past": ("INVALID_DATE", "Must be in the past."),
    "date_future": ("INVALID_DATE", "Must be in the future."),
    "datetime_future": ("INVALID_DATE", "Must be in the future."),
}

# By what pydantic's type begins with: "int_type", "int_parsing" and "int_from_float" want the same of a caller.
_FAMILIES = (
    ("int", "WRONG_TYPE", "Must be an integer."),
    ("float", "WRONG_TYPE", "Must be a number."),
    ("complex", "WRONG_TYPE", "Must be a number."),
    ("decimal", "WRONG_TYPE", "Must be a decimal number."),
    ("bool", "WRONG_TYPE", "Must be true or false."),
    ("string", "WRONG_TYPE", "Must be a text."),
    ("bytes", "WRONG_TYPE", "Must be bytes."),
    ("datetime", "INVALID_DATE", "Must be a date and time."),
    ("timezone", "INVALID_DATE", "Must be a date and time with the right time zone."),
    ("date", "INVALID_DATE", "Must be a date."),
    ("time_delta", "INVALID_DATE", "Must be a duration."),
    ("time", "INVALID_DATE", "Must be a time."),
    ("uuid", "INVALID_FORMAT", "Must be a UUID."),
    ("url", "INVALID_FORMAT", "Must be a URL."),
    *((name, "WRONG_TYPE", "Must be a list.") for name in ("list", "tuple", "set", "frozen_set", "iterable")),
    *(
        (name, "WRONG_TYPE", "Must be an object.")
        for name in ("model", "dict", "mapping", "dataclass", "typed_dict")
    ),
    ("none", "WRONG_TYPE", "Must be null."),
)
_UNKNOWN = ("INVALID", "Is not valid.")


def rejected_by_pydantic(exc: Exception, errors: Sequence[Mapping[str, Any]]) -> ValidationError:
    """The error for a request that a pydantic model rejected.

    Args:
        exc: What the framework raised; its traceback is kept.
        errors: What pydantic found. A place that starts with body, query, path, header or cookie is in that part of the
            request.

    >>> found = [{"type": "missing", "loc": ("body", "user")}]
    >>> rejected_by_pydantic(Exception(), found).issues[0].pointer
    '/user'
    """
    return rejected(exc, issues_of(errors[:MOST_ISSUES]), len(errors) - MOST_ISSUES)


def issues_of(errors: Sequence[Mapping[str, Any]]) -> Iterator[Issue]:
    """One issue for each of pydantic's entries.

    >>> [issue] = issues_of(
    ...     [{"type": "missing", "loc": ("body", "user"), "msg": "", "input": {"password": "x"}}]
    ... )
    >>> issue.location, issue.pointer, issue.code, issue.message
    ('body', '/user', 'REQUIRED', 'This field is required.')
    """
    for entry in errors:
        kind = str(entry.get("type", ""))
        location, *path = entry.get("loc") or ("",)
        if location not in _LOCATIONS:
            location, path = None, [*entry.get("loc", ())]
        if kind == "json_invalid":
            path = []  # FastAPI puts the offset of the bad character here
        params = dict(_limits(entry.get("ctx")))
        code, words = _rule(kind)
        yield Issue(json_pointer(*path), code, _filled(words, params), params, location)


def _limits(declared: Any) -> Iterator[tuple[str, object]]:
    limits = cast("Mapping[str, object]", declared if isinstance(declared, dict) else {})
    for theirs, ours in _LIMITS.items():
        if theirs in limits:
            value = limits[theirs]
            yield ours, value if isinstance(value, int | float | str) else str(value)


def _rule(kind: str) -> tuple[str, str]:
    """The code and the words for one of pydantic's types; the application may have types of its own."""
    known = _RULES.get(kind)
    if known is not None:
        return known
    family = (rule for start, *rule in _FAMILIES if kind.startswith(f"{start}_"))
    code, words = next(family, _UNKNOWN)
    return code, words


def _filled(words: str, params: Mapping[str, object]) -> str:
    try:
        return words.format_map(params)
    except KeyError:  # a pydantic that names its limits otherwise
        return _UNKNOWN[1]
