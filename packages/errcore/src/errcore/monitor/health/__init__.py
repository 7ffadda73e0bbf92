# SPDX-License-Identifier: MIT
"""How a service is, told without asking.

A `Health` knows the checks, features and marks of a service. Probes are answered with what is known and never wait;
checks run behind them, each at most once in its TTL and never twice at the same time. `live`, `ready` and `detail` give
frozen values; `HealthChanged` is said on `errcore.events`.

Public names: `Health`; `Status` and `Part`; `ProbeAnswer`, `Detail`, `Component` and `FeatureState`, which are what it
answers; `HealthChanged`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore.monitor.health.answers import Component, Detail, FeatureState, ProbeAnswer
    from errcore.monitor.health.happenings import HealthChanged
    from errcore.monitor.health.health import Health
    from errcore.monitor.health.status import Part, Status

_HOME = {
    "Component": "errcore.monitor.health.answers",
    "Detail": "errcore.monitor.health.answers",
    "FeatureState": "errcore.monitor.health.answers",
    "Health": "errcore.monitor.health.health",
    "HealthChanged": "errcore.monitor.health.happenings",
    "Part": "errcore.monitor.health.status",
    "ProbeAnswer": "errcore.monitor.health.answers",
    "Status": "errcore.monitor.health.status",
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

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Fetch a public name when it is first asked for; Python keeps it from then on (PEP 562)."""
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(home), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Also the names that were not fetched yet."""
        return sorted({*globals(), *__all__})
