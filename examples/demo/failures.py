# SPDX-License-Identifier: MIT
"""What can go wrong with agents and their health data, declared once, for every service that has to do with them."""

from __future__ import annotations

import sqlite3

from errcore import (
    AlreadyExistsError,
    NotFoundError,
    UnavailableError,
    WorkspaceIsolationError,
    internal,
    map_exception,
    public,
    secret,
)

DOCS = "https://docs.example.com/errors/"


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


class StoreUnavailable(UnavailableError, code="HEALTH_STORE_UNAVAILABLE"):
    """The store of health data cannot be read. Remedy: ask again in a while."""


# An exception of somebody else's: from here on it has a verdict, too.
map_exception(sqlite3.OperationalError, kind="unavailable", code=StoreUnavailable.code)
