# SPDX-License-Identifier: MIT
"""Locks that nobody waits for without end: a forked child finds them free, and a `Turn` says when it cannot be had.

Another thread may hold a lock at the moment of a fork. It does not exist in the child, so nobody would ever let go.
"""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import suppress
from typing import Protocol

from errcore import clock

__all__ = ["ForkSafeLock", "Forked", "Turn", "renew_in_children"]


class Forked(Protocol):
    """State with a lock."""

    def renew(self) -> None:
        """Make a new lock, and forget who waited; called in a child that was just forked."""
        ...


_lock = threading.RLock()
_kept: list[weakref.ref[Forked]] = []
_next_tidy = 64
_GLANCE = 0.01  # seconds


def renew_in_children(state: Forked) -> None:
    """Have `state.renew()` called in every child that is forked from now on; `state` is held weakly."""
    global _next_tidy  # noqa: PLW0603 - one list for the process
    with _lock:
        if len(_kept) >= _next_tidy:
            _kept[:] = [ref for ref in _kept if ref() is not None]
            _next_tidy = 2 * len(_kept) + 64
        _kept.append(weakref.ref(state))


class ForkSafeLock:
    """A lock that a forked child finds free; for what a module keeps.

    Reentrant, since a finalizer or a signal handler that runs inside may come back.

    >>> lock = ForkSafeLock()
    >>> with lock, lock:
    ...     pass
    """

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        renew_in_children(self)

    def renew(self) -> None:
        """Let go of the lock, which nobody holds in a child that was just forked."""
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Turn:
    """A lock that tells whoever cannot have it that it is not their turn, instead of making them wait for ever.

    That is who has it already and asks again: a finalizer, or a handler of a signal, in the middle of what its own thread
    does. It would wait for itself, or do by halves what is half done. And it is who has waited for `patience` seconds: the
    other thread may hang, or want a lock of the thread that a handler interrupted. Once somebody has waited in vain, others
    only glance for as long again. In a forked child it is free.

    >>> turn = Turn()
    >>> with turn as ours, turn as nested:
    ...     ours, nested
    (True, False)
    """

    __slots__ = ("__weakref__", "_depth", "_hung_at", "_lock", "_owner", "_patience")

    def __init__(self, patience: float = 5.0) -> None:
        # Of locks that are held for milliseconds; a server that ends gives its workers some thirty seconds.
        self._patience = patience
        self.renew()
        renew_in_children(self)

    def renew(self) -> None:
        """Be free, as nobody has it in a child that was just forked."""
        self._lock = threading.RLock()
        self._depth = 0
        self._owner: int | None = None
        self._hung_at: float | None = None

    def __enter__(self) -> bool:
        me = threading.get_ident()
        if self._owner == me:
            self._depth += 1
            return False
        try:
            if not (self._lock.acquire(blocking=False) or self._wait()):
                return False
        except BaseException:  # a handler of a signal has raised it, perhaps when the lock was ours already
            if self._lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001 - threading.Condition asks it, too
                self._lock.release()
            raise
        self._owner = me
        self._depth = 1
        self._hung_at = None
        return True

    def __exit__(self, *_: object) -> None:
        if self._owner != threading.get_ident():  # waited in vain
            return
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()

    def _wait(self) -> bool:
        now = clock.current().monotonic
        # Not `< until`: a clock may be replaced by one that is behind.
        hangs = self._hung_at is not None and 0 <= now() - self._hung_at < self._patience
        if self._lock.acquire(timeout=min(_GLANCE, self._patience) if hangs else self._patience):
            return True
        if not hangs:
            self._hung_at = now()
        return False


def _renew_all() -> None:
    global _lock  # noqa: PLW0603 - as above
    _lock = threading.RLock()
    for ref in _kept:
        state = ref()
        if state is not None:
            with suppress(Exception):  # or the locks of all others would stay as they are
                state.renew()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows knows no fork
    os.register_at_fork(after_in_child=_renew_all)
