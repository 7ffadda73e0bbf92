# SPDX-License-Identifier: MIT
"""The end of a process: whatever was counted is told before, whichever way the process ends by itself.

An interpreter that ends runs what atexit knows. A child of multiprocessing leaves with `os._exit`, past all that, and runs the
finalizers of its own library instead. The library forgets those of the parent in each child, so a process that has something
to tell asks for itself.
"""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore.monitor.telling.teller import Teller

__all__ = ["ask_children", "tell_at_exit"]

_LIBRARY = "multiprocessing.util"
_open: weakref.WeakSet[Teller] = weakref.WeakSet()
_asked_in: int | None = None


def tell_at_exit(teller: Teller) -> None:
    """Have this one tell what is left when the process ends; it is held weakly."""
    _open.add(teller)


def ask_children() -> None:
    """See that all tell, too, where this process is a child of multiprocessing. Asked again, it does nothing.

    It costs nothing in processes that have not loaded multiprocessing.
    """
    global _asked_in  # noqa: PLW0603 - the id of a process
    process = os.getpid()
    if _asked_in == process:
        return
    _asked_in = process
    library = sys.modules.get(_LIBRARY)
    if library is not None:
        library.Finalize(None, _tell_all, exitpriority=0)


@atexit.register
def _tell_all() -> None:
    for teller in list(_open):
        teller.tell(urgent=True)
