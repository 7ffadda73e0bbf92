# SPDX-License-Identifier: MIT
"""A client from an address: impatient, without tries of its own, and silent about the address, which may hold a password.

The monitor has a store asked again a few seconds after it failed, so a client that tried again itself would only make its
thread wait.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException
from redis.retry import Retry

from errcore.errors.dependencies import StorageError
from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["PATIENCE", "asking", "connected", "pool_of"]

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
            '"redis://host:6379/0", "rediss://host:6380/0" or "unix:///run/redis.sock?db=0". Credentials go between the two '
            "slashes and the host: the name of the user, a colon, what is secret, with its reserved signs percent-encoded, "
            "and an at sign. The address is not shown here, since it may hold them."
        ) from None  # whose text might show a part of it
    return pool, prefix


def connected(pool: Any) -> Any:
    """A client that has a pool for itself."""
    return redis.Redis.from_pool(pool)


_REASONS: tuple[tuple[type[Exception], str, str], ...] = (
    (redis.TimeoutError, "the server did not answer in time", "ask again; a batch counts once"),
    (
        redis.AuthenticationError,
        "the server does not know these credentials",
        "pass those of one of its users",
    ),
    (redis.ConnectionError, "the server cannot be reached", "start it, or pass the address of one that runs"),
    (redis.ReadOnlyError, "the server only lets itself be read", "pass the address of one that takes writes"),
    (redis.OutOfMemoryError, "the server has no room for more", "give it more memory"),
)
"""What is raised -> why, and what to do; the first that fits holds."""


@contextmanager
def asking() -> Generator[None]:
    """What a client raises in this block is an error of the store, without the address; the client's own is its cause.

    Raises:
        errcore.StorageError: If the server does not answer, or refuses.
    """
    try:
        yield
    except (redis.RedisError, RedisClusterException) as problem:
        refused = (
            f"the server or its client refused ({type(problem).__name__})",
            "look at the cause of this error",
        )
        why, remedy = next(
            ((why, remedy) for each, why, remedy in _REASONS if isinstance(problem, each)), refused
        )
        raise StorageError(
            f"Cannot keep counts in Redis, because {why}; {remedy}.", service="redis"
        ) from problem
