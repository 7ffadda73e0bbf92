# SPDX-License-Identifier: MIT
"""Which characters a part of a regular expression reads, over the few that tell its sets apart.

Those are the characters at which the sets of the expression begin and end, those beside them, and samples of each kind.
Two sets that have a character in common have one of those in common, but for rare sets of single letters.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from errcore.errors.reading import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ALL", "LEAVES", "Characters", "UnknownPartError", "named_parts"]

_SAMPLES = (
    *range(256),
    *(0x1680, *range(0x2000, 0x200B), 0x2029, 0x202F, 0x205F),  # all that `\s` reads
    *(0x131, 0x17F, 0x3A9, 0x3C2, 0x410, 0x660, 0x661, 0x966, 0x1E9E, 0x2003, 0x2028, 0x2160, 0x212A, 0x3000),
    *(0x4E2D, 0xAC00, 0xD800, 0xE000, 0xFF11, 0xFFFD, 0x1D7CE, 0x1F600, sys.maxunicode),
)
_CATEGORIES = {
    f"CATEGORY_{name}": mark
    for name, mark in (
        ("DIGIT", r"\d"),
        ("NOT_DIGIT", r"\D"),
        ("SPACE", r"\s"),
        ("NOT_SPACE", r"\S"),
        ("WORD", r"\w"),
        ("NOT_WORD", r"\W"),
    )
}
LEAVES: frozenset[str] = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY"})
"""What reads one character."""

ALL: int = -1
"""The set of all characters. A set is an integer with a bit for each; this one has all bits."""


class UnknownPartError(Exception):
    """The expression has a part that is not known here."""


class Characters:
    """The sets of characters of one expression, over the few characters that tell them apart."""

    def __init__(self, tree: Any) -> None:
        self._points = sorted({*_SAMPLES, *_borders(tree)})
        self._known: dict[tuple[str, str, int], int] = {}

    def of(self, op: str, argument: Any, flags: int) -> int:
        """The set of what a leaf reads."""
        if op == "ANY" and flags & re.DOTALL:
            return ALL
        key = op, str(argument), flags
        if key not in self._known:
            reads = _reader(op, argument, flags)
            self._known[key] = sum(
                1 << index for index, point in enumerate(self._points) if reads(chr(point))
            )
        return self._known[key]


def _reader(op: str, argument: Any, flags: int) -> Callable[[str], bool]:
    """Whether a leaf reads a character; where the case is ignored, in any case."""
    items: Any = argument
    if op != "IN":  # ANY is all but the line end
        items = [("LITERAL", ord("\n") if op == "ANY" else argument)]
    negated = op in {"NOT_LITERAL", "ANY"} or str(items[0][0]) == "NEGATE"
    asked = [_membership(str(name), value, flags) for name, value in items if str(name) != "NEGATE"]

    def reads(character: str) -> bool:
        cases: tuple[str, ...] = (character,)
        if flags & re.IGNORECASE:
            cases = (character, character.lower(), character.upper(), character.casefold())
        return any(any(ask(case) for ask in asked) is not negated for case in cases if len(case) == 1)

    return reads


def _membership(op: str, value: Any, flags: int) -> Callable[[str], bool]:
    if op == "LITERAL":
        return lambda character: ord(character) == value
    if op == "RANGE":
        return lambda character: value[0] <= ord(character) <= value[1]
    if op == "CATEGORY" and str(value) in _CATEGORIES:
        match = re.compile(_CATEGORIES[str(value)], flags & re.ASCII).match
        return lambda character: match(character) is not None
    raise UnknownPartError(op)


def _borders(items: Any) -> Iterable[int]:
    """The characters at which the sets of an expression begin and end, those beside them, and some between."""
    for op, argument in named_parts(items):
        if op in {"LITERAL", "NOT_LITERAL"}:
            yield from _around(argument, argument)
        elif op == "RANGE":
            yield from _around(*argument)


def _around(low: int, high: int) -> Iterable[int]:
    for point in {low - 1, *range(low, high + 1, max(1, (high - low) // 32)), high, high + 1}:
        if 0 <= point <= sys.maxunicode:
            yield from (
                point,
                *(ord(case) for case in (chr(point).lower(), chr(point).upper()) if len(case) == 1),
            )


def named_parts(items: Any) -> Iterable[tuple[str, Any]]:
    """Everything in a tree that has a name, with what belongs to it."""
    for each in items:
        if kind_of(each) in {tuple, list} or hasattr(each, "getwidth"):
            if kind_of(each) is tuple and len(each) == 2 and not isinstance(each[0], str):
                yield str(each[0]), each[1]
            yield from named_parts(each)
