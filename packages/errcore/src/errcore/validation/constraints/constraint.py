# SPDX-License-Identifier: MIT
"""What a constraint is: a frozen value that says which questions are asked, and nothing about how they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Constraint", "Requirement"]


@attrs.frozen
class Requirement:
    """One thing that a constraint asks of a value.

    Attributes:
        broken: A Python expression over `v` and `names`; true of a value that breaks the constraint.
        code: The issue's code.
        params: The declared limits, for programs and for the message.
        names: What the names in `broken` mean.
        is_bound: Whether the others are left out when this one fails: a text of 10 MB meets no pattern.
        wording: Which of the code's messages fits.
        message: A sentence of its own.
    """

    broken: str
    code: str
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    names: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    is_bound: bool = False
    wording: str = ""
    message: str | None = None


@attrs.frozen
class Constraint:
    """The root of constraints. One of your own says what it `suits`, and gives `requirements`.

    Attributes:
        suits: The kinds of values that constraints of this class can stand on, as of `takes`.
    """

    suits: ClassVar[tuple[str, ...]] = ("any",)  # the kinds that some constraint of the class can stand on
    __is_annotated_types_grouped_metadata__: ClassVar[bool] = True

    @property
    def takes(self) -> tuple[str, ...]:
        """The kinds of values that this very one can stand on; the first is what it implies where none is declared.

        >>> from errcore.validation import Range, Unique
        >>> Range(1).takes, Unique().takes
        (('number', 'integer', 'decimal'), ('array',))
        """
        return self.suits

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """The questions, in the order in which they are asked.

        Args:
            kind: The kind of value that is asked about.
        """
        return ()

    def schema(self, kind: str) -> dict[str, Any]:
        """What JSON Schema (2020-12) says for it; empty where it cannot.

        Args:
            kind: The kind of value.
        """
        return {}

    @property
    def has_exact_schema(self) -> bool:
        """Whether that schema accepts the very same values."""
        return True

    def __iter__(self) -> Iterator[Any]:
        """The parts that other libraries understand; they are imported here, and only if they are there."""
        from errcore.validation.constraints.interop import parts_of

        return parts_of(self)
