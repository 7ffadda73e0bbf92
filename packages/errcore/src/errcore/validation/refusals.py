# SPDX-License-Identifier: MIT
"""Declarations that make no sense: how they are refused, and the one question that many of them ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from errcore.errors.stock import ConfigurationError

__all__ = ["is_listing", "refusal"]


def refusal(what: object, why: str, remedy: str) -> ConfigurationError:
    """The error for a declaration that makes no sense.

    Args:
        what: What cannot be made.
        why: Because of what.
        remedy: What to do.

    >>> str(refusal("Range", "min is above max", "swap them"))
    'Cannot make Range, because min is above max; swap them.'
    """
    return ConfigurationError(f"Cannot make {what}, because {why}; {remedy}.")


def is_listing(given: object) -> TypeGuard[Iterable[Any]]:
    """Whether something is like a list; a text is not, nor is a dict.

    >>> is_listing(("a", "b")), is_listing("ab")
    (True, False)
    """
    return isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping)
