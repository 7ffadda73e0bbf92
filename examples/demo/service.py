# SPDX-License-Identifier: MIT
"""An API about agents and their health data, with every way in which an error can arise.

Not one line here turns an exception into an answer or writes it to a log: that is `install`, at the end.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from dependency import running
from fastapi import BackgroundTasks, FastAPI, HTTPException, Query, Request, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse
from planted import API_KEY, BEARER, DATABASE_URL, SESSION, SHARD, USER
from pydantic import BaseModel, Field, SecretStr

import errcore_fastapi
from errcore import (
    AlreadyExistsError,
    InternalError,
    NotFoundError,
    RateLimitError,
    Runtime,
    UnavailableError,
    WorkspaceIsolationError,
    doing,
    internal,
    map_exception,
    public,
    secret,
)

# --- What can go wrong, declared once ---


class AgentNotFound(NotFoundError, code="HEALTH_AGENT_NOT_FOUND", message="There is no such agent."):
    """The caller's workspace has no agent of this id. Remedy: list the agents first."""


class ForeignAgent(WorkspaceIsolationError, code="HEALTH_WORKSPACE_DENIED", answers_as=AgentNotFound):
    """The agent belongs to another workspace, which the caller must not be able to tell from a missing id."""


class AgentExists(
    AlreadyExistsError, code="HEALTH_AGENT_ALREADY_EXISTS", message="An agent named {name} exists."
):
    """Names are unique in a workspace. Remedy: choose another name."""

    name: str = public()


class HealthDataNotFound(NotFoundError, code="HEALTH_DATA_NOT_FOUND", message="No health data for {period}."):
    """No records exist for the requested period. Remedy: choose one of `available`."""

    period: str = public()
    available: list[str] = public(factory=list)
    user_id: str = internal()
    session: str = secret(default="")


class ModelBusy(UnavailableError, code="HEALTH_MODEL_UNAVAILABLE", message="The model is busy."):
    """Too many questions at once. Remedy: ask again in a while."""


# An exception of somebody else's: from here on it has a verdict, too.
map_exception(sqlite3.OperationalError, kind="unavailable", code="HEALTH_STORE_UNAVAILABLE")


# --- The API ---

AGENTS = {"a1": "mine", "a9": "theirs"}
PERIODS = ["last_7_days", "last_30_days"]


class NewAgent(BaseModel):
    """What is needed to make an agent."""

    name: str = Field(min_length=2, max_length=40)
    age: int = Field(ge=18, le=120)
    password: SecretStr = Field(min_length=8)


def found(agent_id: str) -> str:
    """The agent of that id, if the caller may see it."""
    workspace = AGENTS.get(agent_id)
    if workspace is None:
        raise AgentNotFound
    if workspace != "mine":
        raise ForeignAgent(attempted_workspace=workspace, authorized_workspaces=("mine",))
    return agent_id


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the flaky dependency and a client for it while the service runs."""
    async with running() as addresses, httpx.AsyncClient() as client:
        app.state.addresses, app.state.client = addresses, client
        yield


app = FastAPI(title="Agents and their health data", lifespan=lifespan)
app.add_middleware(
    CORSMiddleware, allow_origins=["https://app.example"], expose_headers=["X-Request-ID", "Retry-After"]
)


@app.get("/agents/{agent_id}")
async def read_agent(agent_id: str) -> dict[str, str]:
    """One agent: there, missing, or in another workspace."""
    return {"id": found(agent_id)}


@app.post("/agents", status_code=201)
async def create_agent(agent: NewAgent) -> dict[str, str]:
    """A new agent; FastAPI checks the document."""
    if agent.name == "Ada":
        raise AgentExists(name=agent.name)
    return {"id": "a2"}


@app.get("/health/{agent_id}")
async def health_data(
    agent_id: str, period: str = "last_7_days", limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> dict[str, object]:
    """Health data of a period."""
    found(agent_id)
    if period not in PERIODS:
        raise HealthDataNotFound(period=period, available=PERIODS, user_id=USER, session=SESSION)
    return {"period": period, "records": [], "limit": limit}


@app.get("/health/{agent_id}/history")
async def history(agent_id: str) -> None:
    """A library's exception, mapped above, on its way through what was being done."""
    with doing("reading the history", agent=agent_id, shard=SHARD):
        sqlite3.connect(":memory:").execute("SELECT * FROM history")


