# SPDX-License-Identifier: MIT
"""The conformance table against a plain ASGI application: in process and behind servers."""

from __future__ import annotations

import json

import pytest

from errcore import Runtime
from errcore.testing.conformance import BEHAVIOURS, CASES, LateError, Records, time_left
from errcore_asgi import ErrorMiddleware

CAPABILITIES = {"stream", "background", "deadline"}
ACTS = {behaviour.path: behaviour.act for behaviour in BEHAVIOURS if behaviour.act is not None}
MINE = [case for case in CASES if case.needs <= CAPABILITIES]


async def application(scope, receive, send) -> None:
    """Every behaviour that needs no framework."""
    if scope["type"] == "lifespan":
        for answer in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{answer}.complete"})
        return
    path = scope["path"]
    if path in ACTS:
        ACTS[path]()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    if path == "/stream":
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        raise LateError
    body = json.dumps(time_left()).encode() if path == "/timed" else b"done"
    await send({"type": "http.response.body", "body": body})
    if path == "/background":
        raise LateError


def build() -> ErrorMiddleware:
    """The application in the guard."""
    return ErrorMiddleware(application, Runtime.for_tests(log_level="critical"))


@pytest.mark.parametrize("http", ["none", "h11", "httptools", "hypercorn"])
@pytest.mark.parametrize("case", MINE, ids=str)
def test_plain_asgi_conforms(case, http, drivers) -> None:
    """A plain application passes every row that needs no framework."""
    with Records() as records:
        case.check(drivers(build, http), records)
