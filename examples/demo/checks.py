# SPDX-License-Identifier: MIT
"""What must hold for everything that came out of the service, whatever went wrong inside."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from planted import INTERNALS, SECRETS
from traffic import CASES, Answer, Case

from errcore.envelopes import get

Lines = dict[str, list[dict[str, Any]]]
"""The error lines of the log, by request id."""

_TYPES = {
    "type": str,
    "title": str,
    "status": int,
    "detail": str,
    "code": str,
    "request_id": str,
    "retriable": bool,
}
_TRACEBACK = "Traceback (most recent call last):"


def lines_of(output: str) -> Lines:
    """The error lines that errcore wrote, out of everything that the server printed."""
    found: Lines = {}
    for line in output.splitlines():
        if line.startswith('{"timestamp"'):
            fields = json.loads(line)
            found.setdefault(fields["request_id"], []).append(fields)
    return found


def by_case(answers: Sequence[Answer]) -> dict[Case, list[Answer]]:
    """The answers to each distinct request, in the order of the table."""
    grouped: dict[Case, list[Answer]] = {case: [] for case in CASES}
    for answer in answers:
        grouped[answer.case].append(answer)
    return {case: found for case, found in grouped.items() if found}


def _as_expected(answers: Sequence[Answer], _output: str, lines: Lines) -> Iterator[str]:
    for answer in answers:
        case, problem = answer.case, answer.problem
        if (answer.status, answer.cut) != (case.status, case.cut):
            yield f"{case.label}: status {answer.status} instead of {case.status}"
        told = None if problem is None else problem["code"]
        if told != (case.code if case.told else None):
            yield f"{case.label}: code {told} instead of {case.code}"
        if case.code and not case.told and lines and lines[answer.request_id][0]["code"] != case.code:
            yield f"{case.label}: the log has another code than {case.code}"


def _no_secret(answers: Sequence[Answer], output: str, _lines: Lines) -> Iterator[str]:
    for answer in answers:
        everything = answer.body + b"".join(name + value for name, value in answer.headers)
        for word in (*SECRETS, *INTERNALS):
            if word.encode() in everything:
                yield f"{answer.case.label}: {word!r} was sent"
    for word in SECRETS:
        if word in output:
            yield f"the server printed {word!r}"


def _ids(answers: Sequence[Answer], _output: str, _lines: Lines) -> Iterator[str]:
    for answer in answers:
        problem, ids = answer.problem, answer.header("x-request-id")
        if len(ids) != 1:
            yield f"{answer.case.label}: {len(ids)} X-Request-ID headers"
        elif answer.sent_id not in (None, ids[0]):
            yield f"{answer.case.label}: our own id came back as another"
        elif problem is not None and problem["request_id"] != ids[0]:
            yield f"{answer.case.label}: one id in the body, another in the header"


def _problems(answers: Sequence[Answer], _output: str, _lines: Lines) -> Iterator[str]:
    required = set(get("problem").schema([])["required"])  # type: ignore[call-overload]
    for answer in answers:
        problem = answer.problem
        if answer.case.code is None or not answer.case.told:
            continue
        if problem is None:
            yield f"{answer.case.label}: no problem+json"
            continue
        wrong = [name for name, cls in _TYPES.items() if type(problem.get(name)) is not cls]
        wrong += sorted(required - problem.keys())
        if problem["status"] != answer.status:
            wrong.append("status")
        if not re.fullmatch(r"[A-Z][A-Z0-9_]+[A-Z0-9]", problem["code"]):
            wrong.append("code")
        if answer.header("cache-control") != ["no-store"]:
            wrong.append("Cache-Control")
        if "retry_after" in problem and answer.header("retry-after") != [str(problem["retry_after"])]:
            wrong.append("Retry-After")
        if wrong:
            yield f"{answer.case.label}: {', '.join(wrong)} is not as it should be"


def _told_alike(answers: Sequence[Answer], _output: str, _lines: Lines) -> Iterator[str]:
    """A missing id and another workspace's: every byte but the id itself."""
    shapes = {
        (answer.case.note, _without_id(answer))
        for answer in answers
        if answer.case.path in {"/agents/nobody", "/agents/a9"}
    }
    if len({shape for _, shape in shapes}) != 1:
        yield f"there are {len(shapes)} different answers"


def _without_id(answer: Answer) -> tuple[object, ...]:
    kept = {
        name.lower(): value
        for name, value in answer.headers
        if name.lower() not in {b"date", b"x-request-id"}
    }
    kept.pop(b"content-length")  # our own ids are shorter than those of the service
    return (
        answer.status,
        tuple(sorted(kept.items())),
        answer.body.replace(answer.request_id.encode(), b"<id>"),
    )


def _logged_once(answers: Sequence[Answer], output: str, lines: Lines) -> Iterator[str]:
    wanted = {answer.request_id for answer in answers if answer.case.code is not None}
    for answer in answers:
        count = len(lines.get(answer.request_id, ()))
        if count != (answer.case.code is not None):
            yield f"{answer.case.label}: {count} lines in the log"
    if lines.keys() - wanted:
        yield f"{len(lines.keys() - wanted)} lines in the log belong to no request"
    if _TRACEBACK in output:
        yield f"the server printed {output.count(_TRACEBACK)} raw tracebacks"


def _readable_elsewhere(answers: Sequence[Answer], _output: str, _lines: Lines) -> Iterator[str]:
    for answer in answers:
        if answer.case.method != "WS" and answer.header("access-control-allow-origin") != [
            "https://app.example"
        ]:
            yield f"{answer.case.label}: a browser could not read it"


Check = Callable[[Sequence[Answer], str, Lines], Iterator[str]]

CHECKS: dict[str, Check] = {
    "every request got the status and the code that its error declares": _as_expected,
    "no planted secret in any body, header, close reason or line of the server's output": _no_secret,
    "one request id per answer, the same in body and header, ours kept where we sent one": _ids,
    "every envelope is valid problem+json, and says the same as its headers": _problems,
    "another workspace's agent is answered exactly like a missing one": _told_alike,
    "every failure is in the log once, under its request id, without raw tracebacks": _logged_once,
    "error answers pass through the application's CORS middleware": _readable_elsewhere,
}


def failures(answers: Sequence[Answer], output: str) -> dict[str, Counter[str]]:
    """What does not hold: for each check the findings and how often."""
    lines = lines_of(output)
    return {name: Counter(check(answers, output, lines)) for name, check in CHECKS.items()}
