# SPDX-License-Identifier: MIT
"""Which peers are here: one that is not installed has no column, and the run goes on."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["available"]


def available(module: str) -> bool:
    """Whether a module of this name can be imported."""
    return find_spec(module) is not None
