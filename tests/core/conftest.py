# SPDX-License-Identifier: MIT
"""What many tests of the core begin with: health, the ways to make a guarded call, a Redis server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from policy_ways import WAYS

from errcore import events

if TYPE_CHECKING:
    from redis_server import RedisServer

    from errcore.monitor.health import Health, HealthChanged


@pytest.fixture
def health() -> Iterator[Health]:
    """Health that lets go of its event loop."""
    from errcore.monitor.health import Health

    made = Health()
    yield made
    made.close()


@pytest.fixture
def changes() -> Iterator[list[HealthChanged]]:
    """What is said of health while a test runs."""
    from errcore.monitor.health import HealthChanged

    seen: list[HealthChanged] = []
    with events.stream.subscribe(HealthChanged, seen.append):
        yield seen


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
