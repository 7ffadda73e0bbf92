# SPDX-License-Identifier: MIT
"""The agents behind FastAPI, with every way in which an error can arise.

Not one line here turns an exception into an answer or writes it to a log: that is `install`, at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import agents
import dependency
import httpx
from failures import (
    DOCS,
    AgentExists,
    AgentNotFound,
    ForeignAgent,
    HealthDataNotFound,
    ModelBusy,
    StoreUnavailable,
)
from fastapi import BackgroundTasks, FastAPI, HTTPException, Query, Request, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse
from intake import NewAgent
from planted import API_KEY, BEARER, DATABASE_URL, SHARD

import errcore_fastapi
from errcore import (
    AuthenticationError,
    DeadlineExceededError,
    InternalError,
    NotFoundError,
    RateLimitError,
    Runtime,
    UnavailableError,
    raises,
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep a client for the flaky dependency while the service runs."""
    app.state.addresses = dependency.start()
    async with httpx.AsyncClient(headers={"Authorization": BEARER}) as client:
        app.state.client = client
        yield


app = FastAPI(title="Agents and their health data", lifespan=lifespan)
app.add_middleware(
    CORSMiddleware, allow_origins=["https://app.example"], expose_headers=["X-Request-ID", "Retry-After"]
)


@app.get("/agents/{agent_id}")
@raises(AgentNotFound, ForeignAgent)
async def read_agent(agent_id: str) -> dict[str, str]:
    """One agent: there, missing, or in another workspace."""
    return {"id": agents.found(agent_id)}


@app.post("/agents", status_code=201)
@raises(AgentExists)
async def create_agent(agent: Annotated[NewAgent, errcore_fastapi.body(NewAgent)]) -> dict[str, str]:
    """A new agent, unless the document is not good or the name is taken."""
    return {"id": agents.created(agent.name)}


@app.get("/health/{agent_id}")
@raises(AgentNotFound, ForeignAgent, HealthDataNotFound)
async def health_data(
    agent_id: str, period: str = "last_7_days", limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> dict[str, object]:
    """Health data of a period."""
    return {**agents.health(agent_id, period), "limit": limit}


@app.get("/health/{agent_id}/history")
@raises(StoreUnavailable)
async def history(agent_id: str) -> None:
    """A database that cannot be read."""
    agents.history(agent_id)


@app.get("/health/{agent_id}/summary")
@raises(AgentNotFound, ForeignAgent, HealthDataNotFound)
async def summary(agent_id: str) -> None:
    """Two things at once, of which one fails: Python raises a group."""
    async with asyncio.TaskGroup() as both:
        both.create_task(health_data(agent_id, "last_7_days"))
        both.create_task(health_data(agent_id, "last_century"))


@app.post("/agents/{agent_id}/questions")
@raises(RateLimitError)
async def ask(agent_id: str) -> None:
    """A client over its limit."""
    agents.answer(agent_id)


@app.get("/upstream/{way}")
@raises(UnavailableError, DeadlineExceededError)
async def upstream(way: Literal["refuses", "hangs", "breaks", "overloaded"], request: Request) -> None:
    """A dependency that fails; httpx raises, and nobody here catches."""
    seconds = dependency.PATIENCE if way == "hangs" else 10.0
    answer = await request.app.state.client.get(request.app.state.addresses[way], timeout=seconds)
    answer.raise_for_status()


@app.get("/bugs/{bug}")
@raises(InternalError, UnavailableError)
async def bugs(bug: str) -> None:
    """Errors that nobody foresaw, or that are told to nobody but us."""
    if bug in ("driver", "lookup", "declared"):
        agents.stumble(bug)
    raise HTTPException(503, f"{SHARD} answered 'bad api key {API_KEY}'", {"Retry-After": "30"})


@app.get("/exports/{agent_id}")
async def export(agent_id: str) -> StreamingResponse:
    """A response that breaks when half of it is sent."""
    return StreamingResponse(agents.rows(agent_id), media_type="text/csv")


@app.post("/exports", status_code=202)
async def schedule(tasks: BackgroundTasks) -> dict[str, bool]:
    """A response that is complete before its background task fails."""

    async def work() -> None:
        raise RuntimeError(f"the exporter was refused: Authorization: {BEARER}")

    tasks.add_task(work)
    return {"scheduled": True}


@app.get("/old")
@raises(AuthenticationError)
async def old() -> None:
    """The framework's own exception, with headers."""
    raise HTTPException(401, "Sign in first.", {"WWW-Authenticate": 'Bearer realm="agents"'})


@app.websocket("/agents/{agent_id}/live")
async def live(websocket: WebSocket, agent_id: str) -> None:
    """A conversation: refused before it begins, or ended by what goes wrong in it."""
    agents.found(agent_id)
    await websocket.accept()
    if await websocket.receive_text() == "a question":
        raise ModelBusy(retry_after=3)
    raise RuntimeError(f"no model behind {DATABASE_URL}")


# --- A second application inside the first ---

admin = FastAPI(title="Administration")


@admin.get("/reports/{name}")
@raises(NotFoundError)
async def report(name: str) -> None:
    """An ad hoc error: what a caller's fault says is public."""
    raise NotFoundError("There is no such report.", details={"name": name})


app.mount("/admin", admin)


# --- The one call for each application ---

runtime = Runtime.from_env(service="agents", docs_url=DOCS)
errcore_fastapi.install(app, runtime)
errcore_fastapi.install(admin, runtime)
