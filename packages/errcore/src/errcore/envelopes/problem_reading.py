# SPDX-License-Identifier: MIT
"""A problem read back. Whoever sent it is a stranger: each member counts only if it has its proper type.

Nothing is coerced: `"retriable": "false"` is not a truth, and `"status": true` is not a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from errcore.errors.issues import Issue
from errcore.jsonsafe import safe_text, to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


__all__ = ["read"]

_TEXT = 2048  # characters
_MANY = 64
_TEXTS = {"type": "type", "title": "title", "detail": "message", "code": "code", "request_id": "request_id"}


def read(body: Mapping[str, object], members: Collection[str]) -> dict[str, object] | None:
    """What a problem says, by errcore's names, or None where neither a type nor a title is there.

    >>> read({"title": "Not Found", "status": 404, "instance": 7}, {"title", "status", "instance"})
    {'title': 'Not Found', 'status': 404}
    """
    try:
        if type(body.get("type")) is not str and type(body.get("title")) is not str:
            return None
        return _members(body) | _details(body, members)
    except Exception:  # noqa: BLE001 - a body that is no mapping, or one of somebody's own making
        return None


def _members(body: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for member, name in _TEXTS.items():
        value = body.get(member)
        if type(value) is str:
            found[name] = safe_text(value, _TEXT)
    status, retriable, wait = body.get("status"), body.get("retriable"), body.get("retry_after")
    if type(status) is int and 100 <= status <= 599:
        found["status"] = status
    if type(retriable) is bool:
        found["retriable"] = retriable
    if type(wait) is int and wait >= 0:
        found["retry_after"] = wait
    errors = body.get("errors")
    if isinstance(errors, list):
        listed = cast("list[object]", errors)[:_MANY]
        issues = tuple(issue for issue in map(_issue, listed) if issue is not None)
        if issues:
            found["issues"] = issues
    return found


def _issue(entry: object) -> Issue | None:
    if not isinstance(entry, dict):
        return None
    told = cast("dict[str, object]", entry)
    pointer, message, code = told.get("pointer"), told.get("detail"), told.get("code")
    if type(pointer) is not str or type(message) is not str or not pointer.startswith("#"):
        return None
    location, params = told.get("location"), to_json(told.get("params"))
    from urllib.parse import unquote

    return Issue(
        unquote(safe_text(pointer[1:], _TEXT)),
        safe_text(code, _TEXT) if type(code) is str else "",
        safe_text(message, _TEXT),
        params if type(params) is dict else {},
        safe_text(location, _TEXT) if type(location) is str else None,
    )


def _details(body: Mapping[str, object], members: Collection[str]) -> dict[str, object]:
    extra = {name: value for name, value in body.items() if type(name) is str and name not in members}
    details = to_json(extra)
    return {"details": details} if type(details) is dict and details else {}
