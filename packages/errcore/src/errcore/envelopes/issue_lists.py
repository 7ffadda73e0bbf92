# SPDX-License-Identifier: MIT
"""The defects of an input as a document shows them, and read back: a list of objects, or a map from field to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.envelopes.untrusted import listed, mapped
from errcore.errors.issues import MOST_ISSUES, Issue
from errcore.jsonsafe import one_line, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


__all__ = ["FIELD_MAP", "LISTED", "IssueStyle", "issue_from", "issues_of"]

_TEXT = 2048  # characters
_MOST = MOST_ISSUES + 1  # the last one may say how many more there were


@attrs.frozen
class IssueStyle:
    """One way to show issues.

    Attributes:
        key: The member that holds them.
        write: From issues to what stands there.
        read: From what stands there to issues; whatever it is.
        schema: JSON Schema of it.
        exact: Whether nothing of an issue is lost.
    """

    key: str
    write: Callable[[Iterable[Issue]], object]
    read: Callable[[object], tuple[Issue, ...]]
    schema: dict[str, object]
    exact: bool


def issues_of(value: object, read: Callable[[dict[str, Any]], Issue | None]) -> tuple[Issue, ...]:
    """The issues in a list of objects; what is none is left out.

    Args:
        value: What stands where the list should be.
        read: Reads one object.
    """
    found: list[Issue] = []
    for entry in listed(value)[:_MOST]:
        issue = read(mapped(entry))
        if issue is not None:
            found.append(issue)
    return tuple(found)


def issue_from(pointer: object, code: object, message: object, entry: Mapping[str, Any]) -> Issue | None:
    """An issue of parts that a stranger sent; `location` and `params` are taken from `entry`.

    >>> issue_from("/age", 7, "Must be at least 18.", {})
    Issue(pointer='/age', code='', message='Must be at least 18.', params={}, location=None)
    """
    if type(pointer) is not str or type(message) is not str:
        return None
    rule = code if type(code) is str else ""
    texts = pointer + rule + message
    if (
        len(texts) > _TEXT or not texts.isprintable()
    ):  # all at once, since nearly always nothing has to be done
        pointer, rule, message = one_line(pointer, _TEXT), one_line(rule, _TEXT), one_line(message, _TEXT)
    params, location = entry.get("params"), entry.get("location")
    limits = {} if params is None else to_json(mapped(params))
    return Issue(
        pointer,
        rule,
        message,
        limits if type(limits) is dict else {},
        one_line(location, _TEXT) if type(location) is str else None,
    )


def _as_list(issues: Iterable[Issue]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for issue in issues:
        told: dict[str, object] = {
            "pointer": issue.pointer,
            "code": issue.code,
            "message": issue.message,
        }
        if issue.location is not None:
            told["location"] = issue.location
        if issue.params:
            told["params"] = issue.params
        found.append(told)
    return found


def _from_list(value: object) -> tuple[Issue, ...]:
    return issues_of(
        value, lambda entry: issue_from(entry.get("pointer"), entry.get("code"), entry.get("message"), entry)
    )


def _as_map(issues: Iterable[Issue]) -> dict[str, list[str]]:
    # The pointer without its first slash: of a field that is not nested, the name as it is.
    found: dict[str, list[str]] = {}
    for issue in issues:
        found.setdefault(issue.pointer.removeprefix("/"), []).append(issue.message)
    return found


def _from_map(value: object) -> tuple[Issue, ...]:
    found: list[Issue] = []
    for name, messages in mapped(value).items():
        several = listed(messages) or [messages]
        for message in several[: _MOST - len(found)]:
            issue = issue_from(f"/{name}" if name else "", "INVALID", message, {})
            if issue is not None:
                found.append(issue)
    return tuple(found)


LISTED: IssueStyle = IssueStyle(
    "issues",
    _as_list,
    _from_list,
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["pointer", "code", "message"],
            "properties": {
                "pointer": {"type": "string", "description": "RFC 6901 pointer: /items/0/qty"},
                "code": {"type": "string"},
                "message": {"type": "string"},
                "location": {"type": "string"},
                "params": {"type": "object"},
            },
        },
    },
    exact=True,
)
"""A list of objects: pointer, code, message, and what else is known."""

FIELD_MAP: IssueStyle = IssueStyle(
    "field_errors",
    _as_map,
    _from_map,
    {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    exact=False,
)
"""The messages of each field, nested fields as `items/0/qty`. Codes, limits and locations are lost."""
