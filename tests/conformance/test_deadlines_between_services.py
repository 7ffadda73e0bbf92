# SPDX-License-Identifier: MIT
"""Deadlines over real sockets: from service to service, and from one request to the next on the same connection."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time

import httpx
import pytest
from fastapi import FastAPI, Request

import errcore_fastapi
from errcore import Retry, UnavailableError, policy, remaining
from errcore.policies import ATTEMPT_HEADER, DEADLINE_HEADER, outgoing_headers


def port_of(driver) -> int:
    return driver._address[1]


@pytest.mark.parametrize("server", ["h11", "httptools", "hypercorn"])
def test_next_request_on_a_connection_of_fastapi(server, serve, runtime) -> None:
    """It has no deadline of its predecessor's, and a refusal keeps the connection."""
    app = FastAPI()
    errcore_fastapi.install(app, runtime)

    @app.get("/left")
    def left():
        return {"left": remaining()}

    seen = []
    with serve(app, server) as driver:
        connection = http.client.HTTPConnection("127.0.0.1", port_of(driver), timeout=10)
        for wait in ("60000", None, "0", None):
            connection.request("GET", "/left", headers={} if wait is None else {DEADLINE_HEADER: wait})
            answer = connection.getresponse()
            seen.append((answer.status, json.loads(answer.read()).get("left")))
            assert connection.sock is not None, "the server has closed the connection"
        connection.close()

    assert 0 < seen[0][1] <= 60
    assert seen[1:] == [(200, None), (504, None), (200, None)]


def caller(runtime, port, name):
    """A service that asks another, with two seconds for each question and three attempts."""
    app = FastAPI()
    errcore_fastapi.install(app, runtime)
    prices = policy(name, retry=Retry(3, initial=0.001), budget=None, timeout=2.0)

    @prices
    async def ask(path):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            answer = await client.get(path, headers=outgoing_headers(), timeout=remaining())
        if answer.status_code == 503:
            raise UnavailableError
        return answer.json()

    @app.get("/{path}")
    async def relayed(path: str):
        told = await ask(f"/{path}")
        return {**told, "here": remaining()}

    return app


def test_each_service_has_what_its_caller_has_left(serve, runtime) -> None:
    """Three hops: never more than the one before, whatever a policy in between allows."""
    last = FastAPI()
    errcore_fastapi.install(last, runtime)

    @last.get("/left")
    def left():
        return {"left": remaining()}

    with serve(last, "h11") as end, serve(caller(runtime, port_of(end), "hops"), "httptools") as middle:
        for wait, most in (("1900", 1.9), ("60000", 2.0), (None, 2.0)):
            headers = {} if wait is None else {DEADLINE_HEADER: wait}
            told = httpx.get(
                f"http://127.0.0.1:{port_of(middle)}/left", headers=headers, trust_env=False
            ).json()
            assert 0 < told["left"] <= most
            assert (told["here"] is None) is (wait is None)


def test_retries_are_numbered_on_the_wire(serve, runtime) -> None:
    """The receiver can tell a retry from a first attempt, and has less time for each."""
    last, seen = FastAPI(), []
    errcore_fastapi.install(last, runtime)

    @last.get("/flaky")
    def flaky(request: Request):
        seen.append((request.headers.get(ATTEMPT_HEADER), remaining()))
        if len(seen) < 3:
            raise UnavailableError
        return {"left": remaining()}

    with serve(last, "h11") as end, serve(caller(runtime, port_of(end), "numbered-hops"), "h11") as middle:
        assert httpx.get(f"http://127.0.0.1:{port_of(middle)}/flaky", trust_env=False).status_code == 200

    assert [number for number, _ in seen] == [None, "2", "3"]
    lefts = [left for _, left in seen]
    assert lefts == sorted(lefts, reverse=True)


def test_caller_gets_its_answer_in_its_time(serve, runtime) -> None:
    """A dependency that hangs costs 300 ms where that is what the client waits, not the two seconds of the policy."""
    last, left = FastAPI(), threading.Event()

    @last.get("/hangs")
    async def hangs():
        while not left.is_set():  # noqa: ASYNC110 - the event is another thread's
            await asyncio.sleep(0.01)

    with serve(last, "h11") as end, serve(caller(runtime, port_of(end), "hanging-hops"), "h11") as middle:
        begun = time.monotonic()
        answer = httpx.get(
            f"http://127.0.0.1:{port_of(middle)}/hangs", headers={DEADLINE_HEADER: "300"}, trust_env=False
        )
        took = time.monotonic() - begun
        left.set()

    assert (answer.status_code, answer.json()["code"]) == (504, "DEADLINE_EXCEEDED")
    assert 0.25 < took < 1.9
