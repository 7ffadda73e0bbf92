# SPDX-License-Identifier: MIT
"""The agents behind Flask. Here, too, not one line turns an exception into an answer: that is `install`, at the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import agents
import dependency
import httpx
from failures import DOCS
from flask import Flask, Response, request
from intake import NewAgent
from planted import BEARER

import errcore_flask
from errcore import Runtime

app = Flask("agents")
ADDRESSES = dependency.start()
client = httpx.Client(headers={"Authorization": BEARER})


@app.after_request
def readable_elsewhere(response: Response) -> Response:
    """Let a browser read answers on another page, errors included."""
    response.headers["Access-Control-Allow-Origin"] = "https://app.example"
    response.headers["Access-Control-Expose-Headers"] = "X-Request-ID, Retry-After"
    return response


@app.get("/agents/<agent_id>")
def read_agent(agent_id: str) -> dict[str, str]:
    """One agent: there, missing, or in another workspace."""
    return {"id": agents.found(agent_id)}


@app.post("/agents")
def create_agent() -> tuple[dict[str, str], int]:
    """A new agent, unless the document is not good or the name is taken."""
    return {"id": agents.created(errcore_flask.body(NewAgent).name)}, 201


@app.get("/health/<agent_id>")
def health_data(agent_id: str) -> dict[str, object]:
    """Health data of a period."""
    return agents.health(agent_id, request.args.get("period", "last_7_days"))


@app.get("/health/<agent_id>/history")
def history(agent_id: str) -> list[object]:
    """A database that cannot be read."""
    return agents.history(agent_id)


@app.get("/health/<agent_id>/summary")
def summary(agent_id: str) -> list[object]:
    """Two things at once, each in a thread; what fails is raised as a group."""
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(agents.health, agent_id, period) for period in ("last_7_days", "last_century")]
    if failed := [error for each in both if isinstance(error := each.exception(), Exception)]:
        raise ExceptionGroup("the summary", failed)
    return [each.result() for each in both]


@app.post("/agents/<agent_id>/questions")
def ask(agent_id: str) -> Response:
    """A client over its limit."""
    agents.answer(agent_id)


@app.get("/upstream/<way>")
def upstream(way: str) -> dict[str, int]:
    """A dependency that fails; httpx raises, and nobody here catches."""
    seconds = dependency.PATIENCE if way == "hangs" else 10.0
    return {"status": client.get(ADDRESSES[way], timeout=seconds).raise_for_status().status_code}


@app.get("/bugs/<bug>")
def bugs(bug: str) -> Response:
    """An error that nobody foresaw."""
    agents.stumble(bug)


@app.get("/exports/<agent_id>")
def export(agent_id: str) -> Response:
    """A response that breaks when half of it is sent."""
    return Response(agents.rows(agent_id), mimetype="text/csv")


errcore_flask.install(app, Runtime.from_env(service="agents", docs_url=DOCS))
