# SPDX-License-Identifier: MIT
"""What each constraint and each rule has to offer for test data: values that it takes, near misses, and its borders.

Which of them is good is not said here, since a value has several constraints: `judging` says it, and for rules their
own examples do.
"""

from __future__ import annotations

import itertools
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from errcore import validation
from errcore.errors.stock import ConfigurationError
from errcore.testing.validators import corpora
from errcore.testing.validators.json_values import is_row
from errcore.validation import rules, shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["MUTATIONS", "Examples", "examples_of", "mutated", "rule_borders", "rule_examples"]

_ODD = ("\n", "\r\n", "\x00", "\u2028", "\u0660", "é", "ﬁ", "\U0001f600", "~", "/")


def _ending(sign: str) -> Callable[[str], str]:
    return lambda text: text + sign


def _starting(sign: str) -> Callable[[str], str]:
    return lambda text: sign + text


def _last(sign: str) -> Callable[[str], str]:
    return lambda text: text[:-1] + sign


def _first(sign: str) -> Callable[[str], str]:
    return lambda text: sign + text[1:]


def _doubled(text: str) -> str:
    return text * 2


def _gone(_text: str) -> str:
    return ""


MUTATIONS: Sequence[Callable[[str], str]] = (
    *map(_ending, ("\n", " ", "\r\n", "\u2028", "\x00", "é", "a", "&<>\"'%41", "\t ")),
    *map(_starting, (" ", "\n", "-", "\ufeff", "&amp;", "e\u0301")),
    *map(_last, (*_ODD, "")),
    *map(_first, ("\n", "é", "-", "")),
    str.upper,
    str.lower,
    _doubled,
    _gone,
)
"""Ways in which a text becomes another one that is nearly the same."""


@attrs.frozen
class Examples:
    """What a constraint has to offer.

    Attributes:
        valid: Makes values that satisfy it; None where it only narrows what others make.
        near: Makes values of the right type, some of which break it.
        borders: Values at its border, on both sides.
    """

    valid: SearchStrategy[Any] | None = None
    near: SearchStrategy[Any] | None = None
    borders: tuple[Any, ...] = ()


