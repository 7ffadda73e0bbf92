# SPDX-License-Identifier: MIT
"""The wiring of one service.

A `Runtime` holds the settings, answers exceptions (`handle`, `reply`) and writes them down once (`report`). Adapters
of web frameworks call `handle` and nothing else. Whatever goes wrong inside of it is counted, said once, and never
changes what the caller gets.

Public names: `Runtime`, `Handled`, `Settings`. For adapters there are

- `runtime_for`, `refuse_application`, `refuse_second_install`: what is checked before errcore is installed
- `reported_as`: the occurrence of an exception that was written down already, or None
- `explain`: the page of a code; `checked_mount` and `InstallWarning`: where it is served
- `HealthPage`, `answer_health`, `checked_health_path`: how health is served, and where
- `covers`, `checked_prefixes`: applications that are taken in one path at a time
"""

from __future__ import annotations

from errcore.errors.reported import reported as reported_as
from errcore.runtime.catalogue_page import explain
from errcore.runtime.choice import refuse_application, refuse_second_install, runtime_for
from errcore.runtime.health_page import HealthPage, answer_health, checked_health_path
from errcore.runtime.mounting import InstallWarning, checked_mount
from errcore.runtime.prefixes import checked_prefixes, covers
from errcore.runtime.settings import Settings
from errcore.runtime.wiring import Handled, Runtime

__all__ = [
    "Handled",
    "HealthPage",
    "InstallWarning",
    "Runtime",
    "Settings",
    "answer_health",
    "checked_health_path",
    "checked_mount",
    "checked_prefixes",
    "covers",
    "explain",
    "refuse_application",
    "refuse_second_install",
    "reported_as",
    "runtime_for",
]
