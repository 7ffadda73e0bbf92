# SPDX-License-Identifier: MIT
"""What is the same whatever framework a service is written in: errcore's part of an answer, and the line in the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256

from cases import SHARED
from evidence import Evidence, Line
from traffic import Answer

_HEADERS = ("content-type", "content-length", "cache-control", "retry-after")
_LOGGED = (
    "level",
    "service",
    "code",
    "kind",
    "fault",
    "status",
    "message",
    "retriable",
    "details",
    "request_id",
)


def told(answer: Answer) -> tuple[object, ...]:
    """What errcore decides of an answer; what the framework serves where nothing failed is its own business."""
    said = None if answer.problem is None else (answer.body, [answer.header(name) for name in _HEADERS])
    return answer.status, answer.cut, answer.header("x-request-id"), said


def digest(answer: Answer) -> str:
    """A short name for it."""
    return sha256(repr(told(answer)).encode()).hexdigest()[:6]


def logged(lines: list[Line]) -> list[tuple[object, ...]]:
    """What the log says of a request, without the moment and the place in the code."""
    return [tuple(line.get(name) for name in _LOGGED) for line in lines]


def answers_alike(evidence: Evidence) -> Iterator[str]:
    """The same request with the same id, to every service that serves it: one answer."""
    yield from _differences(evidence, told)


def lines_alike(evidence: Evidence) -> Iterator[str]:
    """And one line in the log."""
    yield from _differences(evidence, lambda answer: logged(evidence.lines_of(answer)))


def _differences(evidence: Evidence, of: Callable[[Answer], object]) -> Iterator[str]:
    for case, answers in evidence.by_case(SHARED):
        alike: defaultdict[str | None, dict[str, str]] = defaultdict(dict)
        for answer in answers:
            if answer.asked.sent_id is not None:
                alike[answer.asked.sent_id][answer.asked.service] = repr(of(answer))
        for found in alike.values():
            if len(set(found.values())) > 1:
                yield f"{case.label}: {' and '.join(found)} differ"
