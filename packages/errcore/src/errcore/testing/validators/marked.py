# SPDX-License-Identifier: MIT
"""Documents with a place marked in them: where one is broken, and where one is at a border."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Boundary", "Broken", "as_it_is"]


@attrs.frozen
class Broken:
    """A document with exactly one thing wrong.

    Attributes:
        document: The document.
        pointer: Where it is wrong.
        code: The code of the issue that must be told, and be the only one.

    >>> Broken({"age": 17}, "/age", "TOO_SMALL").pointer
    '/age'
    """

    document: Any
    pointer: str
    code: str


def as_it_is(code: str) -> Callable[[Any], Broken]:
    """What marks a document that is wrong as a whole.

    Args:
        code: The code of what is wrong with it.

    >>> as_it_is("WRONG_TYPE")(7)
    Broken(document=7, pointer='', code='WRONG_TYPE')
    """
    return lambda document: Broken(document, "", code)


@attrs.frozen
class Boundary:
    """A document at a border.

    Attributes:
        document: The document.
        valid: Whether it must pass.
        pointer: The place that is at its border.
        code: The code of the first issue that must be told there; None for a document that must pass.

    >>> Boundary({"age": 18}, valid=True, pointer="/age").code is None
    True
    """

    document: Any
    valid: bool
    pointer: str
    code: str | None = None
