# SPDX-License-Identifier: MIT
"""The units of one policy: one, or one for each key, of which a bounded number is kept.

A key comes from the arguments of calls, so anybody may send a million of them. Only a unit that nobody would miss is
forgotten: its breaker is closed and nobody is inside. Where all are busy, the newest keys share one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING

from errcore.forks import renew_in_children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.policies.unit import Unit

__all__ = ["MOST_UNITS", "OVERFLOW", "Units"]

MOST_UNITS = 1024
"""Keys of one policy that have a unit of their own."""

OVERFLOW = "<other keys>"
"""The key of the unit that the others share."""

_LOOKED_AT = 16


class Units:
    """The state behind the keys of one policy.

    Args:
        make: Makes the unit of a key; None is the key of a policy that has no `key=`.

    Attributes:
        isolated: Whether all of them are, and those to come.
        attempts: Attempts of one call, of the policy or variant that has most.
        overflowed: How often a key had to share a unit, because all of those that are kept were in use.
    """

    def __init__(self, make: Callable[[str | None], Unit]) -> None:
        self._make = make
        # Reentrant, since a finalizer or a signal handler that runs inside may make a guarded call, too.
        self._lock = threading.RLock()
        self._kept: OrderedDict[str | None, Unit] = OrderedDict()
        self.isolated: bool = False
        self.attempts: int = 0
        self.overflowed: int = 0
        renew_in_children(self)

    def renew(self) -> None:
        """Make a new lock, in a child that was just forked."""
        self._lock = threading.RLock()

    def widen(self, attempts: int) -> None:
        """Have budgets do for calls of so many attempts, those to come included."""
        self.attempts = max(self.attempts, attempts)
        for _, unit in self:
            if unit.purse is not None:
                unit.purse.widen(attempts)

    def of(self, key: str | None) -> Unit:
        """The unit of a key, made when it is first asked for."""
        with self._lock:
            unit = self._kept.get(key)
            if unit is not None:
                self._kept.move_to_end(key)
                return unit
            if len(self._kept) >= MOST_UNITS and not self._forget_one():
                self.overflowed += 1
                key = OVERFLOW
                unit = self._kept.get(key)
                if unit is not None:
                    return unit
            return self._kept.setdefault(key, self._make(key))

    def _forget_one(self) -> bool:
        for key, unit in list(islice(self._kept.items(), _LOOKED_AT)):
            if key is not None and unit.idle:
                del self._kept[key]
                return True
            self._kept.move_to_end(key)  # or else a few that are in use would hide all others
        return False

    def __iter__(self) -> Iterator[tuple[str | None, Unit]]:
        with self._lock:
            return iter(list(self._kept.items()))

    def __len__(self) -> int:
        return len(self._kept)
