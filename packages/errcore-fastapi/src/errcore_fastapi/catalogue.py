# SPDX-License-Identifier: MIT
"""The pages at the `type` of a problem, mounted in a FastAPI or Starlette application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.runtime import checked_mount, runtime_for
from errcore_asgi import catalogue_app

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from errcore import Runtime

__all__ = ["mount_catalogue"]


def mount_catalogue(app: Starlette, runtime: Runtime | None = None, path: str = "/errors") -> None:
    """Serve the page of each public code below a path, and the index of all codes at it.

    The pages are no part of the OpenAPI document. Mount them before anything that takes every path.

    Args:
        app: A FastAPI or Starlette application.
        runtime: Who answers with these codes; without one, the runtime that `install` put into the application, else
            `Runtime.from_env()`.
        path: Where to serve them. The runtime's `docs_url` should lead there.

    Raises:
        TypeError: If `runtime` is no runtime.
        ValueError: If `path` is not of the form `/errors`.

    Warns:
        InstallWarning: If `docs_url` does not lead there, so that nobody would find the pages from an error.

    >>> from errcore import Runtime
    >>> from fastapi import FastAPI
    >>> app = FastAPI()
    >>> mount_catalogue(app, Runtime.for_tests(docs_url="/errors/"))
    >>> app.routes[-1].path
    '/errors'
    """
    runtime = runtime_for(getattr(app.state, "errcore", None) if runtime is None else runtime)
    app.mount(checked_mount(path, runtime), catalogue_app(runtime), name="errcore_catalogue")
