# SPDX-License-Identifier: MIT
"""Agents and their health data, without a word of the web: what three services serve, each with a framework of its own.

A function returns what was asked for, or raises what is in the way. None of them logs, none of them knows a status.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NoReturn

from failures import AgentExists, AgentNotFound, ForeignAgent, HealthDataNotFound
from planted import API_KEY, DATABASE_URL, SESSION, SHARD, USER

from errcore import InternalError, RateLimitError, doing

AGENTS = {"a1": "mine", "a9": "theirs"}
PERIODS = ["last_7_days", "last_30_days"]


def found(agent_id: str) -> str:
    """The agent of that id, if the caller may see it."""
    workspace = AGENTS.get(agent_id)
    if workspace is None:
        raise AgentNotFound
    if workspace != "mine":
        raise ForeignAgent(attempted_workspace=workspace, authorized_workspaces=("mine",))
    return agent_id


def created(name: str) -> str:
    """The id of a new agent."""
    if name == "Ada":
        raise AgentExists(name=name)
    return "a2"


def health(agent_id: str, period: str) -> dict[str, object]:
    """Health data of a period."""
    found(agent_id)
    if period not in PERIODS:
        raise HealthDataNotFound(period=period, available=PERIODS, user_id=USER, session=SESSION)
    return {"period": period, "records": []}


def history(agent_id: str) -> list[object]:
    """A library's exception, which `failures` maps, on its way through what was being done."""
    with doing("reading the history", agent=agent_id, shard=SHARD):
        return sqlite3.connect(":memory:").execute("SELECT * FROM history").fetchall()


def answer(agent_id: str) -> NoReturn:
    """A client over its limit."""
    raise RateLimitError(
        f"Agent {agent_id} answers 5 questions a minute.", limit=5, remaining=0, retry_after=11.2
    )


def rows(agent_id: str) -> Iterator[bytes]:
    """An export that breaks when half of it is sent."""
    yield f"agent,day,steps\n{agent_id},2026-01-01,8000\n".encode()
    raise ConnectionResetError(f"lost {DATABASE_URL}")


def stumble(bug: str) -> NoReturn:
    """Errors that nobody foresaw, or that are told to nobody but us."""
    match bug:
        case "driver":
            raise RuntimeError(f"could not connect to {DATABASE_URL}")
        case "lookup":
            raise KeyError(f"api_key={API_KEY}")
        case _:
            raise InternalError(f"{SHARD} is gone, tried {DATABASE_URL}", internal={"password": SESSION})