@app.get("/health/{agent_id}/summary")
async def summary(agent_id: str) -> None:
    """Two things at once, of which one fails: Python raises a group."""
    async with asyncio.TaskGroup() as both:
        both.create_task(health_data(agent_id, "last_7_days"))
        both.create_task(health_data(agent_id, "last_century"))


@app.post("/agents/{agent_id}/questions")
async def ask(agent_id: str) -> None:
    """A client over its limit."""
    raise RateLimitError(
        f"Agent {agent_id} answers 5 questions a minute.", limit=5, remaining=0, retry_after=11.2
    )


@app.get("/upstream/{way}")
async def upstream(way: str, request: Request) -> None:
    """A dependency that fails; httpx raises, and nobody here catches."""
    seconds = 0.2 if way == "hangs" else 10.0
    headers = {"Authorization": BEARER}
    answer = await request.app.state.client.get(
        request.app.state.addresses[way], timeout=seconds, headers=headers
    )
    answer.raise_for_status()


@app.get("/bugs/{bug}")
async def bugs(bug: str) -> None:
    """Errors that nobody foresaw, or that are told to nobody but us."""
    match bug:
        case "driver":
            raise RuntimeError(f"could not connect to {DATABASE_URL}")
        case "lookup":
            raise KeyError(f"api_key={API_KEY}")
        case "declared":
            raise InternalError(f"{SHARD} is gone, tried {DATABASE_URL}", internal={"password": SESSION})
        case _:
            raise HTTPException(503, f"{SHARD} answered 'bad api key {API_KEY}'", {"Retry-After": "30"})


@app.get("/exports/{agent_id}")
async def export(agent_id: str) -> StreamingResponse:
    """A response that breaks when half of it is sent."""

    async def rows() -> AsyncIterator[bytes]:
        yield f"agent,day,steps\n{agent_id},2026-01-01,8000\n".encode()
        await asyncio.sleep(0)
        raise ConnectionResetError(f"lost {DATABASE_URL}")

    return StreamingResponse(rows(), media_type="text/csv")


@app.post("/exports", status_code=202)
async def schedule(tasks: BackgroundTasks) -> dict[str, bool]:
    """A response that is complete before its background task fails."""

    async def work() -> None:
        raise RuntimeError(f"the exporter was refused: Authorization: {BEARER}")

    tasks.add_task(work)
    return {"scheduled": True}


@app.get("/old")
async def old() -> None:
    """The framework's own exception, with headers."""
    raise HTTPException(401, "Sign in first.", {"WWW-Authenticate": 'Bearer realm="agents"'})


@app.websocket("/agents/{agent_id}/live")
async def live(websocket: WebSocket, agent_id: str) -> None:
    """A conversation: refused before it begins, or ended by what goes wrong in it."""
    found(agent_id)
    await websocket.accept()
    if await websocket.receive_text() == "a question":
        raise ModelBusy(retry_after=3)
    raise RuntimeError(f"no model behind {DATABASE_URL}")


# --- A second application inside the first ---

admin = FastAPI(title="Administration")


@admin.get("/reports/{name}")
async def report(name: str) -> None:
    """An ad hoc error: what a caller's fault says is public."""
    raise NotFoundError("There is no such report.", details={"name": name})


app.mount("/admin", admin)


# --- The one call for each application ---

runtime = Runtime.production(service="agents", docs_url="https://docs.example.com/errors/")
errcore_fastapi.install(app, runtime)
errcore_fastapi.install(admin, runtime)
