# SPDX-License-Identifier: MIT
"""Where an adapter serves the pages of `explain`: the path is checked, and whether anybody will find it."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore.runtime.wiring import Runtime

__all__ = ["PATH", "InstallWarning", "checked_mount"]

PATH: re.Pattern[str] = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")
"""Where something of ours may be served: some path, and no template."""


class InstallWarning(UserWarning):
    """Something around an adapter's `install` or `mount_catalogue` will not work as its author may expect."""


def checked_mount(path: str, runtime: Runtime) -> str:
    """The path at which to serve the catalogue, without a slash at its end.

    To be called by the function that the user calls: the warning points to the caller of that one.

    Args:
        path: What the user gave.
        runtime: Who answers with the codes. Its `docs_url` should lead there.

    Raises:
        ValueError: If `path` is not of the form `/errors`.

    Warns:
        InstallWarning: If `docs_url` does not lead there, so that nobody would find the pages from an error.

    >>> from errcore import Runtime
    >>> checked_mount("/errors/", Runtime.for_tests(docs_url="https://api.example.com/errors/"))
    '/errors'
    """
    if not PATH.fullmatch(path):
        raise ValueError(
            f"Cannot serve the catalogue at {path!r}, because it would take other paths or none; pass one such as "
            "'/errors'."
        )
    from urllib.parse import urlsplit  # only where pages are served

    path = path.rstrip("/")
    docs_url = runtime.settings.docs_url
    if docs_url is None or not urlsplit(docs_url).path.rstrip("/").endswith(path):
        warnings.warn(
            f"Nobody will find the catalogue at {path!r} from an error, because the runtime's docs_url is {docs_url!r}; "
            f"pass docs_url='{path}/' to the runtime, with your host and prefix before it if there are any.",
            InstallWarning,
            stacklevel=3,
        )
    return path
