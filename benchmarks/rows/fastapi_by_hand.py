# SPDX-License-Identifier: MIT
"""The part of a service by hand that knows FastAPI: where ids, method and route are, and what an answer is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from benchmarks.rows.service_by_hand import body_of, ids_from, log

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["answer", "ids_in", "ids_of", "log_for"]


def ids_of(request: Request) -> dict[str, str]:
    """The ids of a request."""
    return ids_in(request.scope)


def ids_in(scope: Any) -> dict[str, str]:
    """The ids of a request that is an ASGI scope."""
    sent: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in (b"x-request-id", b"x-correlation-id", b"traceparent"):
            sent[name.decode()] = value.decode("latin-1")
    return ids_from(sent)


def answer(status: int, request_id: str, body: dict[str, Any], *, last: bool = False) -> Response:
    """A problem; `last` where the server will close the connection, as it does when an error is raised again."""
    headers = {"Cache-Control": "no-store", "X-Request-ID": request_id}
    if last:
        headers["Connection"] = "close"
    return Response(body_of(body), status, headers, "application/problem+json")


def log_for(level: str, request: Request, ids: dict[str, str], exc: Exception, **facts: Any) -> None:
    """One line about a request; the facts are those that `log` takes."""
    log(level, request.method, request.scope["route"].path, ids, exc, **facts)
