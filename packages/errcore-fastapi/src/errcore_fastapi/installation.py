# SPDX-License-Identifier: MIT
"""`install(app)`: the one call, and what it checks.

The guards are placed when the application builds its middleware, which is when it starts: what was added after
`install` is inside them as well.
"""

from __future__ import annotations

import logging
import re
import warnings
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Host, Mount

from errcore.runtime import covers, runtime_for
from errcore_asgi import Answers, ErrorMiddleware, InnerGuard
from errcore_fastapi.handlers import add_handlers
from errcore_fastapi.openapi import document
from errcore_fastapi.returned import refuse_returned_errors
from errcore_fastapi.translation import MOUNTED_AT, template_of, translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from starlette.types import ASGIApp

    from errcore import Runtime

__all__ = ["InstallWarning", "install"]

_log = logging.getLogger("errcore")


class InstallWarning(UserWarning):
    """Something around `install` will not work as its author may expect."""


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
    if not isinstance(app, Starlette):  # pyright: ignore[reportUnnecessaryIsInstance] - users do not all type-check
        raise TypeError(
            f"Cannot install errcore, because `app` is of type {type(app).__name__}, no FastAPI or Starlette application; "
            "install it before wrapping the application, or wrap it in errcore_asgi.ErrorMiddleware."
        )
    if _installed(app):
        raise RuntimeError(
            "Cannot install errcore, because it is installed in this application already; remove one of the calls."
        )
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
    for path, mounted in _everywhere(app):
        # In the order of the routes, for of two that fit the router takes the first.
        setattr(mounted, MOUNTED_AT, {**getattr(mounted, MOUNTED_AT, {}), path: _pattern(path)})
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


def _everywhere(app: Starlette) -> Iterator[tuple[str, Starlette]]:
    for prefix in list(getattr(app, MOUNTED_AT, ())) or [""]:
        yield from _mounted(app.routes, prefix)


def _pattern(template: str) -> re.Pattern[str]:
    """What of the path leads to a mount; a host is no part of it."""
    path = re.sub(r"//[^/]*", "", template)
    # Not through the router's own compiler, which refuses the same name in two mounts, one inside the other.
    parts = re.split(r"(\{[^{}]*\})", path)
    return re.compile("".join(_matching(part) for part in parts))


def _matching(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return ".*" if part.endswith(":path}") else "[^/]+"


def _mounted(routes: Iterable[object], prefix: str) -> Iterator[tuple[str, Starlette]]:
    for route in routes:
        if isinstance(route, Mount | Host):
            path = prefix + (route.path if isinstance(route, Mount) else f"//{route.host}")
            target = _unwrapped(route.app)
            if isinstance(target, Starlette):
                yield path, target
            else:
                yield from _mounted(getattr(target, "routes", ()), path)


def _unwrapped(app: object) -> object:
    """What is inside of middleware, which keeps what it wraps as `app`; one that guards by itself ends the search."""
    while not hasattr(app, "routes") and not isinstance(app, ErrorMiddleware) and hasattr(app, "app"):
        app = getattr(app, "app")  # noqa: B009 - there is no type that says so
    return app
