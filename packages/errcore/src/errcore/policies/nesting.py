# SPDX-License-Identifier: MIT
"""Whether a retry happens inside another one, so that retries around retries do not multiply.

Nothing is noted while calls succeed: the answer is on the stack, which only a call that has failed looks at. The
wrappers of policies with retries have file names of their own. What the stack does not show, a task or a thread that was
started inside, shows in a ContextVar; calls set it that go the long way: from their second attempt on, or from the
first where they have a timeout.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextvars import Token
    from types import FrameType

__all__ = ["FALLING_BACK", "RETRYING", "Span", "is_inside", "leave", "retrying"]

RETRYING: set[str] = set()
"""The file names of the code of such wrappers: one for each set of parts."""

FALLING_BACK: dict[str, frozenset[str]] = {}
"""Files and functions that ask fallbacks: they are called by a runner, and that by the wrapper of its call, if it has one."""

_DEPTH = 512  # frames


class Span(Protocol):
    """A call that may be tried again. A task may outlive the call that started it, so it says when it is over."""

    is_over: bool

    @property
    def attempt(self) -> int:
        """Which attempt is under way, from 1."""
        ...


retrying: ContextVar[Span | None] = ContextVar("errcore_retrying", default=None)
"""The call around this one, where it goes the long way."""


def leave(token: Token[Span | None]) -> None:
    """What is left is outside again; but not in another context, from which a coroutine may be closed."""
    try:
        retrying.reset(token)
    except ValueError:
        return


def is_inside(depth: int = 1) -> bool:
    """Whether a wrapper with retries is on the stack of this thread or task.

    Args:
        depth: How many frames up to begin: beyond the one's own wrapper.

    >>> is_inside()
    False
    """
    frame: FrameType | None = sys._getframe(depth)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    names, asking, left = RETRYING, FALLING_BACK, _DEPTH
    while frame is not None and left:
        # By file names, whose hashes are kept: that of a code object is worked out each time.
        file = frame.f_code.co_filename
        if file in names:
            return True
        if file in asking and frame.f_code.co_name in asking[file]:
            frame = _beyond_own_wrapper(frame)
            continue
        frame = frame.f_back
        left -= 1
    return False


def _beyond_own_wrapper(frame: FrameType) -> FrameType | None:
    """Where the search goes on from a fallback: the call that it answers for tries nothing again any more."""
    runner = frame.f_back
    wrapper = None if runner is None else runner.f_back
    if wrapper is not None and wrapper.f_code.co_filename in RETRYING:
        return wrapper.f_back
    return wrapper
