# SPDX-License-Identifier: MIT
"""The units of one policy: one, or one for each key, of which a bounded number is kept.

A key comes from the arguments of calls, so anybody may send a million of them. Only a unit that nobody would miss is
forgotten: its breaker is closed and nobody is inside. Where all are busy, the newest keys share one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING

from errcore.forks import renew_in_children
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from errcore.policies.unit import Unit

__all__ = ["MOST_KEYS", "Units", "key_of"]

MOST_KEYS = 1024
_LOOKED_AT = 16
_KEY_LENGTH = 128  # characters
_LOOKED_INTO = 4096  # characters of what is neither a text nor bytes
OVERFLOW = "<other keys>"


def key_of(value: object) -> str:
    """A key as a text: bounded, one line, the same for the same value.

    What is too long ends with a digest of all of it, so that two keys which begin alike stay apart.

    >>> key_of("shard-3"), key_of(7), key_of(b"shard-3")
    ('shard-3', '7', 'shard-3')
    >>> len(key_of("x" * 10_000)), key_of("x" * 10_000) == key_of("x" * 10_001)
    (128, False)
    """
    given = value.decode("latin-1") if type(value) is bytes else value
    text = one_line(given, _LOOKED_INTO)
    if len(text) <= _KEY_LENGTH:
        return text
    whole = given if type(given) is str else text
    digest = blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{text[: _KEY_LENGTH - 17]}~{digest}"


class Units:
    """The state behind the keys of one policy.

    Args:
        make: Makes the unit of a key; None is the key of a policy that has no `key=`.

    Attributes:
        isolated: Whether all of them are, and those to come.
    """

    def __init__(self, make: Callable[[str | None], Unit]) -> None:
        self._make = make
        # Reentrant, since a finalizer or a signal handler that runs inside may make a guarded call, too.
        self._lock = threading.RLock()
        self._kept: OrderedDict[str | None, Unit] = OrderedDict()
        self.isolated: bool = False
        renew_in_children(self)

    def renew(self) -> None:
        """Make a new lock, in a child that was just forked."""
        self._lock = threading.RLock()

    def of(self, key: str | None) -> Unit:
        """The unit of a key, made when it is first asked for."""
        with self._lock:
            unit = self._kept.get(key)
            if unit is not None:
                self._kept.move_to_end(key)
                return unit
            if len(self._kept) >= MOST_KEYS and not self._forget_one():
                key = OVERFLOW
                unit = self._kept.get(key)
                if unit is not None:
                    return unit
            return self._kept.setdefault(key, self._make(key))

    def _forget_one(self) -> bool:
        oldest = list(islice(self._kept.items(), _LOOKED_AT))
        found = next((key for key, unit in oldest if key is not None and unit.idle), None)
        if found is None:
            return False
        del self._kept[found]
        return True

    def __iter__(self) -> Iterator[tuple[str | None, Unit]]:
        with self._lock:
            return iter(list(self._kept.items()))

    def __len__(self) -> int:
        return len(self._kept)
