# SPDX-License-Identifier: MIT
"""The pytest plugin: fixtures for those who use them, and no errcore for those who do not.

pytest runs as a process of its own, without what is installed beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = "_errcore_pytest_plugin"
PROBE = f"""
import sys
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    print("loaded", "{PLUGIN}" in sys.modules, sorted(name for name in sys.modules if name.startswith("errcore")))
"""


def pytest_with_plugin(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, with our plugin and those that are named."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pytest",
        "-p",
        PLUGIN,
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def passed(folder: Path, tests: str, count: int, *arguments: str) -> None:
    """Run these tests; all pass."""
    (folder / "test_service.py").write_text(tests, encoding="utf-8")
    done = pytest_with_plugin(folder, "-q", *arguments)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{count} passed" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("--collect-only",), ("--fixtures",), ()], ids=["co", "fixtures", "run"]
)
def test_errcore_is_not_imported(tmp_path, arguments):
    """Neither by collecting nor by running tests that do not ask for it."""
    (tmp_path / "conftest.py").write_text(PROBE, encoding="utf-8")
    (tmp_path / "test_other.py").write_text("def test_other(): pass\n", encoding="utf-8")
    done = pytest_with_plugin(tmp_path, "-s", *arguments)

    assert done.returncode == 0, done.stdout + done.stderr
    if "--fixtures" in arguments:
        assert all(name in done.stdout for name in ("errcore_clock", "errcore_events", "errcore_reports"))
    else:
        assert "loaded True []" in done.stdout


def test_the_clock_is_that_of_errcore(tmp_path):
    """During the test, in tasks and threads that it starts as the libraries do; afterwards time is real again."""
    passed(
        tmp_path,
        """
import asyncio, contextvars, threading
from errcore import Retry, clock, policy

def down():
    raise ConnectionRefusedError

def test_waits_take_no_time(errcore_clock):
    guard = policy("t-plugin-clock", retry=Retry(3, jitter="none"))
    try:
        guard.call(down)
    except ConnectionRefusedError:
        pass
    assert errcore_clock.sleeps == [0.1, 0.2]
    assert clock.current() is errcore_clock

def test_tasks(errcore_clock):
    async def main():
        await asyncio.gather(clock.current().asleep(5), asyncio.to_thread(clock.current().sleep, 7))
    asyncio.run(main())
    assert sorted(errcore_clock.sleeps) == [5, 7]

def test_afterwards():
    assert type(clock.current()).__name__ == "SystemClock"
""",
        3,
    )


@pytest.mark.parametrize(
    ("mark", "arguments"),
    [
        ("asyncio", ("-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function")),
        ("anyio", ("-p", "anyio.pytest_plugin")),
    ],
    ids=["pytest-asyncio", "anyio"],
)
def test_coroutine_tests_have_the_clock(tmp_path, mark, arguments):
    """Whoever runs them."""
    passed(
        tmp_path,
        f"""
import pytest
from errcore import clock

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.{mark}
async def test_sleep(errcore_clock):
    await clock.current().asleep(3600)
    assert errcore_clock.sleeps == [3600]
""",
        1,
        *arguments,
    )


def test_a_service_under_test(tmp_path):
    """The test client runs the application in another thread: the clock, the events and the reports are there."""
    passed(
        tmp_path,
        """
import errcore_fastapi
import pytest
from errcore import ConnectivityError, Retry, Runtime, clock, policy
from errcore.policies import Retried
from errcore.testing import assert_envelope
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
errcore_fastapi.install(app, Runtime.for_tests(log_level="critical"))

@app.get("/pay")
async def pay():
    # Made under the test's clock: a policy's windows are on the clock that it has first seen.
    guard = policy("t-plugin-pay", retry=Retry(2, jitter="none"))
    await guard.acall(refuse)

async def refuse():
    raise ConnectivityError

def test_pay(errcore_clock, errcore_events, errcore_reports):
    with TestClient(app) as client:
        answer = client.get("/pay", headers={"X-Request-ID": "req_1"})
    told = assert_envelope(answer, status=503, retriable=True)
    assert errcore_clock.sleeps == [0.1]
    assert errcore_events.the_one(Retried, policy="t-plugin-pay").wait == 0.1
    assert errcore_reports.the_one().code == told.code
    assert errcore_reports.the_one("req_1").route == "/pay"

def test_recorders_are_empty_again(errcore_events, errcore_reports):
    assert errcore_events.seen == errcore_reports.seen == []
""",
        2,
        "-W",
        "ignore:Using `httpx`",
    )


def test_fixtures_have_types():
    """What a test may annotate them with is public."""
    source = Path(__import__(PLUGIN).__file__).read_text(encoding="utf-8")

    assert "from errcore.testing import FakeClock, RecordedEvents, Records" in source
