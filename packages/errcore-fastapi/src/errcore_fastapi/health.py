# SPDX-License-Identifier: MIT
"""Health for probes, in a FastAPI or Starlette application: outside of its middleware, which may fail or wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.runtime import HealthPage, checked_health_path, runtime_for
from errcore_asgi import HealthMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from errcore import Runtime

__all__ = ["mount_health"]


def mount_health(
    app: Starlette,
    runtime: Runtime | None = None,
    path: str = "/health",
    *,
    authorize: Callable[[Mapping[str, str]], bool] | None = None,
) -> None:
    """Answer probes at `path` and `path/ready`, at `path/live`, and tell the details at `path/detail`.

    They are answered before any middleware, and are no part of the OpenAPI document. The checks begin when the
    application has started, and it is not ready any more when it shuts down.

    Args:
        app: A FastAPI or Starlette application that has not started.
        runtime: Whose health; without one, the runtime that `install` put into the application, else
            `Runtime.from_env()`.
        path: Where probes ask.
        authorize: Says of the headers of a request, with names in lower case, whether that client may read the details.
            It must not wait. Without one nobody may; for whoever may not that path is an unknown one.

    Raises:
        TypeError: If `runtime` is no runtime, or `authorize` no plain function.
        ValueError: If `path` is not of the form `/health`.
        RuntimeError: If the application has started.

    >>> from errcore import Runtime
    >>> from fastapi import FastAPI
    >>> from fastapi.testclient import TestClient
    >>> app = FastAPI()
    >>> mount_health(app, Runtime.for_tests())
    >>> TestClient(app).get("/health").json()
    {'status': 'pass'}
    """
    runtime = runtime_for(getattr(app.state, "errcore", None) if runtime is None else runtime)
    if app.middleware_stack is not None:
        raise RuntimeError(
            "Cannot mount health, because the application has started and its middleware is built; "
            "call mount_health(app) where the application is created."
        )
    # Refused here, not at the first request.
    path = checked_health_path(path)
    HealthPage(runtime, authorize)
    build = app.build_middleware_stack

    def build_behind_health() -> ASGIApp:
        stack: ASGIApp = HealthMiddleware(build(), runtime, path=path, authorize=authorize)
        return stack

    app.build_middleware_stack = build_behind_health  # type: ignore[method-assign]
