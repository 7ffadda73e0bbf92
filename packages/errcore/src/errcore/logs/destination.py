# SPDX-License-Identifier: MIT
"""Where the lines of one log go: to the place it was given, or else where `configure` says at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.logs.categories import Category
from errcore.logs.configured import configured
from errcore.logs.writing import LEVELS, write_to

if TYPE_CHECKING:
    from errcore.errors.kinds import Severity
    from errcore.logs.writing import AddFields, Write

__all__ = ["Destination"]


class Destination:
    """One place for lines of one sort.

    Args:
        place: A sink or a logger, as `LogSinks` takes them; None for what `configure` says, line by line.
        level: Lines of less severity are not for it.
        category: What sort of lines.
    """

    def __init__(self, place: Any, level: Severity, category: Category = Category.APP) -> None:
        self._level = LEVELS[level]
        self.write: Write
        """Write a line: its severity, its event, seconds since the epoch, and what adds its fields."""
        self.write = _to_configured(category) if place is None else write_to(place, category)

    def takes(self, severity: Severity) -> bool:
        """Whether lines of this severity are for it.

        >>> from errcore import Severity
        >>> Destination(None, Severity.INFO).takes(Severity.DEBUG)
        False
        """
        return LEVELS[severity] >= self._level


def _to_configured(category: Category) -> Write:
    def write(severity: Severity, event: str, moment: float, add: AddFields) -> None:
        configured().writes[category](severity, event, moment, add)

    _ = configured().writes[
        category
    ]  # made now, which may take an import, and not when the first error comes
    return write
