# SPDX-License-Identifier: MIT
"""How a service is, told without asking.

A `Health` knows the checks, features and marks of a service. Probes are answered with what is known and never wait;
checks run behind them, each at most once in its TTL and never twice at the same time. `live`, `ready` and `detail` give
frozen values; `HealthChanged` is said on `errcore.events`.

Public names: `Health`; `Status` and `Part`; `ProbeAnswer`, `Detail`, `Component` and `FeatureState`, which are what it
answers; `HealthChanged`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.lazily import fetching

if TYPE_CHECKING:
    from errcore.monitor.health.answers import Component, Detail, FeatureState, ProbeAnswer
    from errcore.monitor.health.happenings import HealthChanged
    from errcore.monitor.health.health import Health
    from errcore.monitor.health.status import Part, Status

_HOME = {
    "Component": "answers",
    "Detail": "answers",
    "FeatureState": "answers",
    "Health": "health",
    "HealthChanged": "happenings",
    "Part": "status",
    "ProbeAnswer": "answers",
    "Status": "status",
}

__all__ = [
    "Component",
    "Detail",
    "FeatureState",
    "Health",
    "HealthChanged",
    "Part",
    "ProbeAnswer",
    "Status",
]

if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them
    __getattr__, __dir__ = fetching(__name__, _HOME)
