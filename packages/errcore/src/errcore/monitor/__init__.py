# SPDX-License-Identifier: MIT
"""What has happened: exact counts of errors and requests in bounded memory, and what they say about a service.

`Monitor` counts and tells; a store keeps the counts, in memory, in a file that the workers of a host share, or in Redis.
Groups are named by what the code says and never by what a request says, so a flood of hostile input grows nothing.

Public names: `Monitor`, `Stats` with `Rates`, `Requests`, `RouteStats` and `TopGroup`; `Group`, `GroupState`, `GroupFacts`,
`GroupChanged`, `Change`, `EventRecord`, `Audience`, `StoreStatus`; the stores `MemoryStore`, `SQLiteStore` and `open_store`; for
those who write one `Store`, `Batch`, `GroupCounts`, `Snapshot`, `Scope`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore.monitor.batches import Batch, GroupCounts, GroupFacts
    from errcore.monitor.capture import Monitor
    from errcore.monitor.groups import Change, Group, GroupState
    from errcore.monitor.records import Audience, EventRecord
    from errcore.monitor.statistics import Rates, Requests, RouteStats, Stats, TopGroup
    from errcore.monitor.stores import MemoryStore, open_store
    from errcore.monitor.stores.protocol import GroupChanged, Scope, Snapshot, Store
    from errcore.monitor.stores.sqlite import SQLiteStore
    from errcore.monitor.telling import StoreStatus

_HOME = {
    "Audience": "errcore.monitor.records",
    "Batch": "errcore.monitor.batches",
    "Change": "errcore.monitor.groups",
    "EventRecord": "errcore.monitor.records",
    "Group": "errcore.monitor.groups",
    "GroupChanged": "errcore.monitor.stores.protocol",
    "GroupCounts": "errcore.monitor.batches",
    "GroupFacts": "errcore.monitor.batches",
    "GroupState": "errcore.monitor.groups",
    "MemoryStore": "errcore.monitor.stores",
    "Monitor": "errcore.monitor.capture",
    "Rates": "errcore.monitor.statistics",
    "Requests": "errcore.monitor.statistics",
    "RouteStats": "errcore.monitor.statistics",
    "SQLiteStore": "errcore.monitor.stores.sqlite",
    "Scope": "errcore.monitor.stores.protocol",
    "Snapshot": "errcore.monitor.stores.protocol",
    "Stats": "errcore.monitor.statistics",
    "Store": "errcore.monitor.stores.protocol",
    "StoreStatus": "errcore.monitor.telling",
    "TopGroup": "errcore.monitor.statistics",
    "open_store": "errcore.monitor.stores",
}

__all__ = [
    "Audience",
    "Batch",
    "Change",
    "EventRecord",
    "Group",
    "GroupChanged",
    "GroupCounts",
    "GroupFacts",
    "GroupState",
    "MemoryStore",
    "Monitor",
    "Rates",
    "Requests",
    "RouteStats",
    "SQLiteStore",
    "Scope",
    "Snapshot",
    "Stats",
    "Store",
    "StoreStatus",
    "TopGroup",
    "open_store",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Fetch a public name when it is first asked for; Python keeps it from then on (PEP 562)."""
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(home), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Also the names that were not fetched yet."""
        return sorted({*globals(), *__all__})
