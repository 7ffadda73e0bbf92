# SPDX-License-Identifier: MIT
"""Where counts are kept: in memory, in a file of SQLite that the workers of a host share, or in Redis.

Public names: `Store`, `Scope`, `Snapshot`, `GroupChanged`, `MemoryStore`, and `open_store`, which makes one from an address.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line
from errcore.monitor.stores.memory import MemoryStore
from errcore.monitor.stores.protocol import GroupChanged, Scope, Snapshot, Store

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GroupChanged", "MemoryStore", "Scope", "Snapshot", "Store", "open_store"]

_HOME = {
    "sqlite": "errcore.monitor.stores.sqlite",
    "redis": "errcore.extras.redis",
    "rediss": "errcore.extras.redis",
    "unix": "errcore.extras.redis",
}
"""Scheme of an address -> the module whose `open_store(address)` makes the store."""


def open_store(address: object) -> Store:
    """A store from its address; nothing is connected or written before it is used.

    Args:
        address: "memory://", "sqlite:///errors.db" (three slashes and a path relative to the working directory, four for an
            absolute one), "redis://host:6379/0"; or a store, which is given back.

    Raises:
        errcore.ConfigurationError: If there is no such store, or a library that it needs is missing. An address may hold a
            password, so only its scheme is told.

    >>> type(open_store("memory://")).__name__
    'MemoryStore'
    """
    if type(address) is not str:
        if callable(getattr(address, "apply", None)) and callable(getattr(address, "read", None)):
            return cast("Store", address)
        raise ConfigurationError(
            f"Cannot keep counts in a {type(address).__name__}, because it is no store; pass an address such as "
            '"sqlite:///errors.db", or an object with the methods of errcore.monitor.Store.'
        )
    scheme, colon, _ = address.partition(":")
    if scheme == "memory":
        return MemoryStore()
    home = _HOME.get(scheme)
    if home is None:
        told = f"{one_line(scheme, 20)}://" if colon else "an address without a scheme"
        raise ConfigurationError(
            f"Cannot keep counts at {told}, because there is no such store; use memory, {', '.join(_HOME)}."
        )
    try:
        make: Callable[[str], Store] = import_module(home).open_store
    except ImportError as missing:
        library = str(missing.name).partition(".")[0]
        raise ConfigurationError(
            f"Cannot keep counts at {scheme}://, because {library} is not installed; pip install 'errcore[{library}]'."
        ) from missing
    return make(address)
