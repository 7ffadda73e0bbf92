# SPDX-License-Identifier: MIT
"""A file system of a test's own that is soon full."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

_SCRIPT = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'


def on_a_small_disk(folder: Path) -> list[str | Path]:
    """What a command begins with that shall find a file system of 1 MB in a folder, which nobody else sees.

    Skips the test where none can be mounted.
    """
    before = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _SCRIPT, folder]
    try:
        trial = subprocess.run([*before, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        trial = None
    if trial is None or trial.returncode:
        pytest.skip("no file system of one's own can be mounted here")
    return before
