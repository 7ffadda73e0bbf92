# SPDX-License-Identifier: MIT
"""Where counts are kept: in memory, in a file of SQLite that the workers of a host share, or in Redis.

Public names: `Store`, `Scope`, `Snapshot`, `GroupChanged`, `MemoryStore`, and `open_store`, which makes one from an address.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, cast

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line
from errcore.monitor.stores.memory import MemoryStore
from errcore.monitor.stores.protocol import GroupChanged, Scope, Snapshot, Store

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GroupChanged", "MemoryStore", "Scope", "Snapshot", "Store", "open_store"]

_HOMES: dict[str, tuple[str, str | None]] = {
    "sqlite": ("errcore.monitor.stores.sqlite", None),
    "redis": ("errcore.extras.redis", "redis"),
    "rediss": ("errcore.extras.redis", "redis"),
    "unix": ("errcore.extras.redis", "redis"),
}
"""Scheme of an address -> the module whose `open_store(address)` makes the store, and the extra with its library, if any.

An extra has the name of its library.
"""

_ADDRESSES = (
    '"memory://", "sqlite:///errors.db", "redis://host:6379/0", "rediss://host:6380/0" or '
    '"unix:///run/redis.sock?db=0"'
)
_METHODS = ("apply", "read", "samples", "set_state", "purge", "renew", "close")
_FILE = re.compile(r"[\w./-]{1,60}\.(?:db|sqlite3?)")


def open_store(address: object) -> Store:
    """A store from its address; nothing is connected or written before it is used.

    Args:
        address: "memory://", "sqlite:///errors.db" (three slashes and a path relative to the working directory, four for an
            absolute one), "redis://host:6379/0"; or a store, which is given back.

    Raises:
        errcore.ConfigurationError: If there is no such store, or the library of its extra is missing. An address may
            hold a password, so only its scheme is told.
        ImportError: If something else that it needs cannot be imported.

    >>> type(open_store("memory://")).__name__
    'MemoryStore'
    """
    if type(address) is not str:
        return _given(address)
    scheme, colon, _ = address.partition(":")
    if scheme == "memory":
        return MemoryStore()
    if not colon:
        # What has the name of a file is no secret; anything else may be.
        path = address if _FILE.fullmatch(address) else "errors.db"
        raise ConfigurationError(
            f'Cannot keep counts at an address without a scheme, because there is no such store; write "sqlite:///{path}" '
            f"for a file, or another address: {_ADDRESSES}."
        )
    if scheme not in _HOMES:
        raise ConfigurationError(
            f"Cannot keep counts at {one_line(scheme, 20)}://, because there is no such store; write {_ADDRESSES}."
        )
    home, extra = _HOMES[scheme]
    try:
        make: Callable[[str], Store] = import_module(home).open_store
    except ModuleNotFoundError as missing:
        if extra is None or missing.name != extra:
            raise  # something else is broken, and no extra would mend it
        raise ConfigurationError(
            f"Cannot keep counts at {scheme}://, because {extra} is not installed; pip install 'errcore[{extra}]'."
        ) from missing
    return make(address)


def _given(store: object) -> Store:
    missing = [name for name in _METHODS if not callable(getattr(store, name, None))]
    if not hasattr(store, "scope"):
        missing.append("scope")
    if not missing:
        return cast("Store", store)
    why = "is no store" if len(missing) > len(_METHODS) else f"has no {', '.join(missing)}"
    raise ConfigurationError(
        f"Cannot keep counts in a {type(store).__name__}, because it {why}; pass an address such as "
        '"sqlite:///errors.db", or an object with all that errcore.monitor.Store has.'
    )
