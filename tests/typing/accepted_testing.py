# SPDX-License-Identifier: MIT
"""Lines about the testing kit that type checkers must accept, with the types that they must find."""

from __future__ import annotations

from typing import assert_type

import pytest

from errcore import Occurrence, Reply
from errcore.envelopes import nested
from errcore.errors import Told
from errcore.policies import Retried, Transition
from errcore.testing import (
    FakeClock,
    RecordedEvents,
    Records,
    assert_envelope,
    assert_no_secret,
    assert_problem_details,
)


def answers(response: object, reply: Reply) -> None:
    """Any response will do, and what it tells has a type."""
    assert_type(assert_envelope(response, code="NOT_FOUND", status=404, retriable=False, message="x"), Told)
    assert_type(assert_envelope(reply, format="nested"), Told)
    assert_type(assert_envelope(reply, format=nested(id_key=None)), Told)
    assert_type(assert_problem_details(reply, status=422, pointers=["/a", "#/b"]), Told)
    assert_type(assert_no_secret(response, reply, canary="hunter2-Xy7"), int)


def recorders() -> None:
    """Events keep their types."""
    with RecordedEvents() as recorded, Records(patience=1) as reports:
        pass
    assert_type(recorded, RecordedEvents)
    assert_type(recorded.of(Retried, policy="pay"), list[Retried])
    assert_type(recorded.the_one(Transition).after, str)
    assert_type(recorded.seen, list[object])
    assert_type(reports.seen, list[Occurrence])
    assert_type(reports.the_one().code, str)
    assert_type(reports.the_one("req_1"), Occurrence)


@pytest.fixture
def later(errcore_clock: FakeClock, errcore_events: RecordedEvents, errcore_reports: Records) -> float:
    """What a test annotates the fixtures with."""
    errcore_clock.advance(60)
    return errcore_clock.monotonic() + len(errcore_events.seen) + len(errcore_reports.seen)
