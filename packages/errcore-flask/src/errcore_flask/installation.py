# SPDX-License-Identifier: MIT
"""`install(app)`: the one call, and what it checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from errcore.runtime import refuse_application, refuse_second_install, runtime_for
from errcore_flask.answers import Answers
from errcore_flask.front import Front
from errcore_flask.handlers import add_handlers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from errcore import Runtime

__all__ = ["ErrCore", "install"]

_NAME = "errcore"


def install(app: Flask, runtime: Runtime | None = None, *, prefixes: Sequence[str] = ()) -> Runtime:
    """Let errcore answer the errors of an application.

    Call it once, before the first request; before or after routes, blueprints and handlers are added. WSGI middleware
    that is put around `app.wsgi_app` afterwards is outside.

    Args:
        app: A Flask application.
        runtime: What classifies, reports and renders; without one, `Runtime.from_env()`.
        prefixes: The paths that are errcore's, with all that is below them, such as `["/v2"]`; without any, everything
            is. Other requests are answered as if errcore were not installed. A path is one inside of the application,
            as the routes have it (PATH_INFO), without where the server or a proxy has mounted that.

    Returns:
        The runtime in use; it is also `app.extensions["errcore"]`.

    Raises:
        TypeError: If `app` is no such application, `runtime` no runtime, or the prefixes are no texts.
        ValueError: If one of the prefixes is no path.
        RuntimeError: If errcore is installed already, or the application has handled a request.

    >>> from errcore import Runtime
    >>> app = Flask("agents")
    >>> install(app, Runtime.for_tests()) is app.extensions["errcore"]
    True
    """
    if not isinstance(app, Flask):  # users do not all type-check
        refuse_application(app, "Flask", "install it in the application itself, before that is wrapped.")
    if _NAME in app.extensions:
        refuse_second_install()
    if getattr(app, "_got_first_request", False):
        raise RuntimeError(
            "Cannot install errcore, because the application has handled its first request; "
            "call install(app) where the application is created."
        )
    runtime = runtime_for(runtime)
    answers = Answers(runtime, prefixes)
    add_handlers(app, answers)
    app.wsgi_app = Front(app, answers)  # type: ignore[method-assign]
    app.extensions[_NAME] = runtime
    runtime.log_policies()
    return runtime


class ErrCore:
    """`install` in the shape of a Flask extension, for applications that are made by a factory.

    Args:
        runtime: What classifies, reports and renders; without one, each application gets a `Runtime.from_env()`.
        prefixes: As `install` takes them.

    >>> from errcore import Runtime
    >>> errors = ErrCore(Runtime.for_tests())
    >>> app = Flask("agents")
    >>> errors.init_app(app) is app.extensions["errcore"]
    True
    """

    def __init__(self, runtime: Runtime | None = None, *, prefixes: Sequence[str] = ()) -> None:
        self.runtime: Runtime | None = runtime
        self.prefixes: Sequence[str] = prefixes

    def init_app(self, app: Flask) -> Runtime:
        """Install errcore in an application; what `install` raises is raised here."""
        return install(app, self.runtime, prefixes=self.prefixes)
