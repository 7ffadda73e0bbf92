# SPDX-License-Identifier: MIT
"""The requests of the demo: what each should come to, and which services get it."""

from __future__ import annotations

from typing import Any

import attrs
from planted import TYPED_PASSWORD
from server import FASTAPI, GATEWAY, SIDE_BY_SIDE


@attrs.frozen(eq=False)
class Case:
    """One distinct request and what it should come to.

    Attributes:
        method: HTTP method, or WS for a websocket.
        path: What is asked for.
        status: The status that should come back; of an accepted websocket, the close code.
        code: The code that should come back; None for a success.
        note: What tells it apart from another request to the same place.
        body: A JSON document to send.
        says: What to say on a websocket once it is open.
        told: Whether the client is told the code; otherwise it is in the log alone.
        cut: Whether the response should break off.
        rejected: What of its body should be rejected: pointers and codes of the issues, in order.
        upstream: The status and the code that the gateway should read, where it fails because of the service behind.
    """

    method: str
    path: str
    status: int
    code: str | None
    note: str = ""
    body: Any = None
    says: str | None = None
    told: bool = True
    cut: bool = False
    rejected: tuple[tuple[str, str], ...] = ()
    upstream: str | None = None

    @property
    def label(self) -> str:
        """How the report names it."""
        return f"{self.method} {self.path}{self.note and f' ({self.note})'}"


_ADA = {"name": "Ada", "age": 36, "password": TYPED_PASSWORD}
_NOBODY = {
    "name": "G",
    "age": True,
    "password": [TYPED_PASSWORD],
    "tools": [{"name": "search"}, {"name": "mail", "limit": 0}],
    "labels": {"team/red": TYPED_PASSWORD},
}
_REJECTED = (
    ("#/name", "TOO_SHORT"),
    ("#/age", "WRONG_TYPE"),
    ("#/password", "WRONG_TYPE"),
    ("#/tools/1/limit", "TOO_SMALL"),
    ("#/labels/team~1red", "TOO_LONG"),
)

SHARED = (
    Case("GET", "/agents/a1", 200, None),
    Case("GET", "/agents/nobody", 404, "HEALTH_AGENT_NOT_FOUND", "missing"),
    Case("GET", "/agents/a9", 404, "HEALTH_AGENT_NOT_FOUND", "not yours"),
    Case("POST", "/agents", 409, "HEALTH_AGENT_ALREADY_EXISTS", "name taken", body=_ADA),
    Case("POST", "/agents", 422, "VALIDATION_ERROR", "invalid", body=_NOBODY, rejected=_REJECTED),
    Case("GET", "/health/a1?period=last_year", 404, "HEALTH_DATA_NOT_FOUND"),
    Case("GET", "/health/a1/summary", 404, "HEALTH_DATA_NOT_FOUND", "a group"),
    Case("GET", "/health/a1/history", 503, "HEALTH_STORE_UNAVAILABLE"),
    Case("POST", "/agents/a1/questions", 429, "RATE_LIMIT_EXCEEDED"),
    Case("GET", "/upstream/refuses", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/upstream/hangs", 504, "DEADLINE_EXCEEDED"),
    Case("GET", "/upstream/breaks", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/upstream/overloaded", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/bugs/driver", 500, "INTERNAL_ERROR"),
    Case("GET", "/bugs/lookup", 500, "INTERNAL_ERROR"),
    Case("GET", "/bugs/declared", 500, "INTERNAL_ERROR"),
    Case("GET", "/nowhere", 404, "NOT_FOUND"),
    Case("GET", "/exports/a1", 200, "SERVICE_UNAVAILABLE", "breaks off", told=False, cut=True),
)
"""What the services side by side all get."""

FASTAPI_ALONE = (
    Case("GET", "/health/a1?limit=0", 422, "VALIDATION_ERROR"),
    Case("GET", "/bugs/gateway", 503, "SERVICE_UNAVAILABLE"),
    Case("GET", "/old", 401, "AUTHENTICATION_REQUIRED"),
    Case("DELETE", "/agents/a1", 405, "METHOD_NOT_ALLOWED"),
    Case("GET", "/admin/reports/q3", 404, "NOT_FOUND"),
    Case("POST", "/exports", 202, "INTERNAL_ERROR", "background", told=False),
    Case("WS", "/agents/nobody/live", 404, "HEALTH_AGENT_NOT_FOUND", "refused"),
    Case("WS", "/agents/a1/live", 1013, "HEALTH_MODEL_UNAVAILABLE", "busy", says="a question", told=False),
    Case("WS", "/agents/a1/live", 1011, "INTERNAL_ERROR", "a bug", says="nonsense", told=False),
)

PASSED_ON = (
    Case("GET", "/known/a9", 200, None),
    Case("GET", "/badges/a9", 502, "REMOTE_ERROR", upstream="404 HEALTH_AGENT_NOT_FOUND"),
    Case("GET", "/badges/a1", 502, "REMOTE_ERROR", upstream="401 AUTHENTICATION_REQUIRED"),
    Case(
        "GET",
        "/reports/a1?period=last_year",
        404,
        "DESK_REPORT_NOT_FOUND",
        upstream="404 HEALTH_DATA_NOT_FOUND",
    ),
    Case("POST", "/questions/a1", 503, "REMOTE_ERROR", upstream="429 RATE_LIMIT_EXCEEDED"),
)
"""What the gateway gets, and asks the service behind it."""

CASES = (*SHARED, *FASTAPI_ALONE, *PASSED_ON)

ROUND = (
    *((case, program.name) for case in SHARED for program in SIDE_BY_SIDE),
    *((case, FASTAPI.name) for case in FASTAPI_ALONE),
    *((case, GATEWAY.name) for case in PASSED_ON),
)
"""Every request, once, with the name of the service that gets it."""
