# SPDX-License-Identifier: MIT
"""The wheels alone, in an empty environment, answer real requests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.packaging
SERVICE = Path(__file__).with_name("service_outside.py")
ROOT = SERVICE.parents[2]


def test_requests_are_answered_from_the_wheels(outside: Path, tmp_path: Path) -> None:
    """A declared error and a crash over a loopback socket: both in the contract, logged once, leaking nothing."""
    answers = tmp_path / "answers.json"
    done = subprocess.run(
        [str(outside), "-I", str(SERVICE), str(answers)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(answers.read_text(encoding="utf-8"))
    declared, crashed = result["answers"]
    assert not Path(result["from"]).is_relative_to(ROOT / "packages")

    problem = json.loads(declared["body"])
    assert declared["status"] == problem["status"] == 404
    assert declared["headers"]["content-type"] == "application/problem+json"
    assert declared["headers"]["cache-control"] == "no-store"
    assert problem["code"] == "HEALTH_DATA_NOT_FOUND"
    assert problem["request_id"] == declared["headers"]["x-request-id"]
    assert "u-7391" not in declared["body"]

    assert crashed["status"] == 500
    assert "hunter2" not in crashed["body"]
    assert "hunter2" not in done.stdout + done.stderr
    assert done.stdout.count("HEALTH_DATA_NOT_FOUND") == 1


def test_environment_has_what_it_needs_and_no_more(outside: Path) -> None:
    """Dependencies are complete and agree, and nothing that only an extra asks for came along."""
    subprocess.run([str(outside), "-m", "pip", "check"], check=True)
    listed = subprocess.run(
        [str(outside), "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True
    )
    names = {entry["name"].lower() for entry in json.loads(listed.stdout)}

    assert {"errcore", "errcore-asgi", "errcore-fastapi", "fastapi", "starlette"} <= names
    assert not names & {"flask", "hypothesis", "redis", "sqlalchemy", "orjson"}


USERS_TESTS = """
import sys

def test_errcore_is_loaded_by_nobody_else():
    assert not [name for name in sys.modules if name.partition(".")[0] == "errcore"]

def test_fixtures(errcore_clock, errcore_events, errcore_reports):
    from errcore import NotFoundError, Runtime, clock
    from errcore.testing import assert_envelope

    clock.current().sleep(60)
    with Runtime.for_tests(log_level="critical") as runtime:
        handled = runtime.handle(NotFoundError("No such agent."))
    assert errcore_clock.sleeps == [60]
    assert assert_envelope(handled.reply, code="NOT_FOUND").message == "No such agent."
    assert errcore_reports.the_one().code == "NOT_FOUND"
    assert [event.occurrence for event in errcore_events.seen] == errcore_reports.seen
"""


def test_fixtures_are_there_for_users(outside: Path, tmp_path: Path) -> None:
    """pytest beside the wheels finds the plugin by itself; warnings are errors, and `-p no:errcore` leaves it out."""
    beside, tests = tmp_path / "pytest", tmp_path / "tests"
    # Not into the environment, which other tests want as it is.
    command = [str(outside), "-m", "pip", "install", "--quiet", "--target", str(beside), "pytest"]
    subprocess.run(command, check=True)
    tests.mkdir()
    (tests / "test_service.py").write_text(USERS_TESTS, encoding="utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(beside)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [
            str(outside),
            "-I",
            "-c",
            program,
            "-q",
            "-W",
            "error",
            "-p",
            "no:cacheprovider",
            *arguments,
        ]
        return subprocess.run(command, cwd=tests, capture_output=True, text=True, timeout=120, check=False)

    found, left_out = run(), run("-p", "no:errcore")

    assert found.returncode == 0, found.stdout + found.stderr
    assert "2 passed" in found.stdout
    assert left_out.returncode == 1
    assert "fixture 'errcore_clock' not found" in left_out.stdout


DRAWING = """
import sys
from hypothesis import find, strategies as st
from typing import Annotated
from errcore.validation import Email, Uuid

assert "errcore.testing" in sys.modules or "errcore.testing.validators.entry" in sys.modules
print(len(find(st.from_type(Annotated[str, Uuid()]), lambda text: True)))
print("@" in find(st.from_type(Annotated[str, Email()]), lambda text: True))
"""


def test_hypothesis_is_told_of_constraints_when_it_starts(outside: Path, tmp_path: Path) -> None:
    """Hypothesis beside the wheels finds the hook by itself: nobody imports the testing kit."""
    beside = tmp_path / "hypothesis"
    command = [str(outside), "-m", "pip", "install", "--quiet", "--target", str(beside), "hypothesis"]
    subprocess.run(command, check=True)
    program = f"import sys; sys.path.insert(0, {str(beside)!r})\n{DRAWING}"
    done = subprocess.run(
        [str(outside), "-I", "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["36", "True"]
