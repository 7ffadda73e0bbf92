# SPDX-License-Identifier: MIT
"""The Redis store says what every store says."""

from __future__ import annotations

import pytest
from redis_server import RedisServer

from errcore.extras.redis import RedisStore
from errcore.testing.stores import STORE_CASES, StoreCase


@pytest.mark.parametrize("case", STORE_CASES, ids=str)
def test_redis(case: StoreCase, redis_server: RedisServer) -> None:
    """Each row of the table holds for a store in Redis."""
    case.check(lambda most_groups=512: RedisStore(redis_server.address, most_groups=most_groups))
