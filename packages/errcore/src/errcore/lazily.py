# SPDX-License-Identifier: MIT
"""Public names of a package that are fetched when they are first asked for (PEP 562): who uses one pays for one."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["fetching"]


def fetching(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package.

    Args:
        package: Its name.
        homes: In which module each public name is: one inside of the package, or the whole name of one of errcore elsewhere.

    >>> fetch, names = fetching("errcore.errors", {"Kind": "kinds"})
    >>> fetch("Kind").__name__, "Kind" in names()
    ('Kind', True)
    >>> fetch("Nonsense")
    Traceback (most recent call last):
    AttributeError: module 'errcore.errors' has no attribute 'Nonsense'
    """

    def fetch(name: str) -> object:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        module = import_module(home if home.startswith("errcore.") else f"{package}.{home}")
        value: object = getattr(module, name)
        setattr(sys.modules[package], name, value)  # Python keeps it from then on
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return fetch, names
