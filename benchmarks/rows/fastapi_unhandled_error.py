# SPDX-License-Identifier: MIT
"""A FastAPI endpoint has a bug: a problem that tells nothing, a JSON line with the frames, and the exception goes on.

The limit is a handler for `Exception`, which Starlette calls in its outermost middleware before it raises the exception
again; its line has as many frames. Unlike errcore's it is not searched for secrets: that is a price errcore pays here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request

import errcore_fastapi
from benchmarks.case import Case, Column
from benchmarks.peers import available
from benchmarks.rows.fastapi_by_hand import answer, ids_of, log_for
from benchmarks.rows.one_request import log_to_nowhere, observer, requester
from benchmarks.rows.service_by_hand import frames_of
from errcore import Runtime

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["unhandled_error"]

_PATH = "/agents/a1"


async def agent(agent_id: str) -> None:
    """The endpoint with the bug."""
    raise ValueError(f"ledger of {agent_id} is broken")


def _bare() -> FastAPI:
    app = FastAPI()
    app.get("/agents/{agent_id}")(agent)
    return app


def _with_errcore() -> FastAPI:
    app = _bare()
    errcore_fastapi.install(app, Runtime.production(service="agents"))
    return app


def _by_hand(depth: int) -> FastAPI:
    app = _bare()

    @app.exception_handler(Exception)
    async def handle(request: Request, exc: Exception) -> Response:
        ids = ids_of(request)
        message = "An internal error occurred."
        log_for(
            "error",
            request,
            ids,
            exc,
            verdict={
                "code": "INTERNAL_ERROR",
                "kind": "internal",
                "fault": "self",
                "status": 500,
                "message": message,
            },
            more={"internal": {"message": str(exc)}, "traceback": frames_of(exc.__traceback__, depth)},
        )
        body = {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": message,
            "code": "INTERNAL_ERROR",
            "request_id": ids["request_id"],
            "retriable": False,
        }
        return answer(500, ids["request_id"], body, last=True)

    return app


def _fastapi_problem() -> FastAPI:
    from fastapi_problem.handler import add_exception_handler, new_exception_handler

    app = _bare()
    add_exception_handler(app, new_exception_handler())
    return app


def unhandled_error() -> Case:
    """The row."""
    ours = _with_errcore()
    # errcore stands further in than Starlette's handler, so it sees fewer frames: the limit is asked for as many.
    depth = len(asyncio.run(observer(ours, _PATH, ValueError)())["lines"][0]["traceback"])
    by_hand = _by_hand(depth)
    peers = [
        Column(
            "no handler", requester(_bare(), _PATH, ValueError), differs="a plain text, no id, no log line"
        )
    ]
    if available("fastapi_problem"):
        app = _fastapi_problem()
        peers.append(
            Column("fastapi-problem", requester(app, _PATH, ValueError), differs="no id, no log line")
        )
    return Case(
        "fastapi unhandled error",
        limit=Column(
            "handler by hand",
            requester(by_hand, _PATH, ValueError),
            outcome=observer(by_hand, _PATH, ValueError),
        ),
        ours=Column("errcore", requester(ours, _PATH, ValueError), outcome=observer(ours, _PATH, ValueError)),
        gate=1.05,
        peers=tuple(peers),
        around=log_to_nowhere,
    )
