# SPDX-License-Identifier: MIT
"""errcore for any ASGI application.

Wrap an application in `ErrorMiddleware` and every error it raises is answered in one contract, logged once, and
leaks nothing. The modules here are what adapters for frameworks are built of: the two guards, the exchange that one
request shares, and the treatment of websockets and of the lifespan. `body` reads and checks the body of a request. `catalogue_app` serves the pages at the `type` of
a problem; `health_app` and `HealthMiddleware` answer probes.
"""

from __future__ import annotations

from errcore_asgi.answers import Answers, is_disconnect
from errcore_asgi.bodies import body, validated
from errcore_asgi.catalogue import catalogue_app
from errcore_asgi.guards import ErrorMiddleware, InnerGuard
from errcore_asgi.health import HealthMiddleware, health_app
from errcore_asgi.protocol import Scope, encoded
from errcore_asgi.pydantic_issues import rejected_by_pydantic
from errcore_asgi.websocket import closing

__all__ = [
    "Answers",
    "ErrorMiddleware",
    "HealthMiddleware",
    "InnerGuard",
    "Scope",
    "body",
    "catalogue_app",
    "closing",
    "encoded",
    "health_app",
    "is_disconnect",
    "rejected_by_pydantic",
    "validated",
]
