# SPDX-License-Identifier: MIT
"""How documents are drawn: the same ones in every run, and slowness is nobody's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample, Unsatisfiable

from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

    from hypothesis.strategies import SearchStrategy

__all__ = ["exists", "repeatable", "smallest"]

_SHRINK = (Phase.generate, Phase.shrink)
_CHECKS = cast("Collection[HealthCheck]", tuple(HealthCheck))


def repeatable(examples: int, phases: tuple[Phase, ...] = _SHRINK) -> settings:
    """Settings under which every run draws the same.

    Args:
        examples: How many are drawn.
        phases: What is done.
    """
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=_CHECKS,
    )


def exists(strategy: SearchStrategy[Any]) -> bool:
    """Whether anything comes of a strategy.

    >>> from hypothesis import strategies as st
    >>> exists(st.integers()), exists(st.integers().filter(lambda _: False))
    (True, False)
    """
    try:
        find(strategy, lambda _: True, settings=repeatable(30, (Phase.generate,)))
    except (NoSuchExample, Unsatisfiable):
        return False
    return True


def smallest(strategy: SearchStrategy[Any] | None) -> Any:
    """The simplest thing that comes of a strategy.

    Raises:
        errcore.ConfigurationError: If nothing does.

    >>> from hypothesis import strategies as st
    >>> smallest(st.integers(7, 9))
    7
    """
    try:
        if strategy is not None:
            return find(strategy, lambda _: True, settings=repeatable(200))
    except (NoSuchExample, Unsatisfiable):
        pass
    raise ConfigurationError(
        "Cannot make a valid document, because nothing satisfies what is declared; look for a constraint, a normaliser or "
        "an example that excludes the others."
    )
