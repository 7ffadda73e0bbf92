# SPDX-License-Identifier: MIT
"""What health says on `errcore.events`: one frozen value for each change. Names are those that the application declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from errcore.monitor.health.status import Part, Status

__all__ = ["HealthChanged"]


@attrs.frozen
class HealthChanged:
    """Something is better or worse than it was.

    Attributes:
        part: What it is: a check, a dependency that the application marked, or a feature.
        name: Its name.
        before: How it was; None where nobody knew.
        after: How it is.
        code: The code of the verdict on what a check failed of.
    """

    part: Part
    name: str
    before: Status | None
    after: Status
    code: str | None = None
