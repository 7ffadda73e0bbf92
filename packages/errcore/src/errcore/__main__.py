# SPDX-License-Identifier: MIT
"""`python -m errcore`: the command `errcore`, where its script is not on the path."""

from __future__ import annotations

import sys

from errcore.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
