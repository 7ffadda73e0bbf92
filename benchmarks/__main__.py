# SPDX-License-Identifier: MIT
"""The way in: `python -m benchmarks`, or `python benchmarks`."""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:
    # Python put this folder on the path, where its modules would be found without their package.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.cli import main

if __name__ == "__main__":
    sys.exit(main())
