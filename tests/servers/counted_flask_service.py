# SPDX-License-Identifier: MIT
"""A Flask service whose workers count in one store: what it fails of, and a route that tells what was counted."""

from __future__ import annotations

import os
import time

from flask import Flask, Response, request

from errcore import NotFoundError, Runtime
from errcore_flask import install

app = Flask("errcore.tests.counted")
runtime = install(app, Runtime.from_env(log_level="critical"))
if os.environ.get("COUNT_BEFORE_FORK"):
    runtime.monitor.capture(ValueError("while the application was loaded"))


@app.get("/orders/<order>")
def order(order: str) -> None:
    """Fail as declared."""
    raise NotFoundError("No such order.")


@app.get("/stats")
def stats() -> dict[str, object]:
    """What there was, and who says so. A worker is busy for a moment, so that others are asked, too."""
    time.sleep(float(request.args.get("busy", 0)))
    return {"pid": os.getpid(), **runtime.monitor.stats("5m")}


@app.after_request
def tell_who(response: Response) -> Response:
    """Say which worker it was."""
    response.headers["X-Worker"] = str(os.getpid())
    return response
