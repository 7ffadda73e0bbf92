# SPDX-License-Identifier: MIT
"""Documents of the scalars: texts, numbers, truth values, literals, and texts that stand for a value."""

from __future__ import annotations

import base64
import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import singledispatch
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from errcore import validation
from errcore.errors.stock import ConfigurationError
from errcore.testing.validators.examples import FIRST, LAST, as_decimal, moments
from errcore.testing.validators.second_reading import literals
from errcore.validation import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REPEATED", "Documents", "few", "interval", "is_unique", "shaped", "sizes"]

_MORE = 4  # items above the least

REPEATED: int = 60
"""Characters or items beyond which something is one piece many times."""

Documents: TypeAlias = SearchStrategy[Any]


def interval(value: shapes.Value) -> tuple[Any, Any]:
    """The least and the most that the ranges of a value allow, borders included; None where there is no limit."""
    ranges = [each for each in value.constraints if isinstance(each, validation.Range)]
    lows = [low for each in ranges for low in (each.min, each.above) if low is not None]
    highs = [high for each in ranges for high in (each.max, each.below) if high is not None]
    return (max(lows) if lows else None), (min(highs) if highs else None)


def sizes(value: shapes.Value) -> tuple[int, int | None]:
    """The least and the greatest length that a value may have."""
    lengths = [each for each in value.constraints if isinstance(each, validation.Length)]
    most = [each.max for each in lengths if each.max is not None]
    return max([each.min for each in lengths], default=0), min(most) if most else None


def is_unique(value: shapes.Value) -> bool:
    """Whether no two items may be twins."""
    return any(isinstance(each, validation.Unique) for each in value.constraints)


def _steps(value: shapes.Value) -> list[Fraction]:
    """What it has to be multiples of."""
    steps = [each.step for each in value.constraints if isinstance(each, validation.MultipleOf)]
    return [Fraction(str(each)) for each in steps]


def few(value: shapes.Value) -> tuple[int, int]:
    """The least length, and one that is not much greater."""
    least, most = sizes(value)
    return least, least + _MORE if most is None else min(most, least + _MORE)


@singledispatch
def shaped(shape: Any, value: shapes.Value, depth: int) -> Documents | None:
    """Documents of a shape, as far as it alone can say it; the constraints are asked afterwards."""
    return (
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=3)
    )


@shaped.register
def _(shape: shapes.Text, value: shapes.Value, depth: int) -> Documents | None:
    least, most = sizes(value)
    if least > REPEATED:
        return st.text(min_size=1, max_size=8).map(lambda piece: (piece * least)[:least])
    top = least + 16 if most is None else min(most, least + 16)
    return st.text("abcxyz019-", min_size=least, max_size=top) | st.text(min_size=least, max_size=top)


@shaped.register
def _(shape: shapes.Whole, value: shapes.Value, depth: int) -> Documents | None:
    low, high = interval(value)
    step = math.lcm(*(each.numerator for each in _steps(value)))
    least = None if low is None else math.ceil(Fraction(low) / step)
    most = None if high is None else math.floor(Fraction(high) / step)
    found = st.integers(least, most).map(lambda count: count * step)
    if not shape.coerce:
        return found
    return found | found.map(str) | found.filter(lambda count: abs(count) < 2**53).map(float)


@shaped.register
def _(shape: shapes.Real, value: shapes.Value, depth: int) -> Documents | None:
    low, high = interval(value)
    if steps := _steps(value):
        found = _multiples(steps[0], low, high).map(float)
    else:
        whole = st.integers(
            -(2**53) if low is None else math.ceil(low),
            2**53 if high is None else math.floor(high),
        )
        least, most = (None if limit is None else float(limit) for limit in (low, high))
        found = st.floats(least, most, allow_nan=False, allow_infinity=False)
        if _has_whole(low, high):
            found = found | whole.filter(lambda count: int(float(count)) == count)
    return found | found.map(repr) if shape.coerce else found


def _has_whole(low: Any, high: Any) -> bool:
    return low is None or high is None or math.ceil(low) <= math.floor(high)


def _multiples(step: Fraction, low: Any, high: Any) -> SearchStrategy[Fraction]:
    least = -(10**6) if low is None else math.ceil(Fraction(str(low)) / step)
    most = least + 2 * 10**6 if high is None else math.floor(Fraction(str(high)) / step)
    return st.integers(least, most).map(lambda count: count * step)


@shaped.register
def _(shape: shapes.Truth, value: shapes.Value, depth: int) -> Documents | None:
    return st.booleans() | st.sampled_from(("true", "false")) if shape.coerce else st.booleans()


@shaped.register
def _(shape: shapes.Null, value: shapes.Value, depth: int) -> Documents | None:
    return st.none()


@shaped.register
def _(shape: shapes.Exactly, value: shapes.Value, depth: int) -> Documents | None:
    return st.sampled_from(literals(shape))


@shaped.register
def _(shape: shapes.Member, value: shapes.Value, depth: int) -> Documents | None:
    return st.sampled_from(literals(shape))


@shaped.register
def _(shape: shapes.Foreign, value: shapes.Value, depth: int) -> Documents | None:
    raise ConfigurationError(
        f"Cannot make test data, because a hook of yours reads {shape.name} and only it knows of what; give the field a "
        "rule with examples (`@my_rule.valid`, `@my_rule.invalid`)."
    )


@shaped.register
def _(shape: shapes.Parsed, value: shapes.Value, depth: int) -> Documents | None:
    low, high = interval(value)
    return _PARSED[shape.kind](value, low, high)


def _naive(limit: datetime | None, otherwise: datetime) -> datetime:
    return otherwise if limit is None else limit.astimezone(UTC).replace(tzinfo=None)


def _decimals(value: shapes.Value, low: Any, high: Any) -> Documents:
    if steps := _steps(value):
        multiples = _multiples(steps[0], low, high)
        return multiples.map(lambda each: str(Decimal(each.numerator) / Decimal(each.denominator)))
    least, most = (None if limit is None else as_decimal(limit) for limit in (low, high))
    found = st.decimals(least, most, allow_nan=False, allow_infinity=False)
    return found.filter(lambda each: -999 <= each.adjusted() <= 999).map(str)


def _uuids(_value: shapes.Value, _low: Any, _high: Any) -> Documents:
    texts = st.uuids().map(str)
    return texts | texts.map(str.upper)


def _moments(_value: shapes.Value, low: Any, high: Any) -> Documents:
    return moments(_naive(low, FIRST), _naive(high, LAST))


def _dates(_value: shapes.Value, low: Any, high: Any) -> Documents:
    return st.dates(low or date.min, high or date.max).map(date.isoformat)


def _times(_value: shapes.Value, low: Any, high: Any) -> Documents:
    return st.times(low or time.min, high or time.max).map(time.isoformat)


def _bytes(value: shapes.Value, _low: Any, _high: Any) -> Documents:
    least, most = few(value)
    return st.binary(min_size=least, max_size=most).map(lambda data: base64.b64encode(data).decode("ascii"))


_PARSED: dict[str, Callable[[shapes.Value, Any, Any], Documents]] = {
    "uuid": _uuids,
    "datetime": _moments,
    "date": _dates,
    "time": _times,
    "decimal": _decimals,
    "bytes": _bytes,
}
