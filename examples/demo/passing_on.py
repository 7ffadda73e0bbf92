# SPDX-License-Identifier: MIT
"""What becomes of an error in the service that called: told to its operators, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cases import PASSED_ON
from evidence import Evidence
from server import FASTAPI
from traffic import Answer


def upstream_of(evidence: Evidence, answer: Answer) -> dict[str, Any]:
    """What the gateway's log says that the service behind it has told."""
    lines = evidence.lines_of(answer)
    told: dict[str, Any] = (
        lines[0].get("internal", {}).get("details", {}).get("upstream", {}) if lines else {}
    )
    return told


def kept_behind(evidence: Evidence) -> Iterator[str]:
    """The client reads nothing of the upstream; the log names its code, and the id of its own line."""
    for case, answers in evidence.by_case(PASSED_ON):
        for answer in answers:
            told = upstream_of(evidence, answer)
            if case.upstream is None:
                continue
            if f"{told.get('status')} {told.get('code')}" != case.upstream:
                yield f"{answer.label}: the log does not say {case.upstream}"
                continue
            sent = answer.body + b"".join(value for _, value in answer.headers)
            for name in ("code", "message", "request_id"):
                if str(told.get(name)).encode() in sent:
                    yield f"{answer.label}: the upstream's {name} was sent"
            there = evidence.lines.get((FASTAPI.name, told.get("request_id", "")), [])
            if [line.get("correlation_id") for line in there] != [answer.request_id]:
                yield f"{answer.label}: the id leads to {len(there)} lines over there"
