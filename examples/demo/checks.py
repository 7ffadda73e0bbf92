# SPDX-License-Identifier: MIT
"""What must hold for everything that came out of the services, whatever went wrong inside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import outage_checks
from comparison import answers_alike, lines_alike
from counted import differences
from every_format import read_back
from evidence import Evidence
from passing_on import kept_behind
from planted import INTERNALS, SECRETS
from server import GATEWAY
from traffic import Answer

from errcore.envelopes import get

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


def _as_expected(evidence: Evidence) -> Iterator[str]:
    for answer in evidence.answers:
        case, problem = answer.case, answer.problem
        if (answer.status, answer.cut) != (case.status, case.cut):
            yield f"{answer.label}: status {answer.status} instead of {case.status}"
        told = None if problem is None else problem["code"]
        if told != (case.code if case.told else None):
            yield f"{answer.label}: code {told} instead of {case.code}"
        lines = evidence.lines_of(answer)
        if case.code and not case.told and lines and lines[0]["code"] != case.code:
            yield f"{answer.label}: the log has another code than {case.code}"


def _no_secret(evidence: Evidence) -> Iterator[str]:
    for answer in evidence.everything:
        everything = answer.body + b"".join(name + value for name, value in answer.headers)
        for word in (*SECRETS, *INTERNALS):
            if word.encode() in everything:
                yield f"{answer.label}: {word!r} was sent"
    for service, output in evidence.printed.items():
        for word in SECRETS:
            if word in output:
                yield f"{service}: the server printed {word!r}"


def _ids(evidence: Evidence) -> Iterator[str]:
    for answer in evidence.everything:
        problem, ids = answer.problem, answer.header("x-request-id")
        if len(ids) != 1:
            yield f"{answer.label}: {len(ids)} X-Request-ID headers"
        elif answer.asked.sent_id not in (None, ids[0]):
            yield f"{answer.label}: our own id came back as another"
        elif problem is not None and problem["request_id"] != ids[0]:
            yield f"{answer.label}: one id in the body, another in the header"


def _problems(evidence: Evidence) -> Iterator[str]:
    required = set(get("problem").schema([])["required"])  # type: ignore[call-overload]
    for answer in evidence.answers:
        problem = answer.problem
        if answer.case.code is None or not answer.case.told:
            continue
        if problem is None:
            yield f"{answer.label}: no problem+json"
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
            yield f"{answer.label}: {', '.join(wrong)} is not as it should be"


def _pointers(evidence: Evidence) -> Iterator[str]:
    """Every rule that a body breaks is told, where it is broken, and nothing else."""
    for answer in evidence.answers:
        if answer.case.rejected:
            errors = (answer.problem or {}).get("errors", ())
            told = tuple((error.get("pointer"), error.get("code")) for error in errors)
            if told != answer.case.rejected:
                yield f"{answer.label}: {len(told)} issues, and not those that its body has"
            if any(error.get("location") != "body" for error in errors):
                yield f"{answer.label}: an issue is not said to be in the body"


def _told_alike(evidence: Evidence) -> Iterator[str]:
    """A missing id and another workspace's: every byte but the id itself."""
    shapes: dict[str, set[object]] = {}
    for answer in evidence.answers:
        if answer.case.path in {"/agents/nobody", "/agents/a9"}:
            shapes.setdefault(answer.asked.service, set()).add(_without_id(answer))
    for service, several in shapes.items():
        if len(several) > 1:
            yield f"{service}: there are {len(several)} different answers"


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


def _logged_once(evidence: Evidence) -> Iterator[str]:
    wanted = {
        (answer.asked.service, answer.request_id) for answer in evidence.everything if _has_failed(answer)
    }
    for answer in evidence.everything:
        count = len(evidence.lines_of(answer))
        if count != _has_failed(answer):
            yield f"{answer.label}: {count} lines in the log"
    passed_on = {answer.request_id for answer in evidence.answers if answer.asked.service == GATEWAY.name}
    for key, lines in evidence.lines.items():
        if key not in wanted and lines[0].get("correlation_id") not in passed_on:
            yield f"{key[0]}: a line in the log belongs to no request"
    for service, output in evidence.printed.items():
        if _TRACEBACK in output:
            yield f"{service}: the server printed {output.count(_TRACEBACK)} raw tracebacks"


def _has_failed(answer: Answer) -> bool:
    return answer.case.code is not None or answer.problem is not None


def _readable_elsewhere(evidence: Evidence) -> Iterator[str]:
    for answer in evidence.answers:
        if answer.case.method != "WS" and answer.header("access-control-allow-origin") != [
            "https://app.example"
        ]:
            yield f"{answer.label}: a browser could not read it"


def _counted(evidence: Evidence) -> Iterator[str]:
    return differences(evidence.counted, (line for lines in evidence.lines.values() for line in lines))


Check = Callable[[Evidence], Iterator[str]]

CHECKS: dict[str, Check] = {
    "every request got the status and the code that its error declares": _as_expected,
    "no planted secret in any body, header, close reason or line of a server's output": _no_secret,
    "one request id per answer, the same in body and header, ours kept where we sent one": _ids,
    "every envelope is valid problem+json, and says the same as its headers": _problems,
    "a body that breaks several rules is rejected with all of them, each with its pointer": _pointers,
    "another workspace's agent is answered exactly like a missing one": _told_alike,
    "every failure is in the log once, under its request id, without raw tracebacks": _logged_once,
    "the monitor has counted every failure that is in the log, by code, and nothing else": _counted,
    "error answers pass through the application's CORS middleware": _readable_elsewhere,
    "the frameworks' answers to a request are one to the byte: status, errcore's headers, envelope": answers_alike,
    "the frameworks' log lines about a request are one: code, kind, fault, status, message, id": lines_alike,
    "the gateway's client reads nothing of the upstream, whose code and id are in the gateway's log": kept_behind,
    "every format tells what is public and no more, and is understood by whoever reads it back": read_back,
}


def failures(evidence: Evidence) -> dict[str, Counter[str]]:
    """What does not hold: for each check the findings and how often."""
    found = {name: Counter(check(evidence)) for name, check in CHECKS.items()}
    return found | {name: Counter(check(evidence.outage)) for name, check in outage_checks.CHECKS.items()}
