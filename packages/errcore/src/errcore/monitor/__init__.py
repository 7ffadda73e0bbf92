# SPDX-License-Identifier: MIT
"""What has happened: exact counts of errors and requests in bounded memory, and what they say about a service.

`Monitor` counts and tells; a store keeps the counts, in memory, in a file that the workers of a host share, or in Redis.
Groups are named by what the code says and never by what a request says, so a flood of hostile input grows nothing.

Public names: `Monitor`, `Stats` with `Rates`, `Requests`, `RouteStats` and `TopGroup`; `Group`, `GroupState`, `GroupFacts`,
`GroupChanged`, `Change`, `EventRecord`, `Audience`, `StoreStatus`; the stores `MemoryStore`, `SQLiteStore` and `open_store`; for
those who write one `Store`, `Batch`, `GroupCounts`, `Snapshot`, `Scope`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.lazily import fetching

if TYPE_CHECKING:
    from errcore.monitor.batches import Batch, GroupCounts, GroupFacts
    from errcore.monitor.capture import Monitor
    from errcore.monitor.groups import Change, Group, GroupState
    from errcore.monitor.records import Audience, EventRecord
    from errcore.monitor.statistics import Rates, Requests, RouteStats, Stats, TopGroup
    from errcore.monitor.stores import MemoryStore, open_store
    from errcore.monitor.stores.protocol import GroupChanged, Scope, Snapshot, Store
    from errcore.monitor.stores.sqlite import SQLiteStore
    from errcore.monitor.telling.teller import StoreStatus

_HOME = {
    "Audience": "records",
    "Batch": "batches",
    "Change": "groups",
    "EventRecord": "records",
    "Group": "groups",
    "GroupChanged": "stores.protocol",
    "GroupCounts": "batches",
    "GroupFacts": "batches",
    "GroupState": "groups",
    "MemoryStore": "stores",
    "Monitor": "capture",
    "Rates": "statistics",
    "Requests": "statistics",
    "RouteStats": "statistics",
    "SQLiteStore": "stores.sqlite",
    "Scope": "stores.protocol",
    "Snapshot": "stores.protocol",
    "Stats": "statistics",
    "Store": "stores.protocol",
    "StoreStatus": "telling.teller",
    "TopGroup": "statistics",
    "open_store": "stores",
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

if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them
    __getattr__, __dir__ = fetching(__name__, _HOME)
