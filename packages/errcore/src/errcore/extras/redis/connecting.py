# SPDX-License-Identifier: MIT
"""A client from an address: impatient, without tries of its own, and silent about the address, which may hold a password.

The monitor has a store asked again a few seconds after it failed, so a client that tried again itself would only make its
thread wait.
"""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from errcore.errors.stock import ConfigurationError

__all__ = ["PATIENCE", "connected", "pool_of"]

PATIENCE = 0.1
"""Seconds for a connection, and for each answer."""


def pool_of(address: str) -> tuple[Any, str | None]:
    """A pool that has connected to nothing yet, and the prefix that the address names, if any.

    Raises:
        errcore.ConfigurationError: If the address is none.
    """
    try:
        made: Any = redis.ConnectionPool
        pool = made.from_url(
            address,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        prefix = pool.connection_kwargs.pop("prefix", None)
        pool.connection_class(**pool.connection_kwargs)  # which refuses options that there are none of
    except (ValueError, TypeError, redis.RedisError) as problem:
        raise ConfigurationError(
            f"Cannot keep counts in Redis, because its address is none ({type(problem).__name__}); pass one such as "
            '"redis://host:6379/0", "rediss://user:password@host:6380/0" or "unix:///run/redis.sock?db=0", with reserved '
            "signs of a password percent-encoded. It is not shown here, since it may hold one."
        ) from None  # whose text might show a part of it
    return pool, prefix


def connected(pool: Any) -> Any:
    """A client that has a pool for itself."""
    return redis.Redis.from_pool(pool)
