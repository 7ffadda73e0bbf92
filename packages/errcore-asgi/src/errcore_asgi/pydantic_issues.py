# SPDX-License-Identifier: MIT
"""What pydantic found wrong with a request, as errcore issues: where and which rule, never the input.

pydantic's own entries carry the rejected value, for a missing field the whole body, and texts of validators that may
quote it. Kept are the place, the rule as one of errcore's codes, and the limits that the schema declared; the words are
ours. What a constraint of errcore found is told as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from errcore import Issue
from errcore.errors import MOST_ISSUES, json_pointer
from errcore.jsonsafe import one_line, to_json
from errcore_asgi.rejections import issue, rejected

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

# errcore's code for each of pydantic's types, and which of its sentences.
_RULES = {
    "missing": ("REQUIRED", ""),
    "missing_argument": ("REQUIRED", ""),
    "missing_keyword_only_argument": ("REQUIRED", ""),
    "missing_positional_only_argument": ("REQUIRED", ""),
    "union_tag_not_found": ("REQUIRED", "tag"),
    "extra_forbidden": ("UNKNOWN_FIELD", ""),
    "unexpected_keyword_argument": ("UNKNOWN_FIELD", ""),
    "unexpected_positional_argument": ("UNKNOWN_FIELD", ""),
    "string_too_short": ("TOO_SHORT", "string"),
    "string_too_long": ("TOO_LONG", "string"),
    "url_too_long": ("TOO_LONG", "string"),
    "too_short": ("TOO_SHORT", "array"),
    "too_long": ("TOO_LONG", "array"),
    "bytes_too_short": ("TOO_SHORT", "bytes"),
    "bytes_too_long": ("TOO_LONG", "bytes"),
    "greater_than": ("TOO_SMALL", "above"),
    "greater_than_equal": ("TOO_SMALL", ""),
    "less_than": ("TOO_LARGE", "below"),
    "less_than_equal": ("TOO_LARGE", ""),
    "multiple_of": ("NOT_A_MULTIPLE", ""),
    "finite_number": ("WRONG_TYPE", "number"),
    "decimal_max_digits": ("INVALID_FORMAT", "digits"),
    "decimal_max_places": ("INVALID_FORMAT", "places"),
    "decimal_whole_digits": ("INVALID_FORMAT", "whole-digits"),
    "string_pattern_mismatch": ("PATTERN_MISMATCH", ""),
    "literal_error": ("INVALID_CHOICE", ""),
    "enum": ("INVALID_CHOICE", ""),
    "union_tag_invalid": ("INVALID_CHOICE", "tag"),
    "json_invalid": ("INVALID_FORMAT", "json"),
    "url_scheme": ("INVALID_FORMAT", "scheme"),
    "date_past": ("INVALID_DATE", "past"),
    "datetime_past": ("INVALID_DATE", "past"),
    "date_future": ("INVALID_DATE", "future"),
    "datetime_future": ("INVALID_DATE", "future"),
}

# By what pydantic's type begins with: "int_type", "int_parsing" and "int_from_float" want the same of a caller.
_FAMILIES = (
    ("int", "WRONG_TYPE", "integer"),
    ("float", "WRONG_TYPE", "number"),
    ("complex", "WRONG_TYPE", "number"),
    ("decimal", "WRONG_TYPE", "decimal"),
    ("bool", "WRONG_TYPE", "boolean"),
    ("string", "WRONG_TYPE", "string"),
    ("bytes", "WRONG_TYPE", "octets"),
    ("datetime", "INVALID_DATE", "datetime"),
    ("timezone", "INVALID_DATE", "timezone"),
    ("date", "INVALID_DATE", "date"),
    ("time_delta", "INVALID_DATE", "duration"),
    ("time", "INVALID_DATE", "time"),
    ("uuid", "INVALID_FORMAT", "uuid"),
    ("url", "INVALID_FORMAT", "url"),
    *((name, "WRONG_TYPE", "array") for name in ("list", "tuple", "set", "frozen_set", "iterable")),
    *((name, "WRONG_TYPE", "object") for name in ("model", "dict", "mapping", "dataclass", "typed_dict")),
    ("none", "WRONG_TYPE", "null"),
)

_OURS = "errcore_issue"  # what a constraint of errcore in a model found
_IS_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,61}[A-Z0-9]").fullmatch
_LONGEST = 1024  # characters of a message, or of a pointer below the value


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

    >>> [found] = issues_of(
    ...     [{"type": "missing", "loc": ("body", "user"), "msg": "", "input": {"password": "x"}}]
    ... )
    >>> found.location, found.pointer, found.code, found.message
    ('body', '/user', 'REQUIRED', 'This field is required.')
    """
    for entry in errors:
        kind = str(entry.get("type", ""))
        location, *path = entry.get("loc") or ("",)
        if location not in _LOCATIONS:
            location, path = None, [*entry.get("loc", ())]
        if kind == "json_invalid":
            path = []  # FastAPI puts the offset of the bad character here
        pointer = json_pointer(*path)
        found = _told(entry.get("ctx"), pointer, location) if kind == _OURS else None
        if found is None:
            found = issue(pointer, *_rule(kind), dict(_limits(entry.get("ctx"))), location)
        yield found


def _told(ctx: Any, pointer: str, location: str | None) -> Issue | None:
    """The issue of a constraint; None for what only has its type, since anybody may give that to an entry."""
    told = cast("Mapping[str, Any]", ctx if isinstance(ctx, dict) else {})
    code, below = told.get("code"), told.get("pointer")
    if not (isinstance(code, str) and _IS_CODE(code) and isinstance(told.get("message"), str)):
        return None
    if isinstance(below, str) and below[:1] == "/" and below.isprintable() and len(below) <= _LONGEST:
        pointer += below
    params = to_json(told.get("params"))
    return Issue(
        pointer,
        code,
        one_line(told["message"], _LONGEST),
        params if isinstance(params, dict) else {},
        location,
    )


def _limits(declared: Any) -> Iterator[tuple[str, object]]:
    limits = cast("Mapping[str, object]", declared if isinstance(declared, dict) else {})
    for theirs, ours in _LIMITS.items():
        if theirs in limits:
            value = limits[theirs]
            yield ours, value if isinstance(value, int | float | str) else str(value)


def _rule(kind: str) -> tuple[str, str]:
    """The code and the wording for one of pydantic's types; the application may have types of its own."""
    known = _RULES.get(kind)
    if known is not None:
        return known
    family = (rule for start, *rule in _FAMILIES if kind.startswith(f"{start}_"))
    code, wording = next(family, ("INVALID", ""))
    return code, wording
