# SPDX-License-Identifier: MIT
"""Documents with exactly one thing broken, and where and how: made of the declaration, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from errcore.errors.stock import ConfigurationError
from errcore.testing.validators.broken_inside import breaks_inside
from errcore.testing.validators.declared import root_of
from errcore.testing.validators.drawing import exists
from errcore.testing.validators.examples import examples_of, rule_examples
from errcore.testing.validators.judging import judge, judged_as
from errcore.testing.validators.marked import Broken, as_it_is
from errcore.testing.validators.second_reading import wrong_code
from errcore.testing.validators.valid import suiting
from errcore.testing.validators.wrong_types import wrong_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from errcore.testing.validators.declared import Given
    from errcore.validation import shapes
    from errcore.validation.rules import Rule

__all__ = ["breaks", "invalid_for"]


def invalid_for(v: Given) -> SearchStrategy[Broken]:
    """Documents in which exactly one thing is wrong, with its place and its code; the rest is good.

    Args:
        v: The validator.

    Raises:
        errcore.ConfigurationError: If a rule or a check has no examples, or everything is good.

    >>> from errcore import InputValidator
    >>> from hypothesis import given
    >>> v = InputValidator()
    >>> v.field("age").required().type(int).range(18, 120)
    <field age>
    >>> @given(invalid_for(v))
    ... def test_others(broken):
    ...     (issue,) = v.inspect(broken.document).issues
    ...     assert (issue.pointer, issue.code) == (broken.pointer, broken.code)
    >>> test_others()
    """
    found = list(breaks(root_of(v), 0))
    if not found:
        raise ConfigurationError(
            "Cannot make an invalid document, because everything is good; declare what is wanted."
        )
    return st.one_of(found)


def breaks(
    value: shapes.Value, depth: int, kinds: frozenset[type[Any]] | None = None
) -> Iterator[SearchStrategy[Broken]]:
    """A strategy for each way in which a value can be broken, with pointers below the value's own.

    Args:
        value: What is declared.
        depth: How many records it is inside of, of those that hold themselves.
        kinds: Types that the broken value has to have; None for any.
    """
    wrong = [pair for pair in wrong_values(value) if kinds is None or type(pair[0]) in kinds]
    if wrong:
        yield st.sampled_from(wrong).map(lambda pair: Broken(pair[0], "", pair[1]))
    for constraint in value.constraints:
        near = examples_of(constraint, value.shape)
        yield from _of_constraint(value, near.near, near.borders)
    for rule in value.rules:
        yield _of_rule(value, rule)
    yield from breaks_inside(value.shape, value, depth)


def _of_constraint(
    value: shapes.Value, near: SearchStrategy[Any] | None, borders: tuple[Any, ...]
) -> Iterator[SearchStrategy[Broken]]:
    if near is None:
        return
    verdicts = [judge(value, each) for each in borders]
    alone = dict.fromkeys(codes[0] for codes in verdicts if len(codes) == 1)
    for code in alone:
        if code == wrong_code(value.shape):
            continue  # of the wrong type, which is another way
        known = [each for each, codes in zip(borders, verdicts, strict=True) if codes == (code,)]
        found = near.filter(judged_as(value, code))
        yield (st.sampled_from(known) | found).map(as_it_is(code))
    if not alone:
        found = near.filter(lambda each: len(judge(value, each)) == 1)
        if exists(found):
            yield found.map(lambda each: Broken(each, "", judge(value, each)[0]))


def _of_rule(value: shapes.Value, rule: Rule) -> SearchStrategy[Broken]:
    return rule_examples(rule, "invalid").filter(suiting(value, rule)).map(as_it_is(rule.code))
