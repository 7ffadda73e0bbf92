# SPDX-License-Identifier: MIT
"""The environment of programs whose coverage is not measured.

Coverage has a lock of its own, for which they could wait for ever: a child that is forked while another thread has it, and a
handler of a signal that waits for a thread which wants it, while the thread that it interrupted has it.
"""

from __future__ import annotations

import os


def unmeasured(**more: str) -> dict[str, str]:
    """The variables of this process, without those of coverage, and more."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return {**inherited, **more}
