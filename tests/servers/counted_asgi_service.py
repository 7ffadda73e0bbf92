# SPDX-License-Identifier: MIT
"""A FastAPI service whose workers count in one store: what it fails of, and a route that tells what was counted."""

from __future__ import annotations

import os

from fastapi import FastAPI

from errcore import NotFoundError, Runtime
from errcore_fastapi import install

app = FastAPI()
runtime = install(app, Runtime.from_env(log_level="critical"))


@app.get("/orders/{order}")
async def order(order: str) -> None:
    """Fail as declared."""
    raise NotFoundError("No such order.")


@app.get("/stats")
async def stats() -> dict[str, object]:
    """What there was, and who says so."""
    return {"pid": os.getpid(), **runtime.monitor.stats("5m")}
