# SPDX-License-Identifier: MIT
"""Applications that are mounted in others: where each of them is, so that its routes are told as clients know them.

A mounted application knows only its own part of a path. What leads to it is found by the outer one, when that builds its
middleware, and noted in the mounted one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import Host, Mount

from errcore_asgi import ErrorMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from errcore_asgi import Scope

__all__ = ["mounted_in", "note_mount", "template_of", "templates_of"]

_LEADING = (Mount, Host)
_MOUNTED_AT = "_errcore_mounted_at"
"""The attribute of a mounted application that says under which templates it is mounted, and how each looks in a path."""


def template_of(scope: Scope) -> str | None:
    """The template of the chosen route, with those of the routers and mounts that led to it; never the path itself."""
    # Every request pays for this: what most do not have is asked for once.
    chosen: Any = scope.get("route")
    if isinstance(chosen, _LEADING):
        # One that is still the chosen route led to an application that found nothing, or to one without routes.
        found = chosen.path if isinstance(chosen, Mount) and not chosen.routes else None
    else:
        own: dict[str, object] | None = scope.get("fastapi")
        found = getattr((own and own.get("effective_route_context")) or chosen, "path", None)
    mounts: Mapping[str, re.Pattern[str]] | None = getattr(scope.get("app"), _MOUNTED_AT, None)
    if mounts is None:
        return found or None
    prefix = _mount_of(scope, mounts) if len(mounts) > 1 else next(iter(mounts))
    return prefix + (found or "") or None


def _mount_of(scope: Scope, mounts: Mapping[str, re.Pattern[str]]) -> str:
    """Which of several mounts of one application led to it in this request."""
    path = str(scope.get("root_path", "")).removeprefix(str(scope.get("app_root_path", "")))
    return next((template for template, pattern in mounts.items() if pattern.fullmatch(path)), "")


def note_mount(mounted: Starlette, template: str) -> None:
    """Let a mounted application know where it is."""
    # In the order of the routes, for of two that fit the router takes the first.
    setattr(mounted, _MOUNTED_AT, {**_mounts_of(mounted), template: _pattern(template)})


def templates_of(app: object) -> Iterable[str]:
    """The templates under which an application is mounted, as far as they were noted."""
    return _mounts_of(app)


def _mounts_of(app: object) -> Mapping[str, re.Pattern[str]]:
    mounts: Mapping[str, re.Pattern[str]] = getattr(app, _MOUNTED_AT, {})
    return mounts


def mounted_in(app: Starlette) -> Iterator[tuple[str, Starlette]]:
    """The applications mounted in this one, at whatever depth, each with the template that leads to it."""
    for prefix in list(templates_of(app)) or [""]:
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
