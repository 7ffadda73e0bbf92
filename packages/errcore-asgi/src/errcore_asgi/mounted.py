# SPDX-License-Identifier: MIT
"""What our own ASGI applications share: they may be mounted anywhere, or be served by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore_asgi.protocol import Receive, Scope, Send

__all__ = ["live", "path_below"]


def path_below(scope: Scope) -> str:
    """The path below the place where we are mounted.

    Servers differ in whether `path` includes the `root_path` that they were given; Starlette notes it before it adds its
    mounts.

    >>> (
    ...     path_below({"path": "/api/health", "root_path": "/api"}),
    ...     path_below({"path": "/health", "root_path": "/api"}),
    ... )
    ('/health', '/health')
    """
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    for above in (root, root.removeprefix(scope.get("app_root_path", ""))):
        if path == above or path.startswith(above + "/"):
            return path[len(above) :]
    return path


def _nothing() -> None:
    pass


async def live(
    receive: Receive,
    send: Send,
    *,
    started: Callable[[], None] = _nothing,
    ending: Callable[[], None] = _nothing,
) -> None:
    """The life of an application of ours.

    Args:
        receive: Where the phases come from.
        send: Where is said that each is complete.
        started: What it does when the server starts.
        ending: What it does when the server stops.
    """
    while True:
        phase = (await receive())["type"]
        (ending if phase == "lifespan.shutdown" else started)()
        await send({"type": f"{phase}.complete"})
        if phase == "lifespan.shutdown":
            return
