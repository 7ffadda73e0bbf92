# SPDX-License-Identifier: MIT
"""What Litestar found wrong with a request, as errcore issues: where and which rule, never the input.

Litestar says it in sentences, its own or msgspec's, which may quote what was sent, or be what a validator of the
application wrote. So a sentence is only recognised, and the words are ours; of it are kept names and limits that the
model declared. What pydantic found comes along as pydantic's own entries. Nothing here imports any of the three.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from errcore.errors import MOST_ISSUES, json_pointer
from errcore_asgi.pydantic_issues import rejected_by_pydantic
from errcore_asgi.rejections import issue, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from errcore import Issue, ValidationError

__all__ = ["issues_of_messages", "rejected_by_litestar"]

_MISSING = re.compile(r"Missing required (\w{1,16}) parameter '(.+?)' for path .*", re.DOTALL)
_MODELS = frozenset({"ValidationError", "ExtendedMsgSpecValidationError"})
_NUMBER = r"(?P<limit>-?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?)"

# What msgspec calls a kind of value, where our sentences have another name for it.
_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}

# A sentence of msgspec, errcore's code for it, which of its sentences, and the name of the limit.
_RULES = tuple(
    (re.compile(sentence, re.DOTALL), code, wording, limit)
    for sentence, code, wording, limit in (
        (r"Object missing required field `(?P<field>.+)`", "REQUIRED", "", ""),
        (r"'\w+'", "REQUIRED", "", ""),  # the KeyError of a parameter that is not there
        (r"Object contains unknown field `(?P<field>.+)`", "UNKNOWN_FIELD", "", ""),
        (rf"Expected `\w+` >= {_NUMBER}", "TOO_SMALL", "", "min"),
        (rf"Expected `\w+` > {_NUMBER}", "TOO_SMALL", "above", "exclusive_min"),
        (rf"Expected `\w+` <= {_NUMBER}", "TOO_LARGE", "", "max"),
        (rf"Expected `\w+` < {_NUMBER}", "TOO_LARGE", "below", "exclusive_max"),
        (rf"Expected `\w+` that's a multiple of {_NUMBER}", "NOT_A_MULTIPLE", "", "multiple_of"),
        (rf"Expected `(?P<kind>\w+)` of length >= {_NUMBER}", "TOO_SHORT", "", "min"),
        (rf"Expected `(?P<kind>\w+)` of length <= {_NUMBER}", "TOO_LONG", "", "max"),
        (r"Expected `\w+` matching regex .+", "PATTERN_MISMATCH", "untold", ""),
        (r"Expected `(?P<kind>[\w |]{1,80})`, got `[\w |]{1,80}`", "WRONG_TYPE", "", ""),
        (r"Invalid enum value .+", "INVALID_CHOICE", "untold", ""),
        (r"Invalid RFC3339 encoded (?P<kind>date|time|datetime)", "INVALID_DATE", "", ""),
        (r"Invalid ISO8601 duration", "INVALID_DATE", "duration", ""),
        (r"Invalid (RFC3339|ISO8601|epoch) .+", "INVALID_DATE", "", ""),
        (r"Invalid UUID", "INVALID_FORMAT", "uuid", ""),
        (r"Invalid (decimal string|base64 encoded string)", "INVALID_FORMAT", "", ""),
    )
)

_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,9})\]")


def rejected_by_litestar(exc: Exception, detail: str, found: object) -> ValidationError | None:
    """The error for a request that did not fit the signature of its handler; None for what somebody raised by hand.

    Args:
        exc: A client error of Litestar; its traceback is kept.
        detail: What it says.
        found: Its `extra`: messages, with the keys that they are about.

    >>> error = rejected_by_litestar(Exception(), "Missing required query parameter 'page' for path /x", None)
    >>> error.issues[0].location, error.issues[0].pointer
    ('query', '/page')
    """
    cause: Any = exc.__cause__
    name = type(cause).__name__
    if name == "SerializationException":
        return rejected(exc, [_unread(cause.__cause__)])
    if missing := _MISSING.fullmatch(detail):
        location, parameter = missing.groups()
        return rejected(exc, [issue(json_pointer(parameter), "REQUIRED", location=location)])
    if name not in _MODELS:
        return None
    if hasattr(cause, "errors"):
        listed: Any = cause.errors  # pydantic's method, or what Litestar has kept of its result
        entries = cast("list[dict[str, Any]]", listed if isinstance(listed, list) else listed())
        return rejected_by_pydantic(exc, [{**entry, "loc": ("body", *entry["loc"])} for entry in entries])
    messages = cast("list[Mapping[str, Any]]", found if isinstance(found, list) else [])
    return rejected(exc, issues_of_messages(messages[:MOST_ISSUES]), len(messages) - MOST_ISSUES)


def _unread(cause: BaseException | None) -> Issue:
    """A body that could not be read: it was cut, or a data transfer object read and checked it in one go."""
    if type(cause).__name__ not in _MODELS:
        return issue("", "INVALID_FORMAT", "document", location="body")
    sentence, found, place = str(cause).rpartition(" - at `$")
    entry = {"message": sentence, "key": place[:-1]} if found else {"message": place}
    return next(issues_of_messages([{**entry, "source": "body"}]))


def issues_of_messages(messages: Sequence[Mapping[str, Any]]) -> Iterator[Issue]:
    """One issue for each message.

    >>> [found] = issues_of_messages(
    ...     [{"message": "Expected `int` >= 18", "key": "users[0].age", "source": "body"}]
    ... )
    >>> found.pointer, found.code, found.message, found.params
    ('/users/0/age', 'TOO_SMALL', 'Must be at least 18.', {'min': 18})
    """
    for entry in messages:
        source, key = entry.get("source"), str(entry.get("key", ""))
        # What a validator says may look like a place: the last one is msgspec's.
        path = key.rpartition("`$.")[2]
        if source == "body" and path == "data":
            path = ""  # the parameter that takes the body
        steps: list[object] = [int(index) if index else name for name, index in _STEP.findall(path)]
        location = str(getattr(source, "value", source)) if source else None
        code, wording, parts, limit = _rule(str(entry.get("message", "")))
        if "field" in parts:
            steps.append(parts["field"])
        params: dict[str, object] = {limit: _number(parts["limit"])} if limit else {}
        yield issue(json_pointer(*steps), code, wording, params, location)


def _rule(said: str) -> tuple[str, str, dict[str, str], str]:
    """errcore's code, which of its sentences, what is kept of msgspec's, and the name of the limit in it."""
    for sentence, code, wording, limit in _RULES:
        if found := sentence.fullmatch(said):
            parts = found.groupdict()
            kind = parts.get("kind", wording)
            return code, _KINDS.get(kind, kind), parts, limit
    return "INVALID", "", {}, ""


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value
