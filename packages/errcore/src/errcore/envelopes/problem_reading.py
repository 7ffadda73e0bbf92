# SPDX-License-Identifier: MIT
"""A problem read back, whoever sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from errcore.envelopes.issue_lists import issue_from, issues_of
from errcore.errors.told import Told

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from errcore.errors.issues import Issue


__all__ = ["read"]

_LONGEST = 4096  # characters of a pointer whose signs are all escaped


def read(body: Mapping[str, object], members: Collection[str]) -> Told | None:
    """What a problem says, or None where neither a type nor a title is there.

    Args:
        body: The document.
        members: The names that are no details.

    >>> read({"title": "Not Found", "status": 404, "instance": 7}, {"title", "status", "instance"}).status
    404
    """
    get = body.get
    kind, title = get("type"), get("title")
    if type(kind) is not str and type(title) is not str:
        return None
    errors = get("errors")
    return Told(
        type_uri=kind,
        title=title,
        status=get("status"),
        message=get("detail"),
        code=get("code"),
        request_id=get("request_id"),
        retriable=get("retriable"),
        retry_after=get("retry_after"),
        issues=() if errors is None else issues_of(errors, _issue),
        details={name: value for name, value in body.items() if name not in members},
    )


def _issue(entry: Mapping[str, Any]) -> Issue | None:
    pointer = entry.get("pointer")
    if type(pointer) is not str or pointer[:1] != "#":
        return None
    pointer = unquote(pointer[1:_LONGEST]) if "%" in pointer else pointer[1:]
    return issue_from(pointer, entry.get("code"), entry.get("detail"), entry)
