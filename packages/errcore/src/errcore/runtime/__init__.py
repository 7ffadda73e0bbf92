# SPDX-License-Identifier: MIT
"""The wiring of one service.

A `Runtime` holds the settings, answers exceptions (`handle`, `reply`) and writes them down once (`report`). Adapters
of web frameworks call `handle` and nothing else. Whatever goes wrong inside of it is counted, said once, and never
changes what the caller gets.

Public names: `Runtime`, `Handled`, `Settings`; `runtime_for` is for adapters.
"""

from __future__ import annotations

from errcore.runtime.choice import runtime_for
from errcore.runtime.settings import Settings
from errcore.runtime.wiring import Handled, Runtime

__all__ = ["Handled", "Runtime", "Settings", "runtime_for"]
