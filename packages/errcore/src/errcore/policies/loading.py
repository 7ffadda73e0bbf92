# SPDX-License-Identifier: MIT
"""Policies from a configuration file: the same names and short forms as in `policy(...)`, as plain data.

What is a function in code, such as `key` or a strategy of tenacity, cannot stand in a file and is refused there. So is
chaos, which nobody should find in one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from errcore.errors.stock import ConfigurationError
from errcore.jsonsafe import one_line
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.budget import RetryBudget
from errcore.policies.bulkhead import Bulkhead
from errcore.policies.fallback import Fallback
from errcore.policies.limiting.rate_limit import RateLimit
from errcore.policies.refusals import shown
from errcore.policies.retry import Retry
from errcore.policies.settings import PolicySettings
from errcore.policies.timeout import Timeout

if TYPE_CHECKING:
    from errcore.policies.settings import Keywords

__all__ = ["settings_from", "settings_from_toml"]

_PARTS: dict[str, type[Any]] = {
    "retry": Retry,
    "budget": RetryBudget,
    "breaker": Breaker,
    "limit": RateLimit,
    "bulkhead": Bulkhead,
    "timeout": Timeout,
}
_FUNCTIONS = frozenset({"wait", "stop"})


def settings_from(mapping: Mapping[str, Any], *, place: str = "policy") -> Keywords:
    """The keywords of `policy` from plain data.

    Args:
        mapping: By the name of the keyword: a short form (a number or a text), or the settings of a part by name. `budget =
            false` turns the budget off; `fallback` has a `value` only.
        place: Where that stands, for messages.

    Raises:
        errcore.ConfigurationError: If a name is unknown, or a value makes no sense.

    >>> settings_from({"retry": {"attempts": 5}, "breaker": 0.3, "limit": "100/second"})["retry"].attempts
    5
    """
    if not isinstance(mapping, Mapping):
        raise ConfigurationError(
            f"{place}: cannot use {shown(mapping)}, because a policy is a table; write its keywords by name."
        )
    keywords: dict[str, Any] = {}
    for name, value in mapping.items():
        where = f"{place}.{one_line(name, 40)}"
        if name in _PARTS:
            keywords[name] = _part(name, value, where)
        elif name == "fallback":
            keywords[name] = _fallback(value, where)
        elif name == "idempotent":
            keywords[name] = value
        else:
            raise ConfigurationError(
                f"{where}: there is no such keyword in a file, because it is unknown or a function; use "
                f"{', '.join(_PARTS)}, fallback or idempotent."
            )
    try:
        checked = PolicySettings(**keywords)
    except ConfigurationError as problem:
        raise ConfigurationError(f"{place}: {problem.message}") from None
    return cast("Keywords", {name: getattr(checked, name) for name in keywords})


def settings_from_toml(text: str) -> dict[str, Keywords]:
    """The keywords of several policies, by name, from the tables below `[policies]` of a TOML document.

    Args:
        text: The document; other tables in it are others' business.

    Raises:
        errcore.ConfigurationError: If it is no TOML, or a policy in it makes no sense.

    >>> settings_from_toml('''
    ... [policies.stripe]
    ... retry = 3
    ... timeout = { total = 2.0, sync = "thread" }
    ... ''')["stripe"]["timeout"].total
    2.0
    """
    if type(text) is not str:
        raise ConfigurationError(
            f"Cannot read the policies from {shown(text)}, because it is no text; pass what is in the file."
        )
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        # Also of numbers too long to be read, and of too many brackets.
        raise ConfigurationError(
            f"Cannot read the policies, because that is no TOML: {one_line(problem, 200)}; correct it there."
        ) from problem
    tables = document.get("policies", {})
    if not isinstance(tables, dict):
        raise ConfigurationError(
            "Cannot read the policies, because `policies` is no table; write [policies.NAME]."
        )
    return {
        name: settings_from(table, place=f"policies.{one_line(name, 64)}")
        for name, table in cast("dict[str, Any]", tables).items()
    }


def _part(name: str, value: Any, where: str) -> Any:
    if name == "budget" and value is False:
        return None
    if not isinstance(value, Mapping):
        return value
    from errcore.policies._cattrs import part_from  # only who loads a file pays for it

    table = dict(cast("Mapping[str, Any]", value))
    functions = sorted(_FUNCTIONS & table.keys())
    if functions:
        raise ConfigurationError(
            f"{where}: cannot use {functions[0]}, because it is a function; write it in code."
        )
    if isinstance(table.get("on"), list):
        table["on"] = tuple(table["on"])
    return part_from(_PARTS[name], table, where)


def _fallback(value: Any, where: str) -> Fallback:
    if isinstance(value, Mapping) and list(cast("Mapping[str, Any]", value)) == ["value"]:
        return Fallback(value=value["value"])
    raise ConfigurationError(
        f"{where}: cannot be read, because functions stand in code; write {{ value = ... }}."
    )
