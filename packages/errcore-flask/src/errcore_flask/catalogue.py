# SPDX-License-Identifier: MIT
"""The pages at the `type` of a problem, served by a Flask application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from errcore.envelopes import RequestFacts
from errcore.runtime import checked_mount, explain, runtime_for
from errcore_flask.answers import response_of

if TYPE_CHECKING:
    from flask import Flask, Response

    from errcore import Runtime

__all__ = ["mount_catalogue"]


def mount_catalogue(app: Flask, runtime: Runtime | None = None, path: str = "/errors") -> None:
    """Serve the page of each public code below a path, and the index of all codes at it.

    Args:
        app: A Flask application.
        runtime: Who answers with these codes; without one, the runtime that `install` put into the application, else
            `Runtime.from_env()`.
        path: Where to serve them. The runtime's `docs_url` should lead there.

    Raises:
        TypeError: If `runtime` is no runtime.
        ValueError: If `path` is not of the form `/errors`.

    Warns:
        InstallWarning: If `docs_url` does not lead there, so that nobody would find the pages from an error.

    >>> from errcore import Runtime
    >>> from flask import Flask
    >>> app = Flask("agents")
    >>> mount_catalogue(app, Runtime.for_tests(docs_url="/errors/"))
    >>> app.test_client().get("/errors/NOT_FOUND").status_code
    200
    """
    chosen = runtime_for(app.extensions.get("errcore") if runtime is None else runtime)
    path = checked_mount(path, chosen)

    def page(code: str | None = None) -> Response:
        facts = RequestFacts(method=request.method, accept=request.headers.get("Accept"))
        return response_of(explain(chosen, code, facts))

    # With the slash: the links of the index are relative. Flask redirects to it who comes without.
    app.add_url_rule(f"{path}/", "errcore_catalogue", page)
    app.add_url_rule(f"{path}/<code>", "errcore_catalogue_page", page)
