# SPDX-License-Identifier: MIT
"""What a field is where nothing was sent: nothing, or always the same."""

from __future__ import annotations

from typing import Any

import attrs

__all__ = ["MISSING", "Constant", "Missing"]


class Missing:
    """The type of `MISSING`: there is no value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Missing = Missing()
"""Stands where no value is, since None is one."""


@attrs.frozen
class Constant:
    """Makes the same value each time: a default that can be shown."""

    value: Any

    def __call__(self) -> Any:
        """The value."""
        return self.value
