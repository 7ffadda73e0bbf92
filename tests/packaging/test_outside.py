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
