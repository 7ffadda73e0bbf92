# SPDX-License-Identifier: MIT
"""Health in front of FastAPI and Starlette, in process and on a real server whose dependencies hang."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from errcore import Runtime
from errcore_fastapi import install, mount_health

pytestmark = pytest.mark.usefixtures("no_policies")

BEARER = {"Authorization": "Bearer b"}


def bearer(headers):
    """Who may read the details."""
    return headers.get("authorization") == "Bearer b"


def test_a_service_whose_dependencies_hang(serving) -> None:
    """On a real socket: live while everything is held, ready by what was marked, and each check begun once.

    The checks began when the server started; a coroutine runs in the server's loop.
    """
    held, begun, loops = threading.Event(), [], []
    app, runtime = FastAPI(), Runtime(service="agents", log_level="critical")
    install(app, runtime)
    mount_health(app, authorize=bearer)

    @runtime.health.check("database", gates_readiness=True)
    def database():
        begun.append("database")
        held.wait()
        raise ConnectionRefusedError("db-1.internal")

    @runtime.health.check("cache")
    async def cache():
        loops.append(asyncio.get_running_loop())

    @app.get("/loop")
    async def loop():
        return loops == [asyncio.get_running_loop()]

    with serving(app, lifespan="on") as address, httpx.Client(trust_env=False, base_url=address) as client:
        live = [client.get("/health/live") for _ in range(8)]
        ready = [client.get("/health") for _ in range(8)]
        detail = client.get("/health/detail", headers=BEARER).json()
        same = client.get("/loop").json()
        assert not held.is_set()
        held.set()

    assert {each.status_code for each in live} == {200}
    assert {each.status_code for each in ready} == {503}
    assert {each.content for each in live} == {b'{"status":"pass"}'}
    assert {each.content for each in ready} == {b'{"status":"fail"}'}
    assert live[0].headers["content-type"] == "application/health+json"
    assert live[0].headers["cache-control"] == "no-store"
    assert begun == ["database"]
    assert detail["checks"]["cache:responseTime"][0]["status"] == "pass"
    assert same is True
    assert runtime.health.ready().note == "shutting down"
    runtime.close()


@pytest.mark.parametrize("installed_first", [True, False])
def test_it_is_outside_of_everything(runtime, installed_first) -> None:
    """No middleware of the application, no host check and no guard stands before a probe."""
    app = FastAPI()
    if installed_first:
        install(app, runtime)
    mount_health(app, runtime)
    if not installed_first:
        install(app, runtime)

    async def burn(request, call_next):
        raise OSError("the session store is gone")

    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["api.example.com"])
    app.add_middleware(BaseHTTPMiddleware, dispatch=burn)
    client = TestClient(app, raise_server_exceptions=False)

    assert client.get("/health").json() == {"status": "pass"}
    assert client.get("/anything").status_code == 500


def test_unknown_paths_are_the_applications(runtime) -> None:
    """The details, for those who may not read them, are answered as any unknown path is."""
    app = FastAPI()
    install(app, runtime)
    mount_health(app, authorize=bearer)

    @app.get("/health/data")
    async def data():
        return ["of the application"]

    client = TestClient(app)
    same = {"X-Request-ID": "r1"}
    hidden, unknown = (client.get(path, headers=same) for path in ("/health/detail", "/health/nowhere"))

    assert client.get("/health/data").json() == ["of the application"]
    assert (hidden.status_code, hidden.content, hidden.headers) == (404, unknown.content, unknown.headers)
    assert client.get("/health/detail", headers=BEARER).status_code == 200
    assert client.post("/health").status_code == 405
    assert client.head("/health").content == b""


def test_no_part_of_the_openapi_document(runtime) -> None:
    """Probes are no clients."""
    app = FastAPI()
    mount_health(app, runtime)

    assert app.openapi()["paths"] == {}


def test_starlette_mounted_and_below_a_root_path(runtime) -> None:
    """Each application answers for itself, at its own part of the path."""
    inner, app = Starlette(), Starlette()
    mount_health(inner, runtime, "/-/health/")
    mount_health(app, runtime)
    app.mount("/v1", inner)

    for root in ("", "/proxy"):
        client = TestClient(app, root_path=root)
        assert client.get(f"{root}/health/live").status_code == 200
        assert client.get(f"{root}/v1/-/health/live").status_code == 200
        assert client.get(f"{root}/v1/health/live").status_code == 404


def test_what_makes_no_sense_is_refused(runtime) -> None:
    """Where it is written: a runtime, a path, an authorize, and an application that has started."""
    with pytest.raises(TypeError, match="because it is a str"):
        mount_health(FastAPI(), "production")
    with pytest.raises(ValueError, match="Cannot serve health at"):
        mount_health(FastAPI(), runtime, "/")
    with pytest.raises(TypeError, match="Cannot use this authorize"):
        mount_health(FastAPI(), runtime, authorize=7)
    app = FastAPI()
    TestClient(app).get("/")
    with pytest.raises(RuntimeError, match="the application has started"):
        mount_health(app, runtime)
