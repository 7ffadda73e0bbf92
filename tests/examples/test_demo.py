# SPDX-License-Identifier: MIT
"""The demo, as a reader runs it: a program of its own, real servers, real requests."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from errcore.envelopes import NAMES

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, str(ROOT / "examples" / "demo")]
PLANTED = re.compile("planted[-A-Z]")  # in every made-up secret of the demo
DEADLINE = 120  # seconds
ROUND = 64  # requests


@pytest.fixture(scope="module")
def shown() -> subprocess.CompletedProcess[str]:
    """What a short run of the demo printed, and how it ended."""
    return subprocess.run(
        [*DEMO, "--requests", str(2 * ROUND)],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
    )


def test_demo_holds_what_it_promises(shown: subprocess.CompletedProcess[str]) -> None:
    """It ends by itself with 0, and says that every check holds."""
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "128 requests of 68 kinds" in shown.stdout
    assert shown.stdout.rstrip().endswith("everything holds.")
    assert "FAILED" not in shown.stdout


@pytest.mark.parametrize(
    "row",
    [
        r"GET /agents/a1 +200 +-",
        r"GET /agents/a9 \(not yours\) +404 +HEALTH_AGENT_NOT_FOUND",
        r"POST /agents \(name taken\) +409 +HEALTH_AGENT_ALREADY_EXISTS",
        r"POST /agents \(invalid\) +422 +VALIDATION_ERROR",
        r"GET /health/a1/summary \(a group\) +404 +HEALTH_DATA_NOT_FOUND",
        r"POST /agents/a1/questions +429 +RATE_LIMIT_EXCEEDED",
        r"GET /upstream/hangs +504 +DEADLINE_EXCEEDED",
        r"GET /bugs/driver +500 +INTERNAL_ERROR",
        r"GET /exports/a1 \(breaks off\) +200, cut +SERVICE_UNAVAILABLE \*",
    ],
)
def test_frameworks_answer_alike(shown: subprocess.CompletedProcess[str], row: str) -> None:
    """A row names the request, its status and its code, and has one digest three times."""
    assert re.search(rf"^{row} +([0-9a-f]{{6}}) +\1 +\1$", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "row",
    [
        r"DELETE /agents/a1 +405 +METHOD_NOT_ALLOWED",
        r"GET /admin/reports/q3 +404 +NOT_FOUND",
        r"POST /exports \(background\) +202 +INTERNAL_ERROR \*",
        r"WS /agents/nobody/live \(refused\) +404 +HEALTH_AGENT_NOT_FOUND",
        r"WS /agents/a1/live \(busy\) +close 1013 +HEALTH_MODEL_UNAVAILABLE \*",
        r"WS /agents/a1/live \(a bug\) +close 1011 +INTERNAL_ERROR \*",
    ],
)
def test_what_one_framework_serves_has_a_row_too(shown: subprocess.CompletedProcess[str], row: str) -> None:
    """Where only FastAPI was asked, only FastAPI has a digest."""
    assert re.search(rf"^{row} +[0-9a-f]{{6}} +- +- *$", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "row",
    [
        r"#/name +TOO_SHORT +Must have at least 2 characters\.",
        r"#/age +WRONG_TYPE +Must be an integer\.",
        r"#/password +WRONG_TYPE +Must be .*",
        r"#/tools/1/limit +TOO_SMALL +Must be at least 1\.",
        r"#/labels/team~1red +TOO_LONG +Must have at most 20 characters\.",
    ],
)
def test_rejected_body_is_shown_with_its_pointers(shown: subprocess.CompletedProcess[str], row: str) -> None:
    """A row says where the body breaks a rule, and which."""
    assert re.search(rf"^{row} *$", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "row",
    [
        r"GET /known/a9 +200 +- +- +-",
        r"GET /badges/a9 +502 +REMOTE_ERROR +404 HEALTH_AGENT_NOT_FOUND +[0-9a-f]{11}…",
        r"GET /badges/a1 +502 +REMOTE_ERROR +401 AUTHENTICATION_REQUIRED +[0-9a-f]{11}…",
        r"GET /reports/a1\?period=last_year +404 +DESK_REPORT_NOT_FOUND +404 HEALTH_DATA_NOT_FOUND +[0-9a-f]{11}…",
        r"POST /questions/a1 +503 +REMOTE_ERROR +429 RATE_LIMIT_EXCEEDED +[0-9a-f]{11}…",
    ],
)
def test_second_service_makes_its_own_of_an_error(shown: subprocess.CompletedProcess[str], row: str) -> None:
    """A row names what the gateway's client read, and what the gateway's log says of the upstream."""
    assert re.search(rf"^{row} *$", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "row",
    [
        r"0\.00 +well +closed +40 +40 +- +- +- +- +40",
        r"[0-9.]+ +flaky +closed +40 +36 +4 +- +- +- +44 +Retried 4",
        r"[0-9.]+ +down +closed +\d+ +- .*",
        r"[0-9.]+ +down +open +(\d+|-) +- +- .* - .*",
        r"[0-9.]+ +down +half_open +\d+ +- .*",
        r"[0-9.]+ +well +half_open .*",
        r"[0-9.]+ +well +closed +(\d+) +\1 +- +- +- +- +\1",
        r"  refused is CIRCUIT_OPEN, 503 with Retry-After: 1\. While the lab was down \d+ calls came to \d+ requests\.",
    ],
)
def test_an_outage_has_a_timeline(shown: subprocess.CompletedProcess[str], row: str) -> None:
    """A row says what the dependency and the breaker were like, what callers got, and how many requests arrived."""
    assert re.search(rf"^{row} *$", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_one_error_is_shown_in_each_format(shown: subprocess.CompletedProcess[str], name: str) -> None:
    """Every format that errcore has tells the same error, or the sentence of it."""
    start = "No health data for last_year." if name == "text" else "{"

    assert re.search(rf"^{name} +{re.escape(start)}", shown.stdout, re.MULTILINE)


def test_demo_shows_an_envelope_and_the_line_in_the_log(shown: subprocess.CompletedProcess[str]) -> None:
    """Both are there in full, and the id leads from one to the other."""
    unforeseen, line = (
        json.loads(text) for text in re.findall(r"^  \{$.*?^  \}$", shown.stdout, re.MULTILINE | re.DOTALL)
    )

    assert unforeseen["detail"] == "An internal error occurred."
    assert line["request_id"] == unforeseen["request_id"]
    assert line["internal"]["message"] == "could not connect to postgres://[redacted]@db.internal:5432/health"
    assert line["traceback"][-1].endswith(" in stumble")


def test_it_ends_with_what_the_monitor_says(shown: subprocess.CompletedProcess[str]) -> None:
    """All services together: totals and rates, problems with first and last seen, routes with their durations."""
    report = shown.stdout.partition("What the monitor says")[2]

    assert re.search(r"^  \d+ errors \(\d+ \w+.*\), [\d.]+ a minute of the hour;", report, re.MULTILINE)
    assert re.search(r"\d+ requests \(\d+ ok, .*\), \d+ % failing", report)
    problem = (
        r"^  HEALTH_DATA_NOT_FOUND +agents +\d+ +(\d\d:\d\d:\d\d) +(\d\d:\d\d:\d\d) +agents\.py:health *$"
    )
    assert re.search(problem, report, re.MULTILINE)
    assert re.search(r"^  /agents/\S+ +\d+ +0 % +[\d.]+ +[\d.]+ *$", report, re.MULTILINE)
    assert "ok      the monitor has counted every failure that is in the log" in shown.stdout


def test_report_fits_four_screens(shown: subprocess.CompletedProcess[str]) -> None:
    """A report that nobody reads shows nothing."""
    assert len(shown.stdout.splitlines()) <= 208
    assert max(map(len, shown.stdout.splitlines())) <= 132


def test_demo_prints_no_secret(shown: subprocess.CompletedProcess[str]) -> None:
    """Nothing of what was planted is in the report."""
    assert not PLANTED.search(shown.stdout + shown.stderr)


def test_output_to_a_file_is_plain(shown: subprocess.CompletedProcess[str]) -> None:
    """Where nobody watches a terminal there are lines, and no control characters."""
    assert shown.stdout.count("requests answered") == 5
    assert shown.stdout.count("phases of the outage are over") == 4
    assert all(line.isprintable() for line in shown.stdout.splitlines())


# What breaks the promises: a Flask service with words of its own that tells three defects at most, a gateway that tells what it read, a service that
# does not say when to come back, and, for the demo itself, words that count as secrets and are none.
ODD_FLASK = """
import agents, errcore_flask
from errcore import RateLimitError, Validator

