# SPDX-License-Identifier: MIT
"""A second service, in front of the agents: their errors arrive as `RemoteError`, and leave as its own.

What an upstream says is for us to read. Our own client reads 502, unless we say what it means here.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from failures import DOCS, HealthDataNotFound
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

import errcore
import errcore_fastapi
from errcore import NotFoundError, RemoteError, Runtime, context, internal, public
from errcore.errors import Told


class ReportMissing(NotFoundError, code="DESK_REPORT_NOT_FOUND", message="There is no report on {period}."):
    """Nobody has measured anything in that period. Remedy: ask for another one."""

    period: str = public()
    upstream: Told | None = internal(default=None)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep a client for the agents while the service runs."""
    async with httpx.AsyncClient(base_url=os.environ["AGENTS_URL"], timeout=30.0) as client:
        app.state.client = client
        yield


app = FastAPI(title="The front desk", lifespan=lifespan)
app.add_middleware(
    CORSMiddleware, allow_origins=["https://app.example"], expose_headers=["X-Request-ID", "Retry-After"]
)


async def agents(method: str, path: str, **query: str) -> Any:
    """What the agents' service answers; its request gets an id of its own, and ours to know it by."""
    ids = context.current().ids
    headers = {"X-Correlation-ID": ids.request_id} if ids else None
    answer = await app.state.client.request(method, path, params=query, headers=headers)
    if answer.is_error:
        raise errcore.from_response(answer.status_code, answer.headers, answer.content, service="agents")
    return answer.json()


@app.get("/known/{agent_id}")
async def known(agent_id: str) -> dict[str, bool]:
    """Here, a missing agent is an answer like any other."""
    try:
        await agents("GET", f"/agents/{agent_id}")
    except RemoteError as error:
        if not error.is_not_found:
            raise
        return {"known": False}
    return {"known": True}


@app.get("/reports/{agent_id}")
async def report(agent_id: str, period: str) -> Any:
    """One code of the upstream means something here; every other one is a failure of a dependency."""
    try:
        return await agents("GET", f"/health/{agent_id}", period=period)
    except RemoteError as error:
        if error.code == HealthDataNotFound.code:
            raise ReportMissing(period=period, upstream=error.upstream) from error
        raise


@app.get("/badges/{agent_id}")
async def badge(agent_id: str) -> Any:
    """Nothing is said about errors, so none of the upstream's gets through."""
    return await agents("GET", "/old" if agent_id == "a1" else f"/agents/{agent_id}")


@app.post("/questions/{agent_id}")
async def question(agent_id: str) -> Any:
    """Who is told to wait, and how long, is our client: it reads 503 here, and the same seconds."""
    return await agents("POST", f"/agents/{agent_id}/questions")


errcore_fastapi.install(app, Runtime.from_env(service="desk", docs_url=DOCS))
