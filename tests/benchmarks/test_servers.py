# SPDX-License-Identifier: MIT
"""The process of a server row: it answers, it says what it used, and it ends with whoever started it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.servers import JOBS, Host

MODULE = "benchmarks.rows.server_cpu"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def host():
    """Not started: the first request does that."""
    made = Host(MODULE, "succeeding", "/agents/a1")
    yield made
    made.close()


def test_requests_are_paid_for_by_the_server(host):
    """A volley is answered, and the CPU time of the process has grown."""
    before = host.used()
    host.volley("errcore")
    after = host.used()

    assert after > before
    assert JOBS > 1


def test_outcome_is_what_a_client_and_the_log_see(host):
    """Status, headers, body and lines; the caller's id comes back, and no id is compared."""
    without, with_id = host.seen("errcore")

    assert without["status"] == 200
    assert ("x-request-id", "<id>") in without["headers"]
    assert without["lines"] == []
    assert (without["echoed"], with_id["echoed"]) == (False, True)


def test_lines_of_the_log_belong_to_their_request():
    """What the error path writes is handed over once, for the request that it was written for."""
    host = Host(MODULE, "failing", "/agents/a1")
    try:
        lines = [seen["lines"] for seen in host.seen("errcore")]
    finally:
        host.close()

    assert [len(each) for each in lines] == [1, 1]
    assert {line["code"] for each in lines for line in each} == {"BENCH_AGENT_MISSING"}


def test_process_ends_with_the_timing(host):
    """After the block there is no process; the next request starts another."""
    with host.serving():
        process = host._process
        assert process.poll() is None
    assert process.returncode == 0
    assert host._process is None


def test_process_ends_when_its_input_does():
    """Nobody has to stop it: if whoever started it dies, its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.served", MODULE, "succeeding"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    ports = json.loads(process.stdout.readline())
    process.communicate(timeout=30)

    assert len(set(ports.values())) == len(ports) > 1
    assert process.returncode == 0
