# SPDX-License-Identifier: MIT
"""The one thread of a monitor: it tells the store what was counted, about once a second while there is something to tell.

It starts with the first count, sleeps while nothing is counted, ends with its monitor, and is no reason for a process to stay.
A forked child has none until it counts something itself.
"""

from __future__ import annotations

import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from errcore.forks import Turn

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Flusher"]

_LEAST = 0.01  # seconds: a store that fails must not keep a core busy
_MOST = 3600.0


class _Signal:
    """An event for one listener that may be set anywhere: a handler of a signal may come while it is being set.

    That of `threading` would wait for itself there.
    """

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()  # open as long as it is set
        self._lock.acquire()

    def set(self) -> None:
        with suppress(RuntimeError):  # it is set already
            self._lock.release()

    def take(self, seconds: float = -1) -> bool:
        """Wait until it is set, and take it back; whether it was, within so many seconds."""
        return self._lock.acquire(timeout=seconds)


class Flusher:
    """Calls a method in a thread of its own, a while after it was asked to.

    Args:
        method: A bound method, whose object is not kept alive by it.
        every: Seconds between being asked and the call, so that one call is for many; from 0.01 to 3600.
        last: What the thread calls before it ends, when the object is gone; does not keep it alive either.
    """

    def __init__(self, method: Callable[[], object], every: float, last: Callable[[], object]) -> None:
        self._method: weakref.WeakMethod[Any] = weakref.WeakMethod(method)
        self._every = min(max(_LEAST, every), _MOST)
        self._last = last
        self._starting = Turn()
        self.renew()
        weakref.finalize(method.__self__, self._end).atexit = False  # type: ignore[attr-defined]

    def renew(self) -> None:
        """Be without a thread, as in a forked child, to which it did not come along."""
        self._thread: threading.Thread | None = None
        self._due = _Signal()
        self._ending = _Signal()

    def wake(self) -> bool:
        """Have the method called soon.

        Returns:
            Whether it will be. Where no thread can be started, it is tried again the next time.
        """
        with self._starting as ours:
            # A handler of a signal, in the middle of the start: to start one more would wait for that.
            # And a thread ends by itself where the method raises what is no Exception.
            if ours and (self._thread is None or not self._thread.is_alive()):
                thread = threading.Thread(
                    target=_run,
                    args=(self._method, self._due, self._ending, self._every, self._last),
                    name="errcore-monitor",
                    daemon=True,
                )
                try:
                    thread.start()
                except RuntimeError:  # no more threads, or the interpreter is shutting down
                    return False
                self._thread = thread
            self._due.set()
            return True

    def stop(self) -> None:
        """End the thread, after the call that it is at. It starts again if somebody wakes it."""
        thread = self._thread
        self._end()
        if thread is not None and thread is not threading.current_thread():
            thread.join(2.0)

    def _end(self) -> None:
        with self._starting:
            self._ending.set()
            self._due.set()
            self.renew()


def _run(
    method: weakref.WeakMethod[Any],
    due: _Signal,
    ending: _Signal,
    every: float,
    last: Callable[[], object],
) -> None:
    while True:
        due.take()
        ended = ending.take(every)
        call = method()
        if call is None:
            last()
            return
        if ended:
            return
        call()
        del call
