# SPDX-License-Identifier: MIT
"""The demo, as a reader runs it: a program of its own, a real server, real requests."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, str(ROOT / "examples" / "demo")]
PLANTED = re.compile("planted[-A-Z]")  # in every made-up secret of the demo
DEADLINE = 60  # seconds


@pytest.fixture(scope="module")
def shown() -> subprocess.CompletedProcess[str]:
    """What a short run of the demo printed, and how it ended."""
    return subprocess.run(
        [*DEMO, "--requests", "60"], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=False
    )


def test_demo_holds_what_it_promises(shown: subprocess.CompletedProcess[str]) -> None:
    """It ends by itself with 0, and says that every check holds."""
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "60 requests of 27 kinds" in shown.stdout
    assert shown.stdout.rstrip().endswith("everything holds.")
    assert "FAILED" not in shown.stdout


@pytest.mark.parametrize(
    "row",
    [
        r"GET /agents/a1 +200 +- ",
        r"GET /agents/a9 \(not yours\) +404 +HEALTH_AGENT_NOT_FOUND +no ",
        r"POST /agents \(invalid\) +422 +VALIDATION_ERROR +no ",
        r"POST /agents/a1/questions +429 +RATE_LIMIT_EXCEEDED +yes ",
        r"GET /upstream/hangs +504 +DEADLINE_EXCEEDED +yes ",
        r"GET /bugs/driver +500 +INTERNAL_ERROR +no ",
        r"DELETE /agents/a1 +405 +METHOD_NOT_ALLOWED +no ",
        r"GET /admin/reports/q3 +404 +NOT_FOUND +no ",
        r"GET /exports/a1 \(breaks off\) +200, cut +SERVICE_UNAVAILABLE \* ",
        r"POST /exports \(background\) +202 +INTERNAL_ERROR \* ",
        r"WS /agents/nobody/live \(refused\) +404 +HEALTH_AGENT_NOT_FOUND ",
        r"WS /agents/a1/live \(busy\) +close 1013 +HEALTH_MODEL_UNAVAILABLE \* ",
        r"WS /agents/a1/live \(a bug\) +close 1011 +INTERNAL_ERROR \* ",
    ],
)
def test_table_has_a_row_for_each_request(shown: subprocess.CompletedProcess[str], row: str) -> None:
    """A row names the request, its status, its code and an id, and counts."""
    assert re.search(rf"^{row}.*demo-000\d\d +[23]$", shown.stdout, re.MULTILINE)


def test_demo_shows_envelopes_and_the_line_in_the_log(shown: subprocess.CompletedProcess[str]) -> None:
    """Both envelopes and the log line are there in full, and the id leads from one to the other."""
    documents = [
        json.loads(text) for text in re.findall(r"^  \{$.*?^  \}$", shown.stdout, re.MULTILINE | re.DOTALL)
    ]
    declared, unforeseen, line = documents

    assert (declared["code"], declared["period"]) == ("HEALTH_DATA_NOT_FOUND", "last_year")
    assert unforeseen["detail"] == "An internal error occurred."
    assert line["request_id"] == unforeseen["request_id"]
    assert line["internal"]["message"] == "could not connect to postgres://[redacted]@db.internal:5432/health"


def test_demo_prints_no_secret(shown: subprocess.CompletedProcess[str]) -> None:
    """Nothing of what was planted is in the report."""
    assert not PLANTED.search(shown.stdout + shown.stderr)


def test_output_to_a_file_is_plain(shown: subprocess.CompletedProcess[str]) -> None:
    """Where nobody watches a terminal there are lines, and no control characters."""
    assert shown.stdout.count("requests answered") == 5
    assert all(line.isprintable() for line in shown.stdout.splitlines())


def test_a_check_that_does_not_hold_fails_the_demo() -> None:
    """What was found is said, and the exit status is 1: here, that a word counts as a secret which is none."""
    program = (
        "import runpy, sys; folder = sys.argv.pop(1); sys.path.insert(0, folder); import planted; "
        "planted.SECRETS += ('uvicorn',); runpy.run_path(folder, run_name='__main__')"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, DEMO[1], "--requests", "27"],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    assert "FAILED  no planted secret" in done.stdout
    assert "GET /agents/a1: 'uvicorn' was sent (1 times)" in done.stdout
    assert done.stdout.rstrip().endswith("1 of 7 checks failed.")


@pytest.fixture
def served() -> Iterator[subprocess.Popen[str]]:
    """The demo with --serve; gone in the end, whatever a test did."""
    process = subprocess.Popen(
        [*DEMO, "--serve"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=DEADLINE)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=lambda end: end.name)
def test_served_until_interrupted(served: subprocess.Popen[str], end: signal.Signals) -> None:
    """--serve says where it is, answers there, and ends cleanly, with its server, when it is told to."""
    assert served.stdout is not None
    url = next(found[1] for line in served.stdout if (found := re.match(r"Serving at (\S+)", line)))
    address = urlsplit(url)
    client = http.client.HTTPConnection(str(address.hostname), address.port, timeout=DEADLINE)

    client.request("GET", "/agents/nobody")
    answer = client.getresponse()
    document = json.loads(answer.read())
    client.close()
    served.send_signal(end)
    said, _ = served.communicate(timeout=DEADLINE)

    assert (answer.status, document["code"]) == (404, "HEALTH_AGENT_NOT_FOUND")
    assert served.returncode == 0
    assert said.rstrip().endswith("Stopped.")
    with pytest.raises(ConnectionRefusedError):
        client.request("GET", "/")
