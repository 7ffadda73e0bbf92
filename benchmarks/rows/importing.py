# SPDX-License-Identifier: MIT
"""What importing errcore adds to a process that does nothing else, and what the first policy adds that is made.

The engines load with the first policy: tenacity, pybreaker, and what they import. pybreaker imports redis wherever it is
installed, which is more than all the rest. That is not charged to the row, as if it were not installed; a line of its
own says what it takes here.
"""

from __future__ import annotations

from benchmarks.processes import ImportCase

__all__ = ["first_policy", "importing"]

_FULL = """
from errcore import policy
full = policy("bench", retry=3, breaker=0.5, limit="100/second", bulkhead=10, timeout=2.0, fallback=lambda: None)
@full
async def call():
    pass
"""
_ALONE = "import sys; sys.modules['redis'] = None\n"


def importing() -> ImportCase:
    """The rows: time, memory, and the wall time for information."""
    return ImportCase(
        "import errcore",
        "from errcore import AppError, NotFoundError, policy",
        milliseconds=60,
        megabytes=10,
        peers=(
            ("import attrs alone", "import attrs"),
            ("without policy", "from errcore import AppError, NotFoundError"),
            ("from errcore import Runtime", "from errcore import AppError, NotFoundError, Runtime"),
            ("Runtime.production() made", "from errcore import Runtime; Runtime.production()"),
        ),
    )


def first_policy() -> ImportCase:
    """The rows of all parts in one policy, and a coroutine function that it guards: over bare Python, with the import."""
    return ImportCase(
        "policy first",
        _ALONE + _FULL,
        milliseconds=120,
        megabytes=None,
        peers=(
            ("with redis, if it is here", _FULL),
            ("the three engines alone", _ALONE + "import limits, pybreaker, tenacity"),
        ),
    )
