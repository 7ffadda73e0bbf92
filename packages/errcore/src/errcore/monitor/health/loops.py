# SPDX-License-Identifier: MIT
"""Which event loop a coroutine check runs in: the application's, since its clients belong to it, else one of ours.

A client such as a pool of connections is bound to the loop in which it was made. So whoever asks, from whichever thread,
the check runs in the loop that the application runs in, if there is one.
"""

from __future__ import annotations

import sys
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["Loops", "running_loop"]


def running_loop() -> AbstractEventLoop | None:
    """The event loop that runs in this thread, or None; without importing asyncio for the question.

    >>> running_loop() is None
    True
    """
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        loop: AbstractEventLoop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return loop


class Loops:
    """The loops of one `Health`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._home: AbstractEventLoop | None = None
        self._own: AbstractEventLoop | None = None
        self._ending: weakref.finalize[..., Loops] | None = None

    def renew(self) -> None:
        """Forget them all, in a forked child: nobody turns them here."""
        self._lock = threading.RLock()
        self._home = self._own = None
        if self._ending is not None:
            self._ending.detach()
            self._ending = None

    def settle_in(self, loop: AbstractEventLoop) -> None:
        """Take this for the loop of the application."""
        self._home = loop

    def choose(self, *, homeless: bool) -> AbstractEventLoop:
        """The loop for the next check.

        Args:
            homeless: Whether the loop of whoever asked has let us down already: one for each request, perhaps.
        """
        home, here = self._home, running_loop()
        if not homeless:
            if home is not None and home.is_running():
                return home
            if here is not None:
                self._home = here
                return here
        return self._ours()

    def _ours(self) -> AbstractEventLoop:
        with self._lock:
            if self._own is None or self._own.is_closed():  # a check may have ended it
                import asyncio

                if self._ending is not None:
                    self._ending.detach()
                    self._ending = None
                loop = asyncio.new_event_loop()
                try:
                    threading.Thread(
                        target=_serve, args=[loop], name="errcore health loop", daemon=True
                    ).start()
                except BaseException:
                    loop.close()
                    raise
                self._own = loop
                # The thread does not know us, so that a service that was forgotten takes it along.
                self._ending = weakref.finalize(self, _stop, loop)
            return self._own

    def close(self) -> None:
        """End the loop that is ours."""
        with self._lock:
            ending, self._ending, self._own = self._ending, None, None
        if ending is not None:
            ending()


def _serve(loop: AbstractEventLoop) -> None:
    import asyncio

    asyncio.set_event_loop(loop)
    try:
        while True:
            try:
                loop.run_forever()
                break
            except (
                SystemExit,
                KeyboardInterrupt,
            ):  # of a task that a check began: no reason to end for all others
                continue
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.close()


def _stop(loop: AbstractEventLoop) -> None:
    with suppress(RuntimeError):  # a check has closed it
        loop.call_soon_threadsafe(loop.stop)
