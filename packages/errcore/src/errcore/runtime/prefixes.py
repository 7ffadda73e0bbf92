# SPDX-License-Identifier: MIT
"""Which part of an application is errcore's, where it is taken in one path prefix at a time.

A prefix covers itself and what is below it, on the border of a segment: `/v2` covers `/v2/agents`, not `/v2beta`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

__all__ = ["checked_prefixes", "covers"]

_PATTERNS = frozenset("*?{}<>")


def covers(prefixes: Iterable[str], path: str) -> bool:
    """Whether a path is errcore's; without prefixes, every path is.

    Args:
        prefixes: As they were given to an adapter.
        path: The path of a request, or the template of a route.

    >>> covers(["/v2"], "/v2/agents/{id}"), covers(["/v2/"], "/v2"), covers(["/v2"], "/v2beta")
    (True, True, False)
    >>> covers([], "/anything"), covers(["/v2"], "//v2/agents")
    (True, True)
    """
    none = True
    if path.startswith("//"):
        # Some routers take several slashes at the front for one; nobody may leave errcore's reach by typing them.
        path = "/" + path.lstrip("/")
    for prefix in prefixes:
        none = False
        own = prefix.rstrip("/")
        if path.startswith(own) and path[len(own) : len(own) + 1] in ("", "/"):
            return True
    return none


def checked_prefixes(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The prefixes, if they are some.

    Raises:
        TypeError: If they are one text, or no texts.
        ValueError: If one does not start with a slash, or is a pattern.

    >>> checked_prefixes(["/v2"])
    ('/v2',)
    """
    given: object = prefixes  # users do not all type-check
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(
            f"Cannot limit errcore to prefixes={given!r}, because that is a {type(given).__name__}; "
            "give a list of paths, such as ['/v2']."
        )
    return tuple(map(_checked, cast("Iterable[object]", given)))


def _checked(prefix: object) -> str:
    if not isinstance(prefix, str):
        raise TypeError(
            f"Cannot limit errcore to the prefix {prefix!r}, because it is a {type(prefix).__name__}; "
            "give the path as a text, such as '/v2'."
        )
    if not prefix.startswith("/"):
        raise ValueError(
            f"Cannot limit errcore to the prefix {prefix!r}, because no path starts so; write {'/' + prefix!r}."
        )
    if not _PATTERNS.isdisjoint(prefix):
        raise ValueError(
            f"Cannot limit errcore to the prefix {prefix!r}, because it is a pattern; "
            "write a path as it is sent: all below it is covered."
        )
    return prefix
