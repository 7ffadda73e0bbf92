# SPDX-License-Identifier: MIT
"""How much of an object is shown."""

from __future__ import annotations

import attrs

from errcore.jsonsafe.plain import has_room

__all__ = ["SHORTEST", "Bounds"]

SHORTEST = 64
"""Characters that a text may have even when the total is used up: room for its marker."""


@attrs.frozen
class Bounds:
    """How much of an object `to_json` shows.

    Attributes:
        depth: containers inside each other, 0 to 64; deeper ones become `<...>`.
        items: entries of one list or dict, the marker for what was left out included; at least 1.
        text: characters of one string, the marker included, at least 64; keys have at most 128.
        total: characters of the whole output, approximately: counted while walking, with no look-ahead; at least 64.
        has_room: whether a small flat dict is within all of them, whatever it holds.

    Raises:
        ValueError: a bound that leaves no room for a marker.

    >>> from errcore.jsonsafe import to_json
    >>> to_json(["a", "b", "c"], bounds=Bounds(items=2))
    ['a', '<2 more items>']
    """

    depth: int = attrs.field(default=8, validator=[attrs.validators.ge(0), attrs.validators.le(64)])
    items: int = attrs.field(default=64, validator=attrs.validators.ge(1))
    text: int = attrs.field(default=2048, validator=attrs.validators.ge(SHORTEST))
    total: int = attrs.field(default=16384, validator=attrs.validators.ge(SHORTEST))
    has_room: bool = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(has_room, takes_self=True)
    )
