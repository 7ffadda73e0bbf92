# SPDX-License-Identifier: MIT
"""Everything that came out of the services: their answers, and what they printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
from cases import CASES, Case
from outage import Outage
from traffic import Answer

from errcore.monitor import Stats

Line = dict[str, Any]


@attrs.frozen(slots=False)
class Evidence:
    """What a run left behind.

    Attributes:
        answers: What came back, in no order.
        printed: What each service printed, by its name.
        outage: What is left of the outage.
        counted: What the monitors have counted.
    """

    answers: Sequence[Answer]
    printed: Mapping[str, str]
    outage: Outage
    counted: Stats

    @cached_property
    def everything(self) -> Sequence[Answer]:
        """The answers, those in the outage included."""
        return (*self.answers, *(call.answer for call in self.outage.calls))

    @cached_property
    def lines(self) -> dict[tuple[str, str], list[Line]]:
        """The lines that errcore wrote about errors, by service and request id."""
        found: dict[tuple[str, str], list[Line]] = {}
        for service, output in self.printed.items():
            for line in output.splitlines():
                fields: Line = json.loads(line) if line.startswith('{"timestamp"') else {}
                if fields.get("event") == "error_reported":
                    found.setdefault((service, fields["request_id"]), []).append(fields)
        return found

    def lines_of(self, answer: Answer) -> list[Line]:
        """Those of one request."""
        return self.lines.get((answer.asked.service, answer.request_id), [])

    def by_case(self, cases: Sequence[Case] = CASES) -> Iterator[tuple[Case, list[Answer]]]:
        """The answers to each of these requests, if there are any, in the order of the requests."""
        grouped: dict[Case, list[Answer]] = {}
        for answer in self.answers:
            grouped.setdefault(answer.case, []).append(answer)
        for case in cases:
            if case in grouped:
                yield case, sorted(grouped[case], key=lambda answer: answer.asked.number)

    def first(self, path: str, service: str, status: int | None = None) -> Answer:
        """The first answer of a service to a request for that path, of those that should have that status."""
        return min(
            (
                each
                for each in self.answers
                if each.case.path == path
                and each.asked.service == service
                and status in (None, each.case.status)
            ),
            key=lambda answer: answer.asked.number,
        )
