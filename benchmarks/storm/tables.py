# SPDX-License-Identifier: MIT
"""A table whose cells are worked out one by one, and how it stands in a page: between two comments with its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Cell", "Row", "Table", "placed", "read"]


@attrs.frozen
class Cell:
    """What one run, or the worst of several, came to.

    Attributes:
        text: As it is shown; what breaks a bound is bold.
        missed: What it had to be and is not, if it had to be.
    """

    text: str
    missed: str | None = None


@attrs.frozen
class Row:
    """One line: its first column, and what works out the others."""

    label: str
    cells: tuple[Callable[[], Cell], ...]


@attrs.frozen
class Table:
    """What is asked, for whom.

    Attributes:
        name: In the comments around it.
        title: What the cells say.
        head: The first line.
        rows: The others.
    """

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]

    def only(self, columns: tuple[str, ...]) -> Table:
        """The same with some of its columns."""
        kept = [place for place, column in enumerate(self.head[1:]) if column in columns]
        rows = (Row(row.label, tuple(row.cells[place] for place in kept)) for row in self.rows)
        return attrs.evolve(
            self, head=(self.head[0], *(self.head[1 + place] for place in kept)), rows=tuple(rows)
        )

    def lines(self, tell: Callable[[str], None] = lambda _: None) -> tuple[list[str], list[str]]:
        """The table in Markdown, line by line, and what does not hold.

        Args:
            tell: Gets each line as soon as it is known.
        """
        lines = [_line(self.head), _line(["---"] * len(self.head))]
        missed: list[str] = []
        tell("\n".join(lines))
        for row in self.rows:
            cells = [cell() for cell in row.cells]
            lines.append(_line([row.label, *(cell.text for cell in cells)]))
            tell(lines[-1])
            missed += [
                f"{row.label}, {column}: {cell.missed}"
                for column, cell in zip(self.head[1:], cells, strict=True)
                if cell.missed is not None
            ]
        return lines, missed


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _comments(name: str) -> tuple[str, str]:
    return f"<!-- {name}: python -m benchmarks.retry_storm --docs -->", f"<!-- {name}: end -->"


def placed(page: str, name: str, lines: list[str]) -> str:
    """The page with a table in its place.

    Raises:
        ValueError: If the page has no such place.
    """
    begin, end = _comments(name)
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"There is no place for the table {name!r}.")
    return before + "\n".join([begin, "", *lines, "", end]) + after


def read(page: str, name: str) -> dict[tuple[str, str], str]:
    """The cells of a table in a page, by row and column.

    Raises:
        ValueError: If the page has no such table.
    """
    begin, end = _comments(name)
    found = re.search(re.escape(begin) + "(.*?)" + re.escape(end), page, re.DOTALL)
    if found is None:
        raise ValueError(f"There is no table {name!r}.")
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in found[1].strip().splitlines()
    ]
    return {(row[0], column): cell for row in rows for column, cell in zip(head[1:], row[1:], strict=True)}
