# SPDX-License-Identifier: MIT
"""`install(app)`: the one call, and what it checks.

The guards are placed when the application builds its middleware, which is when it starts: what was added after
`install` is inside them as well.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware

from errcore.runtime import InstallWarning, covers, refuse_application, refuse_second_install, runtime_for
from errcore_asgi import Answers, ErrorMiddleware, InnerGuard
from errcore_fastapi.handlers import add_handlers
from errcore_fastapi.mounts import mounted_in, note_mount, template_of
from errcore_fastapi.openapi import document
from errcore_fastapi.returned import refuse_returned_errors
from errcore_fastapi.translation import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp

    from errcore import Runtime

__all__ = ["install"]

_log = logging.getLogger("errcore")


def install(app: Starlette, runtime: Runtime | None = None, *, prefixes: Sequence[str] = ()) -> Runtime:
    """Let errcore answer the errors of an application.

    Call it once, before the application starts; before or after middleware and routes are added. An application
    that is mounted in another needs a call of its own.

    Args:
        app: A FastAPI or Starlette application.
        runtime: What classifies, reports and renders; without one, `Runtime.from_env()`.
        prefixes: The paths that are errcore's, with all that is below them, such as `["/v2"]`; without any, everything
            is. Other requests are answered as if errcore were not installed. A path is the full one, mounts included.

    Returns:
        The runtime in use; it is also `app.state.errcore`.

    Raises:
        TypeError: If `app` is no such application, `runtime` no runtime, or the prefixes are no texts.
        ValueError: If one of the prefixes is no path.
        RuntimeError: If errcore is installed already, or the application has started.

    >>> from errcore import Runtime
    >>> from fastapi import FastAPI
    >>> app = FastAPI()
    >>> install(app, Runtime.for_tests()) is app.state.errcore
    True
    """
    if not isinstance(app, Starlette):  # users do not all type-check
        refuse_application(
            app,
            "FastAPI or Starlette",
            "install it before wrapping the application, or wrap it in errcore_asgi.ErrorMiddleware.",
        )
    if _installed(app):
        refuse_second_install()
    if app.middleware_stack is not None:
        raise RuntimeError(
            "Cannot install errcore, because the application has started and its middleware is built; "
            "call install(app) where the application is created."
        )
    runtime = runtime_for(runtime)
    answers = Answers(runtime, translate, template_of, prefixes)
    add_handlers(app, answers)
    if isinstance(app, FastAPI):
        document(app, runtime, answers.prefixes)
        refuse_returned_errors()
    _place_guards(app, answers)
    app.state.errcore = runtime
    return runtime


def _installed(app: Starlette) -> bool:
    return hasattr(app.state, "errcore")


def _place_guards(app: Starlette, answers: Answers) -> None:
    build = app.build_middleware_stack
    outer = Middleware(ErrorMiddleware, answers)
    inner = Middleware(InnerGuard, answers)

    def build_guarded() -> ASGIApp:
        _check(app, answers)
        users = app.user_middleware
        # With nothing between them, two guards are one.
        app.user_middleware = [outer, *users, inner] if users else [outer]
        try:
            return build()
        finally:
            app.user_middleware = users

    app.build_middleware_stack = build_guarded  # type: ignore[method-assign]


def _check(app: Starlette, answers: Answers) -> None:
    prefixes = answers.prefixes
    for path, mounted in mounted_in(app):
        note_mount(mounted, path)
        # Where prefixes are given, only a mount that one of them reaches is missed.
        if not _installed(mounted) and (
            covers(prefixes, path) or any(covers([path], own) for own in prefixes)
        ):
            _warn(
                f"The application mounted at {path!r} answers its errors without errcore, because errcore is not "
                "installed in it; call install() on it as well."
            )
    for key in (Exception, 500):
        if key in app.exception_handlers and not prefixes:
            _warn(
                f"The handler for {key!r} will run, but its response is not sent, because errcore answers first; "
                "remove it, or subscribe to errcore.events for what it does besides."
            )
    if app.debug and not answers.runtime.settings.debug:
        # A matter of deployment, not of code: it belongs where operators look.
        _log.warning(
            "The application runs with debug=True and a production runtime. errcore sends no internals, but other "
            "parts of the framework may; set debug=False, or use Runtime.development()."
        )


def _warn(message: str) -> None:
    warnings.warn(message, InstallWarning, stacklevel=2)
