# SPDX-License-Identifier: MIT
"""What many tests of the core begin with: a clock that nobody waits for, the ways to make a guarded call, a Redis server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from policy_ways import WAYS

from errcore import clock
from errcore.testing import FakeClock

if TYPE_CHECKING:
    from redis_server import RedisServer


@pytest.fixture
def fake() -> Iterator[FakeClock]:
    """Time that takes none."""
    with clock.using(FakeClock()) as now:
        yield now


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """How the call is made."""
    return str(request.param)


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    from redis_server import RedisServer

    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def redis_server(_redis_server: RedisServer) -> RedisServer:
    """A real Redis server with nothing in it; skipped where there is no wheel with one."""
    with _redis_server.client() as client:
        client.flushall()
    return _redis_server
