# SPDX-License-Identifier: MIT
"""Constraints on which value it is: one of a few, none of them twice, one that nobody may see."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from errcore.errors.reading import kind_of
from errcore.validation.constraints.comparing import has_twins
from errcore.validation.constraints.constraint import Constraint, Requirement
from errcore.validation.refusals import is_listing, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Choices", "Secret", "Unique"]

_KINDS: dict[type[Any], str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _options(given: Iterable[Any]) -> tuple[Any, ...]:
    """The options, each once, in an order that does not change from one process to another."""
    if not is_listing(given):
        raise refusal("Choices", "the options are no list", "give a list of them")
    options: list[Any] = [option.value if isinstance(option, Enum) else option for option in given]
    if not options:
        raise refusal("Choices", "there are none", "give at least one")
    if not all(type(option) in _KINDS and _is_writable(option) for option in options):
        raise refusal(
            "Choices", "an option is no text, finite number, truth value or None", "use a rule instead"
        )
    if issubclass(type(given), set | frozenset):
        options.sort(key=_written)
    kept: dict[tuple[type[Any], Any], None] = dict.fromkeys((kind_of(option), option) for option in options)
    return tuple(option for _, option in kept)


def _written(option: Any) -> tuple[str, str]:
    return type(option).__name__, repr(option)


def _is_writable(option: Any) -> bool:
    return type(option) is not float or math.isfinite(option)


@attrs.frozen
class Choices(Constraint):
    """A few values, types included: 1 is not True.

    Args:
        options: The values, or an enum whose values they are. Those of a set are sorted.

    Raises:
        errcore.ConfigurationError: If there are none, or one is no text, finite number, truth value or None.

    >>> Choices(["admin", "user"])
    Choices(options=('admin', 'user'))
    """

    options: tuple[Any, ...] = attrs.field(converter=_options)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of the options."""
        return frozenset(_KINDS[type(option)] for option in self.options)

    @property
    def takes(self) -> tuple[str, ...]:
        """The kinds of the options, and those that may hold values of them."""
        kinds = list(dict.fromkeys(_KINDS[type(option)] for option in self.options))
        return (*kinds, *(["number"] if "integer" in kinds else []), "literal", "union")

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """The one question."""
        params = {"choices": list(self.options)}
        if kind == "string":
            texts = frozenset(option for option in self.options if type(option) is str)
            return (Requirement("v not in texts", "INVALID_CHOICE", params, {"texts": texts}),)
        known = self.options
        if kind == "number":  # where 1 is read as 1.0
            known = tuple(float(option) if type(option) is int else option for option in known)
        names: dict[str, Any] = {
            "options": frozenset((kind_of(option), option) for option in known),
            "scalars": frozenset(_KINDS),
        }
        broken = "type(v) not in scalars or (type(v), v) not in options"
        return (Requirement(broken, "INVALID_CHOICE", params, names),)

    def schema(self, kind: str) -> dict[str, Any]:
        """`enum`."""
        return {"enum": list(self.options)}

    @property
    def has_exact_schema(self) -> bool:
        """Not with numbers: JSON Schema takes 1.0 for 1."""
        return not self.kinds & {"integer", "number"}


@attrs.frozen
class Unique(Constraint):
    """No item of a list twice. 1 is 1.0, as in JSON, and not True.

    >>> Unique()
    Unique()
    """

    suits: ClassVar[tuple[str, ...]] = ("array",)

    def requirements(self, kind: str) -> tuple[Requirement, ...]:
        """The one question."""
        return (Requirement("has_twins(v)", "NOT_UNIQUE", {}, {"has_twins": has_twins}),)

    def schema(self, kind: str) -> dict[str, Any]:
        """`uniqueItems`."""
        return {"uniqueItems": True}


@attrs.frozen
class Secret(Constraint):
    """The value must never be shown: schemas call it `writeOnly`, and test data holds no hints of it.

    errcore echoes no input at all; this says so to others.

    >>> Secret()
    Secret()
    """

    def schema(self, kind: str) -> dict[str, Any]:
        """`writeOnly`."""
        return {"writeOnly": True}
