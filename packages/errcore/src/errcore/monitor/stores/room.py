# SPDX-License-Identifier: MIT
"""How many groups a store outside the process may be told to tell apart: the same number for each of them."""

from __future__ import annotations

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line

__all__ = ["checked_places"]

_ROOM = 4096  # groups, whose histories fit below the bound of a file


def checked_places(most_groups: int) -> int:
    """How many groups a store tells apart.

    Raises:
        errcore.ConfigurationError: If it is no number from 1 to 4096.

    >>> checked_places(512)
    512
    """
    if type(most_groups) is not int or not 1 <= most_groups <= _ROOM:
        raise ConfigurationError(
            f"Cannot tell {one_line(most_groups, 20)} groups apart, because there is room for 1 to {_ROOM}; pass such a "
            "number as most_groups."
        )
    return most_groups
