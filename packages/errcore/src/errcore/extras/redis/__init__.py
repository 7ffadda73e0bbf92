# SPDX-License-Identifier: MIT
"""Counts in Redis, which workers of several hosts share: `Runtime(store="redis://host:6379/0")`.

Public names: `RedisStore`, and `open_store`, which makes one from an address.
"""

from __future__ import annotations

from errcore.extras.redis.store import RedisStore, open_store

__all__ = ["RedisStore", "open_store"]