def mutated(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    """Texts that are nearly some of these."""
    return st.tuples(texts, st.sampled_from(MUTATIONS)).map(lambda pair: pair[1](pair[0]))


@singledispatch
def examples_of(constraint: Any, shape: shapes.Shape) -> Examples:
    """What a constraint has to offer on a shape.

    Args:
        constraint: The constraint; of a class that is not known, it only narrows what others make.
        shape: What the value is.
    """
    return Examples()


def _neighbours(limit: Any, step: Any) -> tuple[Any, ...]:
    return (limit - step, limit, limit + step)


@examples_of.register
def _(constraint: validation.Range, shape: shapes.Shape) -> Examples:
    named = (constraint.min, constraint.max, constraint.above, constraint.below)
    limits = [limit for limit in named if limit is not None]
    if shape.kind == "integer":
        around = [each for limit in limits if math.isfinite(limit) for each in _whole_around(limit)]
        return Examples(
            near=st.sampled_from(around) | st.integers() if around else None, borders=tuple(around)
        )
    if shape.kind == "number":
        numbers = [each for limit in limits if math.isfinite(limit) for each in _real_around(limit)]
        return Examples(near=st.sampled_from(numbers) if numbers else None, borders=tuple(numbers))
    moments = [written(each) for limit in limits for each in _moments_around(limit, shape.kind)]
    return Examples(near=st.sampled_from(moments) if moments else None, borders=tuple(moments))


def _whole_around(limit: Any) -> tuple[int, ...]:
    return tuple(
        dict.fromkeys(each for way in (math.floor(limit), math.ceil(limit)) for each in _neighbours(way, 1))
    )


def _real_around(limit: Any) -> tuple[float, ...]:
    exact = float(limit)
    found = (math.nextafter(exact, -math.inf), exact, math.nextafter(exact, math.inf), exact - 1, exact + 1)
    return tuple(filter(math.isfinite, found))


def _moments_around(limit: Any, kind: str) -> tuple[Any, ...]:
    try:
        if kind == "decimal":
            return _neighbours(as_decimal(limit), Decimal("0.001"))
        if kind == "time":
            day = datetime.combine(date(2000, 1, 2), limit)
            return tuple(
                each.timetz()
                for each in _neighbours(day, timedelta(microseconds=1))
                if each.date() == day.date()
            )
        return _neighbours(limit, timedelta(days=1) if kind == "date" else timedelta(microseconds=1))
    except OverflowError:  # the first or the last day that there is
        return (limit,)


def as_decimal(limit: Any) -> Decimal:
    """A limit as a decimal, or one that is next to it."""
    if isinstance(limit, Fraction):
        return Decimal(limit.numerator) / Decimal(limit.denominator)
    return Decimal(str(limit))


def written(value: Any) -> Any:
    """A moment or a decimal as JSON has it."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | time) else value


@examples_of.register
def _(constraint: validation.Length, shape: shapes.Shape) -> Examples:
    sizes = [constraint.min - 1, constraint.min, constraint.min + 1]
    if constraint.max is not None:
        sizes += [constraint.max - 1, constraint.max, constraint.max + 1]
    good = sorted({size for size in sizes if 0 <= size <= _LONGEST})
    if shape.kind == "bytes":
        return _sized_bytes(good)
    if shape.kind != "string":
        return Examples()  # lists and objects are made where their items are known
    texts = [sign * size for size in good for sign in ("a", "\U0001f600")]
    return Examples(near=st.sampled_from(texts), borders=tuple(texts))


_LONGEST = 100_000


def _sized_bytes(sizes: Sequence[int]) -> Examples:
    from base64 import b64encode

    texts = tuple(b64encode(b"\xff" * size).decode("ascii") for size in sizes)
    return Examples(near=st.sampled_from(texts), borders=texts)


@examples_of.register
def _(constraint: validation.MultipleOf, shape: shapes.Shape) -> Examples:
    step = constraint.step
    if shape.kind == "integer":
        whole: list[int] = [
            int(each)
            for each in (0, step, -step, step + 1, step - 1, 3 * step, 3 * step + 1)
            if each == int(each)
        ]
        return Examples(near=st.integers() | st.integers(-1000, 1000), borders=tuple(dict.fromkeys(whole)))
    exact = Decimal(str(step))
    values = [exact * each for each in (0, 1, -1, 3, Decimal("0.5"), Decimal("1.5"))]
    found = tuple(str(each) if shape.kind == "decimal" else float(each) for each in values)
    return Examples(near=st.sampled_from(found), borders=found)


def _around_number(option: Any) -> tuple[Any, ...]:
    is_number = isinstance(option, int | float) and not isinstance(option, bool)
    return _neighbours(option, 1) if is_number else ()


@examples_of.register
def _(constraint: validation.Choices, shape: shapes.Shape) -> Examples:
    options = constraint.options
    texts = [option for option in options if isinstance(option, str)]
    others: list[Any] = [
        each for text in texts for each in (text + "\n", text + " ", text.upper(), text[:-1], text + "x")
    ]
    others += itertools.chain.from_iterable(map(_around_number, options))
    others += ["", "x"] if texts else [0, 1, -1]
    every: list[Any] = [*options, *others]
    distinct: dict[Any, Any] = {(type(each).__name__, each): each for each in every}
    borders = tuple(distinct.values())
    near = st.sampled_from(borders) | (st.text() if texts else st.integers())
    return Examples(st.sampled_from(options), near, borders)


@examples_of.register
def _(constraint: validation.Pattern, shape: shapes.Shape) -> Examples:
    texts = st.from_regex(constraint.regex, fullmatch=True)
    near = mutated(texts) | st.text() | st.sampled_from(("", "\n", " ", "-", "é", "\u0660", "a\nb", "~" * 3))
    long = () if constraint.longest is None else ("a" * constraint.longest, "a" * (constraint.longest + 1))
    return Examples(texts, near | st.sampled_from(long) if long else near, ("", "\n", " ", *long))


def _form(texts: SearchStrategy[str], corpus: Iterable[str]) -> Examples:
    borders = tuple(corpus)
    return Examples(texts, st.sampled_from(borders) | mutated(texts), borders)


_HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z0-9]{1,6}){0,2}\.[a-z]{2,5}", fullmatch=True)
_LOCALS = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\.[A-Za-z0-9+_-]{1,6}){0,2}", fullmatch=True)
_TAILS = st.from_regex(
    r"(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2}){0,8}){0,3}(\?[a-z=&?/]{0,8})?(#[a-z]{0,4})?",
    fullmatch=True,
)


@examples_of.register
def _(constraint: validation.Email, shape: shapes.Shape) -> Examples:
    return _form(st.tuples(_LOCALS, _HOSTS).map("@".join), corpora.EMAILS)


@examples_of.register
def _(constraint: validation.Url, shape: shapes.Shape) -> Examples:
    ports = st.sampled_from(("", ":80", ":65535"))
    schemes = st.sampled_from(constraint.schemes)
    texts = st.tuples(schemes.map(_ending("://")), _HOSTS, ports, _TAILS).map("".join)
    lines = (line.replace("{scheme}", scheme) for line in corpora.URLS for scheme in constraint.schemes)
    start = f"{constraint.schemes[0]}://a.example/"
    long = (start + "a" * (2048 - len(start)), start + "a" * (2049 - len(start)))
    return _form(texts, dict.fromkeys((*lines, *long)))


@examples_of.register
def _(constraint: validation.Uuid, shape: shapes.Shape) -> Examples:
    texts = st.uuids().map(str)
    return _form(texts | texts.map(str.upper), corpora.UUIDS)


@examples_of.register
def _(constraint: validation.Date, shape: shapes.Shape) -> Examples:
    return _form(st.dates().map(date.isoformat), corpora.DATES)


@examples_of.register
def _(constraint: validation.DateTime, shape: shapes.Shape) -> Examples:
    return _form(moments(FIRST, LAST), corpora.DATE_TIMES)


FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - of UTC, which is added later


def moments(first: datetime, last: datetime) -> SearchStrategy[str]:
    """Dates with times and offsets as JSON has them.

    Args:
        first: The first, without an offset: it is taken for UTC.
        last: The last.
    """
    offsets = st.sampled_from(("Z", "z", "+00:00", "-00:00"))
    return st.tuples(st.datetimes(first, last).map(datetime.isoformat), offsets).map("".join)


def rule_examples(rule: rules.Rule, role: str) -> SearchStrategy[Any]:
    """The values that somebody declared beside a rule.

    Args:
        rule: The rule.
        role: "valid" or "invalid".

    Raises:
        errcore.ConfigurationError: If nobody did, with what to write.
    """
    give = rule.examples.get(role)
    if give is None:
        raise ConfigurationError(
            f"Cannot make test data, because the rule {rule.name} ({rule.code}) has no {role} examples; write "
            f"`@{rule.name}.{role}` over a function that gives a Hypothesis strategy of {role} values."
        )
    return as_strategy(give(), f"@{rule.name}.{role}")


def rule_borders(rule: rules.Rule) -> list[tuple[Any, bool]]:
    """The pairs of a value and whether it is good that somebody declared beside a rule; none if nobody did."""
    give = rule.examples.get("boundary")
    return [] if give is None else [(value, bool(good)) for value, good in give()]


def as_strategy(given: Any, what: str) -> SearchStrategy[Any]:
    """A strategy, or a list of values as one.

    Args:
        given: What somebody's function gave.
        what: What messages call it.

    Raises:
        errcore.ConfigurationError: If it is neither.
    """
    if isinstance(given, SearchStrategy):
        return given  # pyright: ignore[reportUnknownVariableType]
    if is_row(given) and given:
        return st.sampled_from(given)
    raise ConfigurationError(
        f"Cannot make test data, because {what} gave {type(given).__name__}; give a Hypothesis strategy or a list of values."
    )
