# SPDX-License-Identifier: MIT
"""A process forks while none of its threads is inside SQLite, and without a connection.

SQLite keeps a list of the locks that the process has on a file. A child that inherits it believes to have locks that only the
parent has, and another process that closes the file last then takes the log away in which the child writes on: what
it was told is committed would be lost. So a store lets go of its file before a fork, and opens it again when it is needed.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol

from errcore.forks import ForkSafeLock

__all__ = ["Pausing", "pause_at_forks"]


class Pausing(Protocol):
    """What lets go before a fork."""

    def pause(self) -> bool:
        """Have nothing open and nobody inside until `resume`; whether that was done."""
        ...

    def resume(self) -> None:
        """Go on, in the parent."""
        ...


class _Paused(threading.local):
    """What this thread, which forks, has paused."""

    def __init__(self) -> None:
        self.each: list[Pausing] = []


_lock = ForkSafeLock()
_kept: list[weakref.ref[Pausing]] = []
_paused = _Paused()


def pause_at_forks(state: Pausing) -> None:
    """Have `state.pause()` called before each fork from now on, and `state.resume()` after it; `state` is held weakly."""
    with _lock:
        _kept[:] = [*(ref for ref in _kept if ref() is not None), weakref.ref(state)]


def _before() -> None:
    with _lock:  # not while they pause, which may take a while
        kept = [*_kept]
    _paused.each = [state for ref in kept if (state := ref()) is not None and state.pause()]


def _after_in_parent() -> None:
    each, _paused.each = _paused.each, []
    for state in each:
        state.resume()


def _after_in_child() -> None:  # pragma: no cover - nothing is measured in a child
    _paused.each = []  # whose locks are new, and free


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows knows no fork
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
