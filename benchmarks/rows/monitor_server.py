# SPDX-License-Identifier: MIT
"""What the monitor costs a FastAPI service on uvicorn: CPU time per request, with it and without.

An exception to what a limit is: the limit is errcore, too, with a monitor that counts nothing. Where every request fails the
monitor counts the request and the error; where none does, the request. So a service one request of which fails in a hundred
lies between the two rows, near the second one. What the thread does once a second, some tenths of a millisecond, falls
on whichever column has its turn then.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn  # noqa: F401 - without it the rows are left out
from fastapi import FastAPI

import errcore_fastapi
from benchmarks.case import Case, Column
from benchmarks.servers import JOBS, Host
from errcore import NotFoundError, Runtime
from errcore.monitor import Monitor

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["applications", "error", "runtimes", "service", "success"]

_GATE = 1.05


class _Nothing(Monitor):
    """Counts nothing."""

    def record(self, *_: Any) -> None:
        """Do not."""

    def count_request(self, *_: Any, **__: Any) -> None:
        """Do not."""


def error() -> Case:
    """The row for an endpoint that raises a declared error."""
    return _case("monitor server cpu, error", "/agents/a2")


def success() -> Case:
    """The row for an endpoint that gives an answer."""
    return _case("monitor server cpu, success", "/agents/a1")


def applications() -> dict[str, FastAPI]:
    """The same service, by whether its monitor counts."""
    return {name: service(runtime) for name, runtime in runtimes().items()}


def runtimes() -> dict[str, Runtime]:
    """What the services have: of one of them the monitor is replaced."""
    without, ours = Runtime.production(service="agents"), Runtime.production(service="agents")
    without.monitor.close()
    without.monitor = _Nothing(background=False)
    return {"no monitor": without, "errcore": ours}


def service(runtime: Runtime) -> FastAPI:
    """An endpoint that knows one agent.

    Args:
        runtime: What its errors go to.
    """
    app = FastAPI()

    @app.get("/agents/{agent_id}")
    async def agent(agent_id: str) -> dict[str, str]:
        if agent_id != "a1":
            raise NotFoundError("No such agent.", details={"agent_id": agent_id})
        return {"agent_id": agent_id, "region": "eu"}

    errcore_fastapi.install(app, runtime)
    return app


def _case(name: str, path: str) -> Case:
    host = Host(__name__, "applications", path)

    def column(each: str) -> Column:
        seen: Callable[[], object] = partial(host.seen, each)
        return Column(each, host.volley, each, outcome=seen)

    return Case(
        name,
        limit=column("no monitor"),
        ours=column("errcore"),
        gate=_GATE,
        around=host.serving,
        jobs=JOBS,
        timer=host.used,
    )
