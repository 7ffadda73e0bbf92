# SPDX-License-Identifier: MIT
"""A regular expression as an automaton: which character can be read after which, and in how many ways.

A state is a place of the expression that reads one character; state 0 is the start. Every way in which the matcher can
go on from one place to another is an edge of its own, so that two ways to read the same text are two paths. That is
what `growth` counts. The tree is that of `re._parser`, which is private, and the only one there is: nothing else
of errcore looks at it, and what is not known here raises `UnknownPartError`.

A lookaround is a way that ends nowhere. Anchors are left out, and atomic groups are read as plain ones, but for repeats
of one character: that gives paths too many, never too few.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs

from errcore.validation.patterns.characters import ALL, LEAVES, Characters, UnknownPartError, named_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["LIMITLESS", "TooLargeError", "automaton_of", "parsed", "repeats_group", "ways", "widest"]

_MOST_STATES = 600
_MOST_EDGES = 30_000
_MOST_WAYS = 10**9
LIMITLESS: int = 2**32
"""More rounds than a repeat can have, but for one without an end."""
_ALPHABETS = int(re.ASCII | re.UNICODE | re.LOCALE)
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_LOOKS = frozenset({"ASSERT", "ASSERT_NOT"})


class TooLargeError(Exception):
    """The automaton would be too large to be looked at."""


def parsed(regex: str) -> Any:
    """The tree of an expression that compiles.

    >>> parsed("ab").getwidth()
    (2, 2)
    """
    return import_module("re._parser").parse(regex)


@attrs.frozen
class _Part:
    """A part of the automaton, while it is put together.

    Attributes:
        first: The states that may come first, with the characters that lead there.
        last: The states that may come last, with the characters that may follow.
        empty: In how many ways it can read nothing; 2 stands for more.
        after: The characters that may follow where it reads nothing.
    """

    first: tuple[tuple[int, int], ...] = ()
    last: tuple[tuple[int, int], ...] = ()
    empty: int = 1
    after: int = ALL


def automaton_of(tree: Any, *, rounds: int) -> list[list[tuple[int, int]]]:
    """For each state the states after it, each with the set of characters by which it is entered.

    Args:
        tree: From `parsed`.
        rounds: Repeats of at most so many rounds are written out; others are read as ones without an end, which have
            more paths.

    Raises:
        TooLargeError: If it has too many states.
        UnknownPartError: If a part is not known here.
    """
    builder = _Builder(Characters(tree), rounds)
    start = _Part(last=((0, ALL),), empty=0)
    builder.then(start, builder.sequence(tree, tree.state.flags))
    return builder.edges


class _Builder:
    """Puts an automaton together, from the inside out."""

    def __init__(self, characters: Characters, rounds: int) -> None:
        self.edges: list[list[tuple[int, int]]] = [[]]
        self._count = 0
        self._characters = characters
        self._rounds = rounds
        self._groups: dict[int, tuple[int, int]] = {}

    def then(self, left: _Part, right: _Part) -> _Part:
        """One after the other."""
        for state, after in left.last:
            for to, by in right.first:
                if after & by:
                    self.edges[state].append((to, after & by))
                    self._count += 1
        if self._count > _MOST_EDGES:
            raise TooLargeError
        skipping = tuple((state, by & left.after) for state, by in right.first if by & left.after)
        ending = tuple((state, after & right.after) for state, after in left.last)
        return _Part(
            left.first + skipping * left.empty,
            right.last + ending * right.empty,
            min(2, left.empty * right.empty),
            left.after & right.after,
        )

    def sequence(self, items: Iterable[Any], flags: int) -> _Part:
        """All of them, one after the other."""
        part = _Part()
        for op, argument in items:
            part = self.then(part, self._item(str(op), argument, flags))
        return part

    def _item(self, op: str, argument: Any, flags: int) -> _Part:
        if op in LEAVES:
            return self._leaf(self._characters.of(op, argument, flags))
        if op in _REPEATS:
            return self._repeat(op, argument, flags)
        if op in _LOOKS:
            return _Part(first=self.sequence(argument[1], flags).first)
        if op == "SUBPATTERN":
            return self._group(argument, flags)
        if op == "ATOMIC_GROUP":
            return self._atomic(argument, flags)
        if op == "BRANCH":
            return _either([self.sequence(each, flags) for each in argument[1]])
        if op == "GROUPREF":
            return self._again(argument)
        if op == "GROUPREF_EXISTS":
            return _either([self.sequence(each or (), flags) for each in argument[1:]])
        if op == "AT":
            return _Part()
        if op == "FAILURE":  # what later Pythons make of an empty negative lookahead
            return _Part(empty=0)
        raise UnknownPartError(op)

    def _leaf(self, characters: int) -> _Part:
        if len(self.edges) > _MOST_STATES:
            raise TooLargeError
        self.edges.append([])
        state = len(self.edges) - 1
        return _Part(((state, characters),), ((state, ALL),), 0)

    def _group(self, argument: Any, flags: int) -> _Part:
        number, more, less, items = argument
        if more & _ALPHABETS:
            flags &= ~_ALPHABETS
        before = len(self.edges)
        part = self.sequence(items, (flags | more) & ~less)
        if number is not None:
            known = 0
            for _, by in (*part.first, *(edge for edges in self.edges[before:] for edge in edges)):
                known |= by
            self._groups[number] = known, items.getwidth()[1]
        return part

    def _again(self, number: int) -> _Part:
        """What a group has read: one character, or any number of those that the group reads."""
        characters, width = self._groups.get(number, (ALL, 2))
        part = self._leaf(characters)
        return _optional(part) if width <= 1 else self._loop(part, 0)

    def _atomic(self, items: Any, flags: int) -> _Part:
        if len(items) == 1 and str(items[0][0]) in _REPEATS - {"MIN_REPEAT"}:
            return self._repeat("POSSESSIVE_REPEAT", items[0][1], flags)
        return self.sequence(items, flags)

    def _repeat(self, op: str, argument: Any, flags: int) -> _Part:
        least, most, items = argument
        endless = _is_endless(most)
        barred = 0
        # Without regard to case a set is known to hold its characters, and not to hold no others.
        exact = not flags & re.IGNORECASE
        if op == "POSSESSIVE_REPEAT" and exact and len(items) == 1 and str(items[0][0]) in LEAVES:
            barred = self._characters.of(str(items[0][0]), items[0][1], flags)

        def once() -> _Part:
            return self.sequence(items, flags)

        if (least if endless else most) > self._rounds:
            return self._rounded(once, least, barred if endless else 0)
        return self._written(once, least, None if endless else most, barred)

    def _rounded(self, once: Callable[[], _Part], least: int, barred: int) -> _Part:
        """A repeat as one without an end. A body that may be empty counts twice: empty rounds make ways, too."""
        body = once()
        if body.empty and least > 1:
            body = self.then(body, once())
        return self._loop(body, min(least, 1), barred)

    def _written(self, once: Callable[[], _Part], least: int, most: int | None, barred: int) -> _Part:
        """A repeat written out: as often as it must be, then as often as it may be."""
        part = _Part()
        for _ in range(least - 1 if most is None else least):
            part = self.then(part, once())
        if most is None:
            return self.then(part, self._loop(once(), min(least, 1), barred))
        rest = _Part()
        for _ in range(most - least):
            rest = _optional(self.then(once(), rest), barred)
        return self.then(part, rest)

    def _loop(self, body: _Part, least: int, barred: int = 0) -> _Part:
        for state, after in body.last:
            for to, by in body.first:
                if after & by:
                    self.edges[state].append((to, after & by))
                    self._count += 1
        again = 2 if body.empty else 1  # an empty round more, and the same follows once again
        last = tuple((state, after & ~barred) for state, after in body.last) * again
        empty = body.empty if least else again
        return _Part(body.first, last, empty, ALL if least else ~barred)


def _is_endless(most: Any) -> bool:
    return str(most) == "MAXREPEAT"


def _either(parts: list[_Part]) -> _Part:
    after = 0
    for part in parts:
        after |= part.after if part.empty else 0
    return _Part(
        tuple(each for part in parts for each in part.first),
        tuple(each for part in parts for each in part.last),
        min(2, sum(part.empty for part in parts)),
        after,
    )


def _optional(part: _Part, barred: int = 0) -> _Part:
    return attrs.evolve(
        part, empty=min(2, part.empty + 1), after=part.after | ~barred if part.empty else ~barred
    )


def widest(tree: Any) -> int:
    """How many characters are looked at, at most, lookarounds included; at least `2**32 - 1` if there is no end.

    Args:
        tree: From `parsed`.
    """
    looks = (argument[1] for op, argument in named_parts(tree) if op in _LOOKS)
    return sum(int(part.getwidth()[1]) for part in (tree, *looks))


def repeats_group(tree: Any) -> bool:
    """Whether more than one character is repeated without an end.

    Args:
        tree: From `parsed`.
    """
    return any(
        op in {"MAX_REPEAT", "MIN_REPEAT"} and _is_endless(argument[1]) and not _is_character(argument[2])
        for op, argument in named_parts(tree)
    )


def _is_character(items: Any) -> bool:
    return len(items) == 1 and str(items[0][0]) in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}


def ways(items: Any, *, rounds: int = LIMITLESS) -> int:
    """In how many ways the parts of an expression can be taken at most, rounds of endless repeats not counted.

    Args:
        items: From `parsed`.
        rounds: As for `automaton_of`.
    """
    total, aside = 1, 0
    for op, argument in items:
        if str(op) in _LOOKS:
            aside += total * ways(argument[1], rounds=rounds)
        else:
            total *= _ways(str(op), argument, rounds)
        total = min(total, _MOST_WAYS)
    return min(total + aside, _MOST_WAYS)


def _ways(op: str, argument: Any, rounds: int) -> int:
    if op in _REPEATS:
        least, most, items = argument
        return _repeated(least, most, items, rounds)
    if op in {"BRANCH", "GROUPREF_EXISTS"}:
        return sum(
            ways(each or (), rounds=rounds) for each in (argument[1] if op == "BRANCH" else argument[1:])
        )
    if op in {"SUBPATTERN", "ATOMIC_GROUP"}:
        return ways(argument[3] if op == "SUBPATTERN" else argument, rounds=rounds)
    return 1


def _repeated(least: int, most: int, items: Any, rounds: int) -> int:
    each = ways(items, rounds=rounds)
    if (least if _is_endless(most) else most) > rounds:
        return each
    if _is_endless(most):
        return min(int(each ** min(max(least, 1), 30)), _MOST_WAYS)
    if each == 1:
        return most - least + 1
    return min(
        sum(int(each ** min(count, 30)) for count in range(least, min(most, least + 30) + 1)), _MOST_WAYS
    )
