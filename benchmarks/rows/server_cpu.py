# SPDX-License-Identifier: MIT
"""What a FastAPI service on uvicorn costs per request: CPU time of the server's process, the kernel's part included.

The error path is that of the row in one process, `fastapi_domain_error`. On the success path the limit does what errcore
does: it takes over a caller's id or makes one, keeps it where the code of the endpoint finds it, and sends it back.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn  # noqa: F401 - without it the rows are left out
from fastapi import FastAPI

import errcore_fastapi
from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows import fastapi_domain_error
from benchmarks.rows.fastapi_by_hand import ids_in
from benchmarks.servers import JOBS, Host
from errcore import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["error", "failing", "succeeding", "success"]

_GATE = 1.1
_PATH = "/agents/a1"
_ids: ContextVar[Mapping[str, str] | None] = ContextVar("ids", default=None)


def error() -> Case:
    """The row for an endpoint that raises a declared error."""
    names = ["handler by hand", "errcore", *(("fastapi-problem",) if available("fastapi_problem") else ())]
    return _case("server cpu, error", "failing", names, fastapi_domain_error.LEFT_OUT)


def success() -> Case:
    """The row for an endpoint that gives an answer."""
    left_out = {"bare": "no id", "asgi-correlation-id": "another rule for ids"}
    return _case("server cpu, success", "succeeding", list(succeeding()), left_out)


def failing() -> dict[str, FastAPI]:
    """The applications of the error path."""
    return {name: app for name, app in fastapi_domain_error.applications().items() if name != "HTTPException"}


def succeeding() -> dict[str, FastAPI]:
    """The applications of the success path; the first two are the limit and errcore."""
    by_hand, ours = _bare(), _bare()
    by_hand.add_middleware(_Labelled)
    errcore_fastapi.install(ours, Runtime.production(service="agents"))
    found = {"middleware by hand": by_hand, "errcore": ours, "bare": _bare()}
    if available("asgi_correlation_id"):
        from asgi_correlation_id import CorrelationIdMiddleware

        # It warns of every id that is no UUID; that is no part of the job.
        logging.getLogger("asgi_correlation_id").setLevel(logging.ERROR)
        found["asgi-correlation-id"] = _bare()
        found["asgi-correlation-id"].add_middleware(CorrelationIdMiddleware)
    return found


def _bare() -> FastAPI:
    app = FastAPI()

    @app.get("/agents/{agent_id}")
    async def agent(agent_id: str) -> dict[str, str]:
        return {"agent_id": agent_id, "region": "eu"}

    return app


class _Labelled:
    """The middleware by hand."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        ids = ids_in(scope)
        label = (b"x-request-id", ids["request_id"].encode())

        async def send_labelled(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append(label)
            await send(message)

        token = _ids.set(ids)
        try:
            await self.app(scope, receive, send_labelled)
        finally:
            _ids.reset(token)


def _case(name: str, function: str, names: list[str], left_out: Mapping[str, str]) -> Case:
    host = Host(__name__, function, _PATH)
    limit, ours, *peers = (_column(host, each, left_out.get(each, "")) for each in names)
    return Case(
        name,
        limit=limit,
        ours=ours,
        gate=_GATE,
        peers=tuple(peers),
        around=host.serving,
        jobs=JOBS,
        timer=host.used,
    )


def _column(host: Host, name: str, differs: str) -> Column:
    seen: Callable[[], object] = partial(host.seen, name)
    return Column(name, host.volley, name, outcome=seen, differs=differs)
