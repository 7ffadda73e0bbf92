# SPDX-License-Identifier: MIT
"""Parts of a document that a stranger sent: what should be there, or something empty where it is not."""

from __future__ import annotations

from typing import Any, cast

__all__ = ["listed", "mapped"]


def mapped(value: object) -> dict[str, Any]:
    """A JSON object, or an empty one.

    >>> mapped({"a": 1}), mapped([])
    ({'a': 1}, {})
    """
    return cast("Any", value) if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A JSON array, or an empty one.

    >>> listed([1]), listed("[1]")
    ([1], [])
    """
    return cast("Any", value) if isinstance(value, list) else []
