# SPDX-License-Identifier: MIT
"""Every policy of this process, by name: one name means one policy, wherever it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.errors.stock import ConfigurationError
from errcore.forks import ForkSafeLock
from errcore.jsonsafe import one_line

if TYPE_CHECKING:
    from errcore.policies.guard import Policy

__all__ = ["enter", "find", "get", "states"]

_lock = ForkSafeLock()
_policies: dict[str, Policy] = {}


def enter(policy: Policy) -> Policy:
    """Enter a policy; gives the one that has its name already, if it says the same.

    The same statement again (a reload, a notebook cell) replaces what it made before.

    Raises:
        errcore.ConfigurationError: If another place has given other settings to that name.
    """
    with _lock:
        present = _policies.get(policy.name)
        if present is None or present.place == policy.place:
            _policies[policy.name] = policy
            return policy
    # Not under the lock: settings hold values of the user's, which say themselves what they are equal to.
    if _same(present, policy):
        return present
    raise ConfigurationError(
        f"Cannot make the policy {policy.name!r} at {policy.place}, because {present.place} has made it with other "
        f"settings; choose another name, use errcore.policies.get({policy.name!r}), or its variant(...)."
    )


def _same(present: Policy, policy: Policy) -> bool:
    try:
        return bool(present.settings == policy.settings)
    except Exception:  # noqa: BLE001 - a value of the user's that cannot be compared
        return False


def find(name: str) -> Policy | None:
    """The policy of that name, or None.

    >>> find("doc-nobody-made-it") is None
    True
    """
    return _policies.get(name)


def get(name: str) -> Policy:
    """The policy of that name.

    Raises:
        errcore.ConfigurationError: If there is none; the message says which are like it.
    """
    found = _policies.get(name) if type(name) is str else None
    if found is None:
        raise ConfigurationError(
            f"There is no policy {one_line(name, 80)!r}, because nobody has made it; {_nearest(name)}."
        )
    return found


def _nearest(name: object) -> str:
    from difflib import get_close_matches  # only where somebody mistyped

    nearest = get_close_matches(one_line(name, 80), list(_policies), n=3)
    if nearest:
        return f"did you mean {' or '.join(map(repr, nearest))}?"
    return f"make it with policy(...), or see the {len(_policies)} that errcore.policies.states() names"


def states() -> dict[str, str | dict[str, str]]:
    """The state of every breaker: by the name of its policy, and by key where it has one for each key."""
    with _lock:
        policies = list(_policies.values())
    return {
        policy.name: policy.states if policy.settings.key else policy.state
        for policy in policies
        if policy.settings.breaker is not None
    }
