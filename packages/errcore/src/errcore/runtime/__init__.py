# SPDX-License-Identifier: MIT
"""The wiring of one service.

A `Runtime` holds the settings, answers exceptions (`handle`, `reply`) and writes them down once (`report`). Adapters
of web frameworks call `handle` and nothing else. Whatever goes wrong inside of it is counted, said once, and never
changes what the caller gets.

Public names: `Runtime`, `Handled`, `Settings`; for adapters there are `runtime_for`, `is_reported`, `explain`, which tells
the page of a code, and `covers` and `checked_prefixes` for applications that are taken in one path at a time.
"""

from __future__ import annotations

from errcore.errors.reported import reported as is_reported
from errcore.runtime.choice import runtime_for
from errcore.runtime.explain import explain
from errcore.runtime.prefixes import checked_prefixes, covers
from errcore.runtime.settings import Settings
from errcore.runtime.wiring import Handled, Runtime

__all__ = [
    "Handled",
    "Runtime",
    "Settings",
    "checked_prefixes",
    "covers",
    "explain",
    "is_reported",
    "runtime_for",
]
