# SPDX-License-Identifier: MIT
"""One defect of one input: where it is, which rule it breaks, and what to tell the sender. Never the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Issue"]


@attrs.frozen
class Issue:
    """One defect of an input.

    Attributes:
        pointer: Where, as an RFC 6901 JSON pointer (`/items/0/qty`); empty for the whole input.
        code: Which rule, for programs (`REQUIRED`, `TOO_SHORT`).
        message: Which rule, for people; says what is wanted, never what was sent.
        params: The declared limits of the rule, such as `{"min": 18}`.
        location: The part of a request: body, query, path, header or cookie.

    >>> Issue("/user", "REQUIRED", "This field is required.", location="body").pointer
    '/user'
    """

    pointer: str
    code: str
    message: str
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    location: str | None = None
