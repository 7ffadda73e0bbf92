# SPDX-License-Identifier: MIT
"""The wiring of one service.

A `Runtime` holds the settings, answers exceptions (`handle`, `reply`) and writes them down once (`report`). Adapters
of web frameworks call `handle` and nothing else. Whatever goes wrong inside of it is counted, said once, and never
changes what the caller gets.

Public names: `Runtime`, `Handled`, `Settings`; `runtime_for` and `is_reported` are for adapters.
"""

from __future__ import annotations

from errcore.errors.reported import reported as is_reported
from errcore.runtime.choice import runtime_for
from errcore.runtime.settings import Settings
from errcore.runtime.wiring import Handled, Runtime

__all__ = ["Handled", "Runtime", "Settings", "is_reported", "runtime_for"]
