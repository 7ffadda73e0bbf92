# SPDX-License-Identifier: MIT
"""Health for probes, in front of a Flask application: before its functions that run with each request, which may fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.http import HTTP_STATUS_CODES

from errcore.envelopes import RequestFacts
from errcore.runtime import HealthPage, checked_health_path
from errcore_flask.exchange import ids_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

    from errcore import Reply, Runtime

__all__ = ["mount_health"]


def mount_health(
    app: Flask,
    runtime: Runtime | None = None,
    path: str = "/health",
    *,
    authorize: Callable[[Mapping[str, str]], bool] | None = None,
) -> None:
    """Answer probes at `path` and `path/ready`, at `path/live`, and tell the details at `path/detail`.

    They are answered before Flask sees the request. The checks begin with the first request of a process, whatever that
    asks for: before it is not sure that the process will not be forked.

    Args:
        app: A Flask application.
        runtime: Whose health; without one, the runtime that `install` put into the application, else
            `Runtime.from_env()`.
        path: Where probes ask, inside of the application.
        authorize: Says of the headers of a request, with names in lower case, whether that client may read the details.
            It should not wait. Without one nobody may; for whoever may not that path is an unknown one.

    Raises:
        TypeError: If `runtime` is no runtime, or `authorize` no plain function.
        ValueError: If `path` is not of the form `/health`.

    >>> from errcore import Runtime
    >>> from flask import Flask
    >>> app = Flask("agents")
    >>> mount_health(app, Runtime.for_tests())
    >>> app.test_client().get("/health").json
    {'status': 'pass'}
    """
    page = HealthPage(app.extensions.get("errcore") if runtime is None else runtime, authorize)
    app.wsgi_app = _Front(app.wsgi_app, page, checked_health_path(path))  # type: ignore[method-assign]


class _Front:
    """Stands where `app.wsgi_app` stood."""

    def __init__(self, wsgi_app: WSGIApplication, page: HealthPage, path: str) -> None:
        self._wsgi_app = wsgi_app
        self._page = page
        self._path = path
        self._started = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._started:
            self._started = True
            self._page.runtime.health.start()
        path: str = environ.get("PATH_INFO", "")
        if path.startswith(self._path):
            facts = RequestFacts(
                method=environ.get("REQUEST_METHOD", "GET"),
                accept=environ.get("HTTP_ACCEPT"),
                ids=ids_of(environ),
            )
            reply = self._page.answer(path[len(self._path) :], facts, lambda: _headers_of(environ))
            if reply is not None:
                return _sent(reply, start_response)
        return self._wsgi_app(environ, start_response)


def _sent(reply: Reply, start_response: StartResponse) -> Iterable[bytes]:
    start_response(f"{reply.status} {HTTP_STATUS_CODES[reply.status]}", list(reply.headers))
    return [reply.body]


def _headers_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The headers by name; servers have joined those of one name (PEP 3333)."""
    return {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
