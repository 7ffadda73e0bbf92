# SPDX-License-Identifier: MIT
"""How a service is, told without asking.

A `Health` knows the checks, features and marks of a service. Probes are answered with what is known and never wait;
checks run behind them, each at most once in its TTL and never twice at the same time. `live`, `ready` and `detail` give
frozen values; `HealthChanged` is said on `errcore.events`.

Public names: `Health`; `Status` and `Part`; `ProbeAnswer`, `Detail`, `Component` and `FeatureState`, which are what it
answers; `HealthChanged`.
"""

from __future__ import annotations

from errcore.monitor.health.answers import Component, Detail, FeatureState, ProbeAnswer
from errcore.monitor.health.happenings import HealthChanged
from errcore.monitor.health.health import Health
from errcore.monitor.health.status import Part, Status

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
