# SPDX-License-Identifier: MIT
"""The pages at the `type` of a problem, served by a Flask application."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import request

from errcore.envelopes import RequestFacts
from errcore.runtime import explain, runtime_for
from errcore_flask.answers import response_of

if TYPE_CHECKING:
    from flask import Flask, Response

    from errcore import Runtime

__all__ = ["mount_catalogue"]

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")


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
        UserWarning: If `docs_url` does not lead there, so that nobody would find the pages from an error.

    >>> from errcore import Runtime
    >>> from flask import Flask
    >>> app = Flask("agents")
    >>> mount_catalogue(app, Runtime.for_tests(docs_url="/errors/"))
    >>> app.test_client().get("/errors/NOT_FOUND").status_code
    200
    """
    if not _PATH.fullmatch(path):
        raise ValueError(
            f"Cannot serve the catalogue at {path!r}, because it would take other paths or none; pass one such as "
            "'/errors'."
        )
    chosen = runtime_for(app.extensions.get("errcore") if runtime is None else runtime)
    path = path.rstrip("/")
    docs_url = chosen.settings.docs_url
    if docs_url is None or not urlsplit(docs_url).path.rstrip("/").endswith(path):
        warnings.warn(
            f"Nobody will find the catalogue at {path!r} from an error, because the runtime's docs_url is {docs_url!r}; "
            f"pass docs_url='{path}/' to the runtime, with your host and prefix before it if there are any.",
            stacklevel=2,
        )

    def page(code: str | None = None) -> Response:
        facts = RequestFacts(method=request.method, accept=request.headers.get("Accept"))
        return response_of(explain(chosen, code, facts))

    # With the slash: the links of the index are relative. Flask redirects to it who comes without.
    app.add_url_rule(f"{path}/", "errcore_catalogue", page)
    app.add_url_rule(f"{path}/<code>", "errcore_catalogue_page", page)
