# SPDX-License-Identifier: MIT
"""A Redis server that gets stuck under a service: no request notices, health warns, and afterwards every count is there once."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis_server import RedisServer

from errcore import ConflictError, Runtime, clock
from errcore.testing import FakeClock
from errcore_fastapi import install, mount_health


@pytest.fixture
def server(tmp_path):
    """A server of this test's own, since it is stopped."""
    found = RedisServer(tmp_path)
    yield found
    found.resume()
    found.kill()


@pytest.fixture
def service(server):
    """A client of an application that counts in Redis, and its runtime."""
    app = FastAPI()
    runtime = Runtime.for_tests(store=server.address, log_level="critical")
    install(app, runtime)
    mount_health(app, authorize=lambda headers: True)

    @app.get("/jobs/{job}")
    def read_job(job: int):
        raise ConflictError("The job is running already.")

    with clock.using(FakeClock()), TestClient(app) as client, runtime:
        yield client, runtime


@pytest.mark.usefixtures("no_policies")
def test_a_store_that_gets_stuck(server, service):
    """Requests are answered as ever; the monitor says that it knows a part; when the store is back it knows all."""
    client, runtime = service
    at = clock.current()
    for job in range(5):
        client.get(f"/jobs/{job}")
    assert runtime.monitor.stats()["total"] == 5

    server.pause()
    assert {client.get(f"/jobs/{job}").status_code for job in range(5)} == {409}
    during = runtime.monitor.stats()
    assert (during["degraded"], during["scope"], during["total"]) == (True, "worker", 5)
    assert client.get("/health").json() == {"status": "warn"}
    assert client.get("/health/live").json() == {"status": "pass"}
    assert {client.get(f"/jobs/{job}").status_code for job in range(5)} == {409}

    server.resume()
    at.advance(10.0)
    after = runtime.monitor.stats()
    assert (after["degraded"], after["scope"], after["total"]) == (False, "cluster", 15)
    assert after["requests"]["by_outcome"]["client_error"] == 15
    assert client.get("/health").json() == {"status": "pass"}
