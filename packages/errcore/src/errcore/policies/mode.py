# SPDX-License-Identifier: MIT
"""How policies behave in tests: switched off, without waits, or with another number of attempts.

Read from one ContextVar, so that two tests at the same time do not know of each other. Only what has failed, or would
be refused, asks for it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NORMAL", "Mode", "current_mode", "enter_mode"]


@attrs.frozen
class Mode:
    """What is different in this context.

    Attributes:
        off: Whether nothing is retried, refused, limited in time, replaced or broken.
        instant: Whether waits take no time.
        attempts: Attempts of one call instead of what the policy says; None leaves that alone.
        unpaid: Whether retries need no budget: where waits or attempts are a test's, what other tests spent must not matter.
        outer: What holds again when this one is left; None for what holds outside of tests.
    """

    off: bool = False
    instant: bool = False
    attempts: int | None = None
    unpaid: bool = attrs.field(
        init=False,
        default=attrs.Factory(lambda own: own.instant or own.attempts is not None, takes_self=True),
    )
    outer: Mode | None = attrs.field(default=None, repr=False, eq=False)


NORMAL: Mode = Mode()

_mode: ContextVar[Mode] = ContextVar("errcore_policies", default=NORMAL)

current_mode: Callable[[], Mode] = _mode.get
enter_mode: Callable[[Mode], object] = _mode.set
