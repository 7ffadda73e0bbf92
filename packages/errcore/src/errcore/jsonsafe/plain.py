# SPDX-License-Identifier: MIT
"""The short way for what most errors carry: a small flat dict that is JSON as it stands.

It gives what the walk over any object would give, in a fifth of the time, or declines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.jsonsafe.texts import mask_and_cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.jsonsafe.values import JSON, Bounds

__all__ = ["KEY_LIMIT", "plain_copy"]

KEY_LIMIT = 128
"""Characters of a key."""

_ENTRY_COST = 16  # more than the walk counts for what is not text


def plain_copy(
    obj: dict[Any, Any],
    bounds: Bounds,
    hide: Callable[[str], bool] | None,
    text: Callable[[str], str] | None = None,
) -> dict[str, JSON] | None:
    """Copy a dict in which nothing has to be changed; give None where something might have to.

    Args:
        obj: an exact dict.
        bounds: what it has to stay clear of.
        hide: says of a key whether its value becomes `[redacted]`.
        text: what masks keys and strings.

    >>> from errcore.jsonsafe import Bounds
    >>> plain_copy({"agent": "a1", "tries": 3}, Bounds(), None)
    {'agent': 'a1', 'tries': 3}
    >>> plain_copy({"agent": ["a1"]}, Bounds(), None) is None
    True
    """
    if len(obj) > bounds.items or "value" in obj:
        return None
    out: dict[str, JSON] = {}
    left = bounds.total
    for name, value in obj.items():
        if type(name) is not str or len(name) > KEY_LIMIT or not name.isascii():
            return None
        if hide is not None and _is_hidden(hide, name):
            return None
        if text is not None and _masked(name, KEY_LIMIT, text) != name:
            return None
        kind = type(value)
        if kind is str:
            if len(value) > bounds.text or not value.isascii():
                return None
            shown = value if text is None else _masked(value, bounds.text, text)
            if shown is None:
                return None
            left -= len(shown)
            out[name] = shown
        elif value is None or kind is bool or (kind is int and -(2**63) <= value < 2**64):
            out[name] = value
        else:
            return None
        left -= len(name) + _ENTRY_COST
    # The walk shortens texts when little is left, and counts more exactly than this.
    return out if left > bounds.text else None


def _masked(value: str, limit: int, text: Callable[[str], str]) -> str | None:
    try:
        return mask_and_cut(value, limit, text)
    except Exception:  # noqa: BLE001 - the walk says what becomes of it
        return None


def _is_hidden(hide: Callable[[str], bool], name: str) -> bool:
    try:
        return bool(hide(name))
    except Exception:  # noqa: BLE001 - the walk says what becomes of it
        return True
