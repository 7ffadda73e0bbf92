# SPDX-License-Identifier: MIT
"""How the time of a regular expression can grow with the text, worked out when the pattern is declared.

A matcher that goes back and tries again takes, at worst, every path through the expression that the text allows. So the
question is how many paths one text can have (Weber and Seidl, On the degree of ambiguity of finite automata, 1991):

- Two paths from a place back to itself over the same text: each round doubles them. Exponential, and refused.
- A loop from which the same text leads into a later loop: a choice for each character. Polynomial; the degree is the
  number of such steps one after another, and the longest text is bounded.
- Neither: linear. Where a group is repeated the text is bounded all the same, for each round takes memory until the
  match is done; otherwise nothing is.

Every repeat is looked at written out, and, where that is large or has many ways, as one without an end, which can only
be worse. The best verdict counts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import comb
from typing import Any

from errcore.validation.patterns.ambiguity import EndlessError, TooMuchWorkError, ambiguity, most_paths
from errcore.validation.patterns.automaton import (
    LIMITLESS,
    TooLargeError,
    automaton_of,
    parsed,
    repeats_group,
    ways,
    widest,
)
from errcore.validation.patterns.characters import UnknownPartError
from errcore.validation.refusals import refusal

__all__ = ["longest_text"]

_MOST_STEPS = 100_000  # of the matcher; some 100 ns each, so that it takes well below 50 ms
_MOST_ROUNDS = 1_000_000  # of a repeated group, each of which keeps some 120 bytes
_LEAST_TEXT = 32  # characters; below that a bound would be of no use
_LONGEST_COUNTED = 256  # characters of a text whose paths are counted one by one
_MANY = 16  # rounds; more of them are not written out where that is too large
_FEW_WAYS = 64  # that cost about as much as none


@lru_cache(maxsize=256)
def longest_text(regex: str) -> int | None:
    """Characters of the longest text on which the expression stays fast; None if all are.

    Args:
        regex: A regular expression that is matched with `fullmatch`.

    Raises:
        errcore.ConfigurationError: If it does not compile, or some short text would keep it busy.

    >>> longest_text("[a-z]+"), longest_text("[a-z]+[a-z0-9]+")
    (None, 445)
    >>> longest_text("[a-z]+(?:-[a-z]+)*")
    1000000
    """
    try:
        re.compile(regex)
        tree = parsed(regex)
    except (re.error, RecursionError, OverflowError) as problem:
        raise refusal("Pattern", f"the expression does not compile ({problem})", "mend it") from None
    most = widest(tree)
    if ways(tree) * most <= _MOST_STEPS:
        return None  # it never reads more than that, in so few ways
    try:
        longest = _longest(tree)
    except (UnknownPartError, RecursionError):
        raise refusal("Pattern", "the expression has parts that errcore does not know", _REMEDY) from None
    if longest is None and most > _MOST_ROUNDS and repeats_group(tree):
        return _MOST_ROUNDS
    if longest is None or most <= longest or _is_short(tree, most):
        return None
    if longest < max(_LEAST_TEXT, tree.getwidth()[0]):
        raise refusal("Pattern", _WHY, _REMEDY)
    return longest


_WHY = "some short text would keep the expression busy for ever (one text can match it in very many ways)"
_REMEDY = (
    "let each character fit in one way only: no repeat inside a repeat without something between that neither can"
    " read, no two repeats of the same characters side by side; or use a rule"
)


def _longest(tree: Any) -> int | None:
    """The best of three verdicts; 0 if a text of any length could be too long."""
    verdict: int | None = 0
    for rounds in (LIMITLESS, _MANY, 1):
        try:
            degree, merges = ambiguity(automaton_of(tree, rounds=rounds))
        except (EndlessError, TooLargeError, TooMuchWorkError):
            continue
        found = _bound(degree, ways(tree, rounds=rounds) if merges else 1)
        if found is None:
            return None
        verdict = max(verdict or 0, found)
    return verdict


def _is_short(tree: Any, most: int) -> bool:
    """Whether an expression that reads few characters only has few paths through all of them."""
    if most > _LONGEST_COUNTED:
        return False
    try:
        return most_paths(automaton_of(tree, rounds=LIMITLESS), most) <= _MOST_STEPS
    except (TooLargeError, TooMuchWorkError):
        return False


def _bound(degree: int, paths: int) -> int | None:
    """The longest text for which that many paths are few enough."""
    if degree == 0 and paths <= _FEW_WAYS:
        return None
    if paths > _MOST_STEPS:
        return 0
    if degree == 0:
        return _MOST_STEPS // paths
    longest = 0
    while paths * comb(longest + degree + 1, degree + 1) <= _MOST_STEPS:
        longest += 1
    return max(longest - 1, 0)
