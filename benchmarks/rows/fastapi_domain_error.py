# SPDX-License-Identifier: MIT
"""A FastAPI endpoint raises a declared error: the answer is a problem, and one JSON line is logged.

The limit is a handler as one writes it: a coroutine function for that class, with an equal body, equal headers and an
equal line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Request

import errcore_fastapi
from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows.fastapi_by_hand import answer, ids_of, log_for
from benchmarks.rows.one_request import log_to_nowhere, observer, requester
from benchmarks.rows.service_by_hand import not_found
from errcore import NotFoundError, Runtime, internal, public

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["LEFT_OUT", "PATH", "applications", "domain_error"]

PATH = "/agents/a1"

LEFT_OUT = {
    "HTTPException": "a text, no id, no log line",
    "fastapi-problem": "no id, no log line",
}
"""What a peer does not do."""


class AgentMissing(NotFoundError, code="BENCH_AGENT_MISSING", message="No agent {agent_id} in {region}."):  # noqa: N818
    """What an application declares."""

    agent_id: str = public()
    region: str = public()
    user_id: str = internal()


class HandAgentMissing(Exception):  # noqa: N818
    """The same by hand."""

    def __init__(self, *, agent_id: str, region: str, user_id: str) -> None:
        self.agent_id = agent_id
        self.region = region
        self.user_id = user_id


def _with_errcore() -> FastAPI:
    app = FastAPI()

    @app.get("/agents/{agent_id}")
    async def agent(agent_id: str) -> None:
        raise AgentMissing(agent_id=agent_id, region="eu", user_id="u-77")

    errcore_fastapi.install(app, Runtime.production(service="agents"))
    return app


def _by_hand() -> FastAPI:
    app = FastAPI()

    @app.get("/agents/{agent_id}")
    async def agent(agent_id: str) -> None:
        raise HandAgentMissing(agent_id=agent_id, region="eu", user_id="u-77")

    @app.exception_handler(HandAgentMissing)
    async def handle(request: Request, exc: HandAgentMissing) -> Response:
        ids = ids_of(request)
        message = f"No agent {exc.agent_id} in {exc.region}."
        details = {"agent_id": exc.agent_id, "region": exc.region}
        log_for(
            "info",
            request,
            ids,
            exc,
            verdict={
                "code": "BENCH_AGENT_MISSING",
                "kind": "not_found",
                "fault": "caller",
                "status": 404,
                "message": message,
            },
            more={"details": details, "internal": {"details": {"user_id": exc.user_id}}},
        )
        body = not_found("BENCH_AGENT_MISSING", message, ids["request_id"], details)
        return answer(404, ids["request_id"], body)

    return app


def _http_exception() -> FastAPI:
    app = FastAPI()

    @app.get("/agents/{agent_id}")
    async def agent(agent_id: str) -> None:
        raise HTTPException(404, f"No agent {agent_id} in eu.")

    return app


def _fastapi_problem() -> FastAPI:
    from fastapi_problem.error import NotFoundProblem
    from fastapi_problem.handler import add_exception_handler, new_exception_handler

    app = FastAPI()

    @app.get("/agents/{agent_id}")
    async def agent(agent_id: str) -> None:
        raise NotFoundProblem(f"No agent {agent_id} in eu.", agent_id=agent_id, region="eu")

    add_exception_handler(app, new_exception_handler())
    return app


def applications() -> dict[str, FastAPI]:
    """The same service in several ways, by name; the first two are the limit and errcore."""
    found = {
        "handler by hand": _by_hand(),
        "errcore": _with_errcore(),
        "HTTPException": _http_exception(),
    }
    return {**found, "fastapi-problem": _fastapi_problem()} if available("fastapi_problem") else found


def domain_error() -> Case:
    """The row."""
    limit, ours, *peers = (
        Column(name, requester(app, PATH), outcome=observer(app, PATH), differs=LEFT_OUT.get(name, ""))
        for name, app in applications().items()
    )
    return Case(
        "fastapi domain error",
        limit=limit,
        ours=ours,
        gate=1.15,
        peers=tuple(peers),
        around=log_to_nowhere,
    )
