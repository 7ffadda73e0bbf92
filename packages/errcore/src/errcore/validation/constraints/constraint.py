# SPDX-License-Identifier: MIT
"""What a constraint is: a frozen value that says which questions are asked, and nothing about how they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeGuard

import attrs

from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Constraint", "Test", "is_listing", "refuse"]


def refuse(what: object, why: str, remedy: str) -> ConfigurationError:
    """The error for a declaration that makes no sense.

    Args:
        what: What cannot be made.
        why: Because of what.
        remedy: What to do.

    >>> str(refuse("Range", "min is above max", "swap them"))
    'Cannot make Range, because min is above max; swap them.'
    """
    return ConfigurationError(f"Cannot make {what}, because {why}; {remedy}.")


def is_listing(given: object) -> TypeGuard[Iterable[Any]]:
    """Whether something is like a list; a text is not, nor is a dict.

    >>> is_listing(("a", "b")), is_listing("ab")
    (True, False)
    """
    return isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping)


@attrs.frozen
class Test:
    """One question that a constraint asks.

    Attributes:
        broken: A Python expression over `v` and `names`; true of a value that breaks the constraint.
        code: The issue's code.
        params: The declared limits, for programs and for the message.
        names: What the names in `broken` mean.
        is_bound: Whether the other tests are left out when this one fails: a text of 10 MB meets no pattern.
        wording: Which of the code's messages fits.
        message: A sentence of its own.
    """

    __test__: ClassVar[bool] = False  # it is no test case

    broken: str
    code: str
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    names: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    is_bound: bool = False
    wording: str = ""
    message: str | None = None


@attrs.frozen
class Constraint:
    """The root of constraints. One of your own says what it `suits`, and gives `tests`.

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

    def tests(self, kind: str) -> tuple[Test, ...]:
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
