# SPDX-License-Identifier: MIT
"""A Flask view raises a declared error: the answer is a problem, and one JSON line is logged.

The limit is a handler as one writes it, registered for that class: an equal body, equal headers and an equal line. A
caller's id is taken over if it is one. What errcore does for every other request is no part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, abort, jsonify, request

import errcore_flask
from benchmarks.case import Case, Column
from benchmarks.rows.one_request import log_to_nowhere, wsgi_observer, wsgi_requester
from benchmarks.rows.service_by_hand import body_of, ids_from, log, not_found
from errcore import NotFoundError, Runtime, internal, public

if TYPE_CHECKING:
    from flask import Response

__all__ = ["domain_error"]

_PATH = "/agents/a1"


class AgentMissing(  # noqa: N818
    NotFoundError, code="BENCH_FLASK_AGENT_MISSING", message="No agent {agent_id} in {region}."
):
    """What an application declares."""

    agent_id: str = public()
    region: str = public()
    user_id: str = internal()


class HandAgentMissing(Exception):  # noqa: N818
    """The same by hand."""

    def __init__(self, *, agent_id: str, region: str, user_id: str) -> None:
        self.agent_id = agent_id
        self.region = region
        self.user_id = user_id


def _with_errcore() -> Flask:
    app = Flask("agents")

    @app.get("/agents/<agent_id>")
    def agent(agent_id: str) -> str:
        raise AgentMissing(agent_id=agent_id, region="eu", user_id="u-77")

    errcore_flask.install(app, Runtime.production(service="agents"))
    return app


def _raises_by_hand(app: Flask) -> Flask:
    @app.get("/agents/<agent_id>")
    def agent(agent_id: str) -> str:
        raise HandAgentMissing(agent_id=agent_id, region="eu", user_id="u-77")

    return app


def _ids() -> dict[str, str]:
    headers = request.headers
    names = ("x-request-id", "x-correlation-id", "traceparent")
    return ids_from({name: value for name in names if (value := headers.get(name)) is not None})


def _by_hand() -> Flask:
    app = _raises_by_hand(Flask("agents"))

    @app.errorhandler(HandAgentMissing)
    def handle(exc: HandAgentMissing) -> Response:
        ids = _ids()
        message = f"No agent {exc.agent_id} in {exc.region}."
        details = {"agent_id": exc.agent_id, "region": exc.region}
        log(
            "info",
            request.method,
            request.url_rule.rule,  # type: ignore[union-attr]
            ids,
            exc,
            verdict={
                "code": "BENCH_FLASK_AGENT_MISSING",
                "kind": "not_found",
                "fault": "caller",
                "status": 404,
                "message": message,
            },
            more={"details": details, "internal": {"details": {"user_id": exc.user_id}}},
        )
        body = not_found("BENCH_FLASK_AGENT_MISSING", message, ids["request_id"], details)
        headers = {"Cache-Control": "no-store", "X-Request-ID": ids["request_id"]}
        response: Response = app.response_class(
            body_of(body), 404, headers, content_type="application/problem+json"
        )
        return response

    return app


def _aborts() -> Flask:
    app = Flask("agents")

    @app.get("/agents/<agent_id>")
    def agent(agent_id: str) -> str:
        abort(404, f"No agent {agent_id} in eu.")

    return app


def _jsonifies() -> Flask:
    app = _raises_by_hand(Flask("agents"))

    @app.errorhandler(HandAgentMissing)
    def handle(exc: HandAgentMissing) -> tuple[Response, int]:
        return jsonify(error=f"No agent {exc.agent_id} in {exc.region}."), 404

    return app


def _column(name: str, app: Flask, differs: str = "") -> Column:
    return Column(name, wsgi_requester(app, _PATH), outcome=wsgi_observer(app, _PATH), differs=differs)


def domain_error() -> Case:
    """The row."""
    return Case(
        "flask domain error",
        limit=_column("handler by hand", _by_hand()),
        ours=_column("errcore", _with_errcore()),
        gate=1.1,
        peers=(
            _column("abort(404)", _aborts(), differs="a page, no id, no log line"),
            _column("errorhandler and jsonify", _jsonifies(), differs="one text, no id, no log line"),
        ),
        around=log_to_nowhere,
    )
