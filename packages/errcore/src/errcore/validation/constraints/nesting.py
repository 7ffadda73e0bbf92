# SPDX-License-Identifier: MIT
"""Constraints that reach inside a value: into each item of a list, and into an object by another validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from errcore.validation.constraints.constraint import Constraint
from errcore.validation.refusals import refusal

if TYPE_CHECKING:
    from errcore.validation.declaring.builder import InputValidator
    from errcore.validation.shapes import Value
    from errcore.validation.validator import Validator

__all__ = ["Each", "Nested"]


@attrs.frozen(init=False)
class Each(Constraint):
    """What every item of a list has to satisfy.

    Args:
        of: Constraints, rules, a type, a validator.

    >>> from errcore.validation import Length
    >>> Each(Length(1, 20))
    Each(of=(Length(min=1, max=20),))
    """

    suits: ClassVar[tuple[str, ...]] = ("array",)

    of: tuple[Any, ...]

    def __init__(self, *of: Any) -> None:
        if not of:
            raise refusal(
                "Each", "nothing is asked of the items", "give constraints, rules, a type or a validator"
            )
        self.__attrs_init__(of)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


@attrs.frozen
class Nested(Constraint):
    """An object that another validator checks.

    Args:
        by: That validator, a builder of one, which is frozen by it, or an attrs class.

    >>> from errcore import InputValidator
    >>> address = InputValidator()
    >>> address.field("city").required().length(1, 80)
    <field city>
    >>> Nested(address)
    Nested(by=<InputValidator of city>)
    """

    suits: ClassVar[tuple[str, ...]] = ("object",)

    by: Validator[Any] | InputValidator | type[Any]

    @property
    def value(self) -> Value:
        """What the other validator declares."""
        from errcore.validation.declaring.builder import root_of

        return root_of(self.by)
