# SPDX-License-Identifier: MIT
"""Puts the repository's root on the path: the benchmarks are a folder there, no installed package."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
