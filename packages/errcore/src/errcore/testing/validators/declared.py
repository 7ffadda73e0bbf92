# SPDX-License-Identifier: MIT
"""What is declared by whatever is given, and walks through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from errcore.errors.stock import ConfigurationError
from errcore.validation import shapes
from errcore.validation.asynchronous import AsyncValidator
from errcore.validation.declaring.builder import InputValidator
from errcore.validation.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Given", "root_of", "validator_of", "values_in"]

Given: TypeAlias = "Validator[Any] | InputValidator | AsyncValidator[Any]"


def validator_of(given: Given) -> Validator[Any]:
    """The validator that waits for nothing.

    Args:
        given: A validator, a builder of one, or one with rules that wait.

    Raises:
        errcore.ConfigurationError: If it is none.

    >>> from errcore import InputValidator
    >>> validator_of(InputValidator())
    <Validator of an object>
    """
    if isinstance(given, InputValidator):
        return given.build()
    if isinstance(given, AsyncValidator):
        return given.first
    if isinstance(given, Validator):
        return given
    raise ConfigurationError(
        f"Cannot test {type(given).__name__}, because it is no validator; pass a Validator or an InputValidator."
    )


def root_of(given: Given) -> shapes.Value:
    """What it declares."""
    return validator_of(given).root


def values_in(root: shapes.Value) -> Iterator[shapes.Value]:
    """Every value that is declared, each record inside itself once."""
    seen: set[type[Any]] = set()
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value.shape, shapes.Again):
            if value.shape.cls in seen:
                continue
            seen.add(value.shape.cls)
        yield value
        waiting += reversed(shapes.parts_of(value.shape))
