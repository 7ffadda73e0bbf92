# SPDX-License-Identifier: MIT
"""Constraints and rules as they are written. Checked by `nox -s typing`, never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, assert_type

from errcore import Issue, rule
from errcore.validation import AsyncRule, Choices, Each, Length, MultipleOf, Pattern, Range, Rule, Unique, Url


class Colour(Enum):
    RED = "red"


Range(1)
Range(Decimal(1), date(2026, 1, 1))
Length(1, 2)
MultipleOf(Decimal("0.1"))
Choices(["a", 1, None])
Choices(Colour)
Each(Length(1), int, Unique())
Url(["https"])
Pattern("[a-z]+", "Must be a slug.")


@rule(code="GOOD", message="Must be good.", params={"least": 3}, schema={"minLength": 3})
def plain(value: str) -> bool:
    return len(value) >= 3


@rule(code="GOOD", message="Must be good.")
def places(value: list[str]) -> Iterator[Issue]:
    yield Issue("/0", "BAD", value[0])


@rule(code="GOOD", message="Must be good.")
async def waits(value: str) -> bool:
    return bool(value)


def longer(least: int, value: str) -> bool:
    return len(value) >= least


class Limit:
    def __call__(self, value: Any) -> bool:
        return bool(value)


make = rule(code="GOOD", message="Must be good.")
assert_type(plain, Rule)
assert_type(places, Rule)
assert_type(waits, AsyncRule)
assert_type(make(partial(longer, 3)), Rule)
assert_type(make(Limit()), Rule)
assert_type(make(lambda value: bool(value)), Rule)