body = errcore_flask.body
errcore_flask.body = lambda cls: body(Validator.of(cls, max_issues=3))

def answer(agent_id):
    raise RateLimitError("Wait.", limit=5, remaining=0, retry_after=11.2)

agents.answer = answer
from flask_service import app
"""
ODD_GATEWAY = """
import gateway

async def app(scope, receive, send):
    async def tell(message):
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"x-upstream", b"HEALTH_AGENT_NOT_FOUND")]}
        await send(message)
    await gateway.app(scope, receive, tell)
"""
ODD_RESULTS = """
import results_service

async def app(scope, receive, send):
    async def tell(message):
        headers = [pair for pair in message.get("headers", ()) if pair[0] != b"retry-after"]
        await send({**message, "headers": headers} if "headers" in message else message)
    await results_service.app(scope, receive, tell)
"""
ODD_DEMO = """
import runpy, sys
folder = sys.argv.pop(1)
sys.path.insert(0, folder)
import attrs, planted, server
import every_format
every_format.SECRETS += ("last_30_days",)
planted.SECRETS += ("realm=",)
flask = attrs.evolve(server.FLASK, app="odd_flask:app")
server.SIDE_BY_SIDE = tuple(flask if each is server.FLASK else each for each in server.SIDE_BY_SIDE)
server.GATEWAY = attrs.evolve(server.GATEWAY, app="odd_gateway:app")
server.RESULTS = attrs.evolve(server.RESULTS, app="odd_results:app")
runpy.run_path(folder, run_name="__main__")
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What the demo printed when some of its pieces do not do as they should."""
    folder = tmp_path_factory.mktemp("odd")
    folder.joinpath("odd_flask.py").write_text(ODD_FLASK)
    folder.joinpath("odd_gateway.py").write_text(ODD_GATEWAY)
    folder.joinpath("odd_results.py").write_text(ODD_RESULTS)
    return subprocess.run(
        [sys.executable, "-c", ODD_DEMO, DEMO[1], "--requests", str(ROUND)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
    )


@pytest.mark.parametrize(
    ("check", "finding"),
    [
        ("no planted secret in any body", "FastAPI: GET /old: 'realm=' was sent (1 times)"),
        ("the frameworks' answers", "POST /agents/a1/questions: FastAPI and Flask and ASGI differ (1 times)"),
        (
            "a body that breaks several rules",
            "Flask: POST /agents (invalid): 3 issues, and not those that its body has (1 times)",
        ),
        (
            "the frameworks' log lines",
            "POST /agents/a1/questions: FastAPI and Flask and ASGI differ (1 times)",
        ),
        (
            "the gateway's client reads nothing",
            "gateway: GET /badges/a9: the upstream's code was sent (1 times)",
        ),
        ("every format tells what is public", "problem: 'last_30_days' was told (1 times)"),
        ("every refused call was told", "results: GET /results/a1: Retry-After is missing"),
    ],
)
def test_a_check_that_does_not_hold_fails_the_demo(
    broken: subprocess.CompletedProcess[str], check: str, finding: str
) -> None:
    """What was found is said below the check, and the exit status is 1; the other checks hold."""
    assert broken.returncode == 1, broken.stderr
    assert re.search(rf"FAILED  {check}.*\n( {{10}}.*\n)*? {{10}}{re.escape(finding)}", broken.stdout)
    assert broken.stdout.rstrip().endswith("7 of 21 checks failed.")


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
    """--serve says where each service is; all answer, and end cleanly with it when it is told to."""
    assert served.stdout is not None
    found: dict[str, str] = {}
    for line in served.stdout:
        if command := re.match(r"  curl -i '(\S+)'  # (\w+)", line):
            found[command[2]] = command[1]
        elif "/docs" in line:
            break
    answers = {name: asked(url) for name, url in found.items()}
    served.send_signal(end)
    said, _ = served.communicate(timeout=DEADLINE)

    ours = (404, "HEALTH_DATA_NOT_FOUND")
    assert answers == {
        "FastAPI": ours,
        "Flask": ours,
        "ASGI": ours,
        "gateway": (404, "DESK_REPORT_NOT_FOUND"),
    }
    assert served.returncode == 0
    assert said.rstrip().endswith("Stopped.")
    for url in found.values():
        with pytest.raises(ConnectionRefusedError):
            asked(url)


def asked(url: str) -> tuple[int, str]:
    """Status and code of what is answered there."""
    address = urlsplit(url)
    client = http.client.HTTPConnection(str(address.hostname), address.port, timeout=DEADLINE)
    try:
        client.request("GET", f"{address.path}?{address.query}")
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())["code"]
    finally:
        client.close()
