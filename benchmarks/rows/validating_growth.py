# SPDX-License-Identifier: MIT
"""What a field or an item costs where there are many: no more than where there are few.

An exception to what a limit is: the limit is errcore, too, with six fields or items, one hundred times; beside it once
with six hundred. Figures are for one field or item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.case import Case, Column
from errcore import InputValidator, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore import Validator

__all__ = ["fields_invalid", "fields_valid", "items_invalid", "items_valid"]

_FEW, _SOME, _MANY = 6, 60, 600
_GATE = 1.5


def _with_fields(count: int) -> Validator[dict[str, Any]]:
    made = InputValidator(max_issues=_MANY + 1)
    for number in range(count):
        made.field(f"field_{number}").required().type(int).range(0, 9)
    return made.build()


def _fields(count: int, value: int) -> dict[str, int]:
    return {f"field_{number}": value for number in range(count)}


def _with_items(_count: int) -> Validator[dict[str, Any]]:
    line = InputValidator()
    line.field("sku").required().length(1, 20)
    line.field("qty").required().type(int).range(0, 9)
    made = InputValidator(max_issues=_MANY + 1)
    made.field("lines").required().each(line.build())
    return made.build()


def _items(count: int, value: int) -> dict[str, Any]:
    return {"lines": [{"sku": "A-1", "qty": value} for _ in range(count)]}


def _times(count: int, check: Callable[[], int]) -> Callable[[], int]:
    """As often as gives the same number of fields or items."""
    times = range(_MANY // count)

    def run() -> int:
        found = 0
        for _ in times:
            found += check()
        return found

    return run


def _accepted(validator: Validator[dict[str, Any]], document: dict[str, Any]) -> Callable[[], int]:
    def check() -> int:
        value = validator.validate(document)
        return len(value.get("lines", value))

    return check


def _refused(validator: Validator[dict[str, Any]], document: dict[str, Any]) -> Callable[[], int]:
    def check() -> int:
        try:
            validator.validate(document)
        except ValidationError as error:
            return len(error.issues)
        return 0

    return check


def _case(
    name: str,
    declared: Callable[[int], Validator[dict[str, Any]]],
    document: Callable[[int], dict[str, Any]],
    seen: Callable[[Validator[dict[str, Any]], dict[str, Any]], Callable[[], int]],
) -> Case:
    def column(count: int) -> Column:
        call = _times(count, seen(declared(count), document(count)))
        return Column(f"{count} at a time", call)

    return Case(name, limit=column(_FEW), ours=column(_MANY), gate=_GATE, peers=(column(_SOME),), jobs=_MANY)


def fields_valid() -> Case:
    """The row of one more field that is good."""
    return _case("validation 600 fields, valid", _with_fields, lambda count: _fields(count, 5), _accepted)


def fields_invalid() -> Case:
    """The row of one more field that is wrong."""
    return _case("validation 600 fields, invalid", _with_fields, lambda count: _fields(count, 10), _refused)


def items_valid() -> Case:
    """The row of one more object in a list, of two fields, that is good."""
    return _case("validation 600 items, valid", _with_items, lambda count: _items(count, 5), _accepted)


def items_invalid() -> Case:
    """The row of one more object in a list, one field of which is wrong."""
    return _case("validation 600 items, invalid", _with_items, lambda count: _items(count, 10), _refused)
