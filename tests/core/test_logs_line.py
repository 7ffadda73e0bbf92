# SPDX-License-Identifier: MIT
"""Lines: stamped in UTC, bounded, and never without their ids."""

from __future__ import annotations

import json

import pytest

from errcore import (
    InternalError,
    NotFoundError,
    Occurrence,
    clock,
    internal,
    public,
)
from errcore.context import ErrorContext
from errcore.logs import ErrorLog
from errcore.logs.line import LONGEST, line_of, timestamp


class OrderLost(
    InternalError, code="T_LINE_ORDER_LOST", message="The order cannot be read.", severity="critical"
):
    """Lost."""

    order: str = public()
    shard: int = internal(default=3)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out = capsys.readouterr().out
    assert out == "" or out.endswith("\n")
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_763_780_400.9999, "2025-11-22T03:00:00.999Z"),
        (1_763_780_401.0, "2025-11-22T03:00:01.000Z"),
        (-0.25, "1969-12-31T23:59:59.750Z"),
    ],
)
def test_timestamp_is_utc_with_milliseconds(seconds, text):
    """ISO 8601, cut and not rounded, so that a line is never ahead of its time."""
    assert timestamp(seconds) == text
    assert timestamp(seconds) == text


def test_time_of_the_line_is_that_of_the_error(capsys):
    """The line is stamped with when it happened, not with when it was written."""

    class Stopped(clock.SystemClock):
        def wall(self) -> float:
            return 12.5

    with clock.using(Stopped()):
        occurrence = Occurrence.of(NotFoundError("x"))
    ErrorLog().write(occurrence)

    assert lines(capsys)[0]["timestamp"] == "1970-01-01T00:00:12.500Z"


FIELDS = {"timestamp": "t", "level": "error", "code": "X", "error_id": "e", "message": "m"}
FRAMES = [f"/a/b/{n}.py:{n} in f" for n in range(30)]


@pytest.mark.parametrize(
    ("extra", "lost"),
    [
        ({"traceback": [frame + "x" * 700 for frame in FRAMES]}, ["traceback"]),
        ({"traceback": FRAMES, "causes": [{"message": "€" * 4000}]}, ["traceback", "causes"]),
        ({"details": {"x": "y" * 17_000}, "internal": {"a": 1}}, ["internal", "details"]),
    ],
)
def test_long_line_loses_what_matters_least(extra, lost):
    """Older frames go first, then causes, then the rest; what went is named."""
    line = line_of({**FIELDS, **extra})

    assert len(line) <= LONGEST
    assert json.loads(line)["truncated"] == lost
    assert json.loads(line).items() >= FIELDS.items()


def test_newest_frames_stay():
    """They are where it happened."""
    line = line_of({**FIELDS, "traceback": [frame + "x" * 700 for frame in FRAMES]})

    assert [frame.rstrip("x") for frame in json.loads(line)["traceback"]] == FRAMES[-8:]


@pytest.mark.parametrize("more", [{}, {"details": "x" * LONGEST}])
def test_longest_line_is_as_long_as_allowed(more):
    """Its end included, whether it was shortened or not; one more character is too many."""
    room = LONGEST - len(line_of({**more, "message": ""}))
    fits, too_long = (line_of({**more, "message": "m" * length}) for length in (room, room + 1))

    assert len(fits) == LONGEST > len(too_long)
    assert "message" in json.loads(fits)
    assert json.loads(too_long) == {"truncated": True}


@pytest.mark.parametrize(
    "extra",
    [{"message": "😀" * 9000}, {"message": float("nan")}, {"message": object()}, {"message": {1: {2, 3}}}],
)
def test_line_of_last_resort_has_the_ids(extra):
    """What cannot be shortened or written leaves the ids."""
    line = line_of({**FIELDS, **extra, "request_id": "r" * 500})

    assert len(line) <= LONGEST
    read = json.loads(line)
    assert (read["error_id"], read["code"], read["truncated"]) == ("e", "X", True)
    assert "message" not in read


def test_huge_error_stays_bounded(capsys):
    """Megabytes on every side of an error make one bounded line."""
    error = OrderLost("😀" * 10**6, order="é" * 10**6, shard="z" * 10**6, details={"d": "x" * 10**6})
    error.add_note("n" * 10**6)
    deep: BaseException = error
    for n in range(50):
        deep.__cause__ = ValueError("c" * 10**5, n)
        deep = deep.__cause__

    ErrorLog(service="s").write(Occurrence.of(error, ErrorContext(fields={"f": "y" * 10**6})))

    out = capsys.readouterr().out
    assert len(out) <= LONGEST
    assert json.loads(out)["code"] == "T_LINE_ORDER_LOST"
