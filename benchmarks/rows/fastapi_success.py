# SPDX-License-Identifier: MIT
"""A FastAPI endpoint succeeds: what errcore costs where nothing goes wrong.

The limit is the same application without anything. What errcore adds to the answer, the request id, is not compared:
the row is there to say what that and the guards cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi import FastAPI

import errcore_fastapi
from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows.one_request import log_to_nowhere, observer, requester
from errcore import Runtime

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["success"]

_PATH = "/agents/a1"


async def agent(agent_id: str) -> dict[str, str]:
    """The endpoint."""
    return {"agent_id": agent_id, "region": "eu"}


def _bare() -> FastAPI:
    app = FastAPI()
    app.get("/agents/{agent_id}")(agent)
    return app


def _with_errcore() -> FastAPI:
    app = _bare()
    errcore_fastapi.install(app, Runtime.production(service="agents"))
    return app


def _with_base_http_middleware() -> FastAPI:
    app = _bare()

    @app.middleware("http")
    async def label(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["X-Request-ID"] = uuid4().hex
        return response

    return app


def _column(name: str, app: FastAPI) -> Column:
    return Column(name, requester(app, _PATH), outcome=observer(app, _PATH, headers=False))


def success() -> Case:
    """The row."""
    peers = [_column("BaseHTTPMiddleware with an id", _with_base_http_middleware())]
    if available("asgi_correlation_id"):
        from asgi_correlation_id import CorrelationIdMiddleware

        labelled = _bare()
        labelled.add_middleware(CorrelationIdMiddleware)
        peers.append(_column("asgi-correlation-id", labelled))
    return Case(
        "fastapi success",
        limit=_column("bare", _bare()),
        ours=_column("errcore", _with_errcore()),
        gate=1.15,
        peers=tuple(peers),
        around=log_to_nowhere,
    )
