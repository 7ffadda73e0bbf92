# SPDX-License-Identifier: MIT
"""A Redis server that is lost under a service: no request notices, health warns, and afterwards every count is there once."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from redis_relay import Relay
from redis_server import RedisServer

from errcore import ConflictError, Runtime, clock
from errcore.testing import FakeClock
from errcore_fastapi import install, mount_health


@pytest.fixture
def server(tmp_path):
    """A server of this test's own, since it is stopped."""
    found = RedisServer(tmp_path, requirepass="sesame")
    yield found
    found.resume()
    found.kill()


@pytest.fixture
def relay(server):
    """The line to it."""
    found = Relay(server.port)
    yield found
    found.close()


@pytest.fixture
def service(relay):
    """A client of an application that counts in Redis, and its runtime."""
    app = FastAPI()
    runtime = Runtime.for_tests(store=f"redis://:sesame@127.0.0.1:{relay.port}/0", log_level="critical")
    install(app, runtime)
    mount_health(app, authorize=lambda headers: True)

    @app.get("/jobs/{job}")
    def read_job(job: int):
        raise ConflictError("The job is running already.")

    with clock.using(FakeClock()), TestClient(app) as client, runtime:
        yield client, runtime


def change_password(server, password: str) -> None:
    """Those who are connected have to connect again, with this one."""
    with server.client() as client:
        client.config_set("requirepass", password)
        server.password = password
        client.client_kill_filter(_type="normal", skipme=True)


LOST = {
    "stuck": (lambda server, relay: server.pause(), lambda server, relay: server.resume()),
    "swallowed": (lambda server, relay: relay.swallow(), lambda server, relay: relay.mend()),
    "cut": (lambda server, relay: relay.cut(), lambda server, relay: relay.mend()),
    "refused": (
        lambda server, relay: change_password(server, "changed"),
        lambda server, relay: change_password(server, "sesame"),
    ),
}


@pytest.mark.usefixtures("no_policies")
@pytest.mark.parametrize(("lose", "find"), LOST.values(), ids=LOST)
def test_a_store_that_is_lost(lose, find, server, relay, service):
    """Requests are answered as ever; the monitor says that it knows a part; when the store is back it knows all."""
    client, runtime = service
    at = clock.current()
    for job in range(5):
        client.get(f"/jobs/{job}")
    assert runtime.monitor.stats()["total"] == 5

    lose(server, relay)
    assert {client.get(f"/jobs/{job}").status_code for job in range(5)} == {409}
    during = runtime.monitor.stats()
    assert (during["degraded"], during["scope"], during["total"]) == (True, "worker", 5)
    assert client.get("/health").json() == {"status": "warn"}
    assert client.get("/health/live").json() == {"status": "pass"}
    assert {client.get(f"/jobs/{job}").status_code for job in range(5)} == {409}

    find(server, relay)
    at.advance(10.0)
    after = runtime.monitor.stats()
    assert (after["degraded"], after["scope"], after["total"]) == (False, "cluster", 15)
    assert after["requests"]["by_outcome"]["client_error"] == 15
    assert client.get("/health").json() == {"status": "pass"}


@pytest.mark.usefixtures("no_policies")
def test_a_store_that_forgets(server, service):
    """A server that is started again with nothing is told what it was not told before, once; its own loss is its own."""
    client, runtime = service
    for _ in range(5):
        client.get("/jobs/1")
    runtime.flush()
    server.kill()
    for _ in range(5):
        assert client.get("/jobs/1").status_code == 409
    assert runtime.monitor.stats()["degraded"]
    server.start()
    clock.current().advance(10.0)

    after = runtime.monitor.stats()
    assert (after["degraded"], after["total"]) == (False, 5)
    assert after["requests"]["by_outcome"]["client_error"] == 5
    assert client.get("/health").json() == {"status": "pass"}
