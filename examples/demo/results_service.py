# SPDX-License-Identifier: MIT
"""A service in front of a laboratory that fails: all that it does about it is one policy.

Some of its callers would rather have the last results than none, so they are served by a variant with a fallback: the
same breaker, the same budget. What the policy says on the stream of events is kept, for the timeline.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import agents
import attrs
import httpx
from failures import DOCS
from planted import BEARER
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from errcore import Breaker, Retry, Runtime, Timeout, context, policies, policy
from errcore.events import stream
from errcore_asgi import ErrorMiddleware

_EVENTS = (
    policies.Attempted,
    policies.Retried,
    policies.GaveUp,
    policies.Rejected,
    policies.Transition,
    policies.FellBack,
)
_MOST = 10_000  # happenings that are kept

happened: deque[dict[str, Any]] = deque(maxlen=_MOST)
numbers = count(1)
last_known: dict[str, dict[str, Any]] = {}


def note(what: str, **facts: object) -> None:
    """Keep what happened: when, and in the course of which call."""
    ids = context.current().ids
    happened.append({"at": time.monotonic(), "call": ids and ids.request_id, "what": what, **facts})


def keep(event: Any) -> None:
    """Keep what the policy says."""
    note(type(event).__name__, **attrs.asdict(event))


for event_type in _EVENTS:
    stream.subscribe(event_type, keep)


@asynccontextmanager
async def lifespan(_app: Router) -> AsyncIterator[dict[str, Any]]:
    """Keep a client for the lab while the service runs."""
    async with httpx.AsyncClient(headers={"Authorization": BEARER}) as client:
        yield {"client": client}


async def ask_the_lab(client: httpx.AsyncClient, agent_id: str) -> dict[str, Any]:
    """One request to the lab. It gets an id of its own, and ours to know it by."""
    ids = context.current().ids
    request = f"lab-{next(numbers):05d}"
    headers = {"X-Request-ID": request, "X-Correlation-ID": ids.request_id if ids else ""}
    note("Sent", request=request)
    try:
        answer = await client.get(os.environ["LAB_URL"], headers=headers)
        last_known[agent_id] = answer.raise_for_status().json()
    finally:
        note("Ended", request=request)
    return {"results": last_known[agent_id], "fresh": True}


def what_was_known(_client: httpx.AsyncClient, agent_id: str) -> dict[str, Any]:
    """The last results of an agent, if there are any."""
    return {"results": last_known[agent_id], "fresh": False}


lab = policy(
    "lab",
    retry=Retry(3, initial=0.02),
    # Short times, for a demo that nobody has to wait for.
    breaker=Breaker(failure_rate=0.5, minimum=5, window=0.5, open_for=0.2, successes=2),
    timeout=Timeout(5.0, attempt=2.0),
)
fresh = lab(ask_the_lab)
fresh_or_known = lab.variant(fallback=what_was_known)(ask_the_lab)


async def results(request: Request) -> JSONResponse:
    """What the lab says now, or an error."""
    agent_id = agents.found(request.path_params["agent_id"])
    return JSONResponse(await fresh(request.state.client, agent_id))


async def overview(request: Request) -> JSONResponse:
    """What the lab says now, or said last."""
    agent_id = agents.found(request.path_params["agent_id"])
    return JSONResponse(await fresh_or_known(request.state.client, agent_id))


async def states(_request: Request) -> JSONResponse:
    """How each policy's breaker is, and what the policy of the lab consists of."""
    return JSONResponse({"states": policies.states(), "parts": lab.describe()["parts"]})


async def timeline(_request: Request) -> JSONResponse:
    """What happened since the service began."""
    return JSONResponse(list(happened))


routes = [
    Route("/results/{agent_id}", results),
    Route("/overview/{agent_id}", overview),
    Route("/policies", states),
    Route("/happened", timeline),
]
runtime = Runtime.from_env(service="results", docs_url=DOCS)
app = ErrorMiddleware(Router(routes, lifespan=lifespan), runtime)
