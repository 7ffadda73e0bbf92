# SPDX-License-Identifier: MIT
"""Processes that fork while they count: nobody hangs, nothing is lost, nothing is counted twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from unmeasured import unmeasured

from errcore.monitor import Monitor

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
HERE = Path(__file__).parent


def run(script: str, *arguments: str, seconds: float = 60.0) -> str:
    """What a script printed. From Python 3.12 on a fork beside threads is warned of; that is what this is about."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(HERE / script), *arguments],
        env=unmeasured(),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def stats_in(store: str):
    """What the store knows."""
    with Monitor(store, background=False) as monitor:
        return monitor.stats("5m")


def test_fork_storm(tmp_path) -> None:
    """Two hundred children of a process with a thread that captures without pause: each child's counts, and the parent's."""
    store = f"sqlite:///{tmp_path}/errors.db"
    seen = json.loads(run("forking_storm.py", store, "200"))
    stats = stats_in(store)

    assert seen["told"] is True
    assert seen["failed"] == 0
    assert stats["by_code"] == {"NOT_FOUND": seen["captured"], "CONFLICT": 600}
    assert stats["workers_seen"] == 201
    assert seen["captured"] > 1000


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_tell_before_they_end(method, tmp_path) -> None:
    """They leave past atexit, and nobody has to call anything."""
    store = f"sqlite:///{tmp_path}/errors.db"
    run("pooling.py", store, method)

    expected = {"CONFLICT": 6, **({"NOT_FOUND": 1} if method == "fork" else {})}
    assert stats_in(store)["by_code"] == expected
