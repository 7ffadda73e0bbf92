# SPDX-License-Identifier: MIT
"""`policy(...)`: how calls of one dependency are guarded, said once and used as a decorator or call by call.

Importing this costs next to nothing: what a policy is made of loads when the first one is made, so never in the middle of
an incident.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Unpack

from errcore.errors.stock import ConfigurationError

if TYPE_CHECKING:
    from errcore.policies.guard import Policy
    from errcore.policies.settings import Keywords

__all__ = ["calling_place", "declared", "policy"]


def policy(name: str, **keywords: Unpack[Keywords]) -> Policy:
    """The policy of a dependency. Use it as a decorator, or through `call` and `acall`.

    The order of the parts is fixed: fallback, total timeout, retry and its budget, breaker, limit, bulkhead, timeout of
    an attempt, chaos, the call.

    Args:
        name: Of the dependency; in events and statistics. The same name elsewhere gives the same policy.
        keywords: `retry`, `budget`, `breaker`, `limit`, `bulkhead`, `timeout`, `fallback` and `chaos`, each a part or its
            short form; `key`, a function of the arguments, for one instance per key; `idempotent`, False where a call must
            not be repeated once it may have been carried out.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense, or the name has other settings elsewhere.

    >>> @policy("doc-policy", retry=3)
    ... def fetch() -> str:
    ...     return "fetched"
    >>> fetch()
    'fetched'
    """
    return declared(name, keywords, calling_place())


def calling_place() -> str:
    """File and line of the statement that called the function that asks."""
    frame = sys._getframe(2)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def declared(name: str, keywords: Keywords, place: str) -> Policy:
    """The policy of a dependency, for those who know where it was asked for.

    Args:
        name: Of the dependency.
        keywords: Those of `policy`.
        place: File and line of the statement.

    Raises:
        errcore.ConfigurationError: If a setting makes no sense, or the name has other settings elsewhere.
    """
    from errcore.policies import registry
    from errcore.policies.guard import Policy
    from errcore.policies.refusals import shown
    from errcore.policies.settings import PolicySettings, refuse_unknown

    if type(name) is not str or not 0 < len(name) <= 64 or not name.isprintable():
        raise ConfigurationError(
            f"Cannot make a policy named {shown(name)}, because names stand in events; pass 1 to 64 printable characters."
        )
    refuse_unknown(name, keywords)
    return registry.enter(Policy(name, PolicySettings(**keywords), place))
