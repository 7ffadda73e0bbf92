# SPDX-License-Identifier: MIT
"""What importing errcore adds to a process that does nothing else."""

from __future__ import annotations

from benchmarks.processes import ImportCase

__all__ = ["importing"]


def importing() -> ImportCase:
    """The rows: time, memory, and the wall time for information."""
    return ImportCase(
        "import errcore",
        "from errcore import AppError, NotFoundError",
        milliseconds=60,
        megabytes=10,
        peers=(
            ("import attrs alone", "import attrs"),
            ("from errcore import Runtime", "from errcore import AppError, NotFoundError, Runtime"),
            ("Runtime.production() made", "from errcore import Runtime; Runtime.production()"),
        ),
    )
