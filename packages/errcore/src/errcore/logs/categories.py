# SPDX-License-Identifier: MIT
"""What sort of line it is. Every line says it, and each sort may go to a place of its own."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Category"]


class Category(StrEnum):
    """The four sorts of lines; the values are what `category` says in them."""

    APP = "app"
    """What errcore does: retries, breakers, lines that were lost."""
    ERRORS = "errors"
    """One line for each reported error."""
    SECURITY = "security"
    """What `log_security_event` was told: never sampled, and of no level too low."""
    PERFORMANCE = "performance"
    """What `log_performance_metric` was told."""
