# SPDX-License-Identifier: MIT
"""One deadline for everything that happens in a context, and what travels of it between hosts."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import DeadlineExceededError, classify, clock
from errcore.errors import Outcome
from errcore.policies.deadlines import (
    OutOfTimeError,
    current_deadline,
    deadline,
    deadline_from_header,
    deadline_to_header,
    remaining,
)
from errcore.testing import FakeClock


@pytest.fixture(autouse=True)
def fake() -> Iterator[FakeClock]:
    """Time that takes none."""
    with clock.using(FakeClock(monotonic=1000.0)) as now:
        yield now


def test_what_is_left_shrinks_to_nothing(fake: FakeClock):
    """And never below."""
    assert remaining() is None
    with deadline(5):
        assert remaining() == 5
        fake.advance(2)
        assert remaining() == 3
        fake.advance(20)
        assert remaining() == 0
    assert remaining() is None


def test_the_earlier_of_nested_deadlines_counts(fake: FakeClock):
    """A shorter one inside holds there, a longer one does not extend anything."""
    with deadline(5):
        with deadline(2):
            assert remaining() == 2
        with deadline(50):
            assert remaining() == 5
        assert current_deadline() == 1005.0


def test_it_ends_also_with_an_exception():
    """The block is left whichever way."""
    with pytest.raises(KeyError), deadline(5):
        raise KeyError
    assert remaining() is None


async def test_tasks_take_it_along_and_threads_do_not():
    """A task sees the deadline of where it was started; a bare thread has none."""
    seen: list[float | None] = []

    async def ask() -> None:
        seen.append(remaining())

    with deadline(5):
        await asyncio.gather(ask(), ask())
        thread = threading.Thread(target=lambda: seen.append(remaining()))
        thread.start()
        thread.join()
    assert seen == [5, 5, None]


def test_no_time_left_says_nothing_about_a_dependency():
    """It is a deadline for the client, and dropped by policies."""
    verdict = classify(OutOfTimeError())

    assert verdict.outcome is Outcome.DROPPED
    assert verdict.executed == "no"
    assert verdict.status == classify(DeadlineExceededError()).status == 504
    assert verdict.code == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize(
    ("seconds", "header"),
    [
        (0.0, "0"),
        (-3.0, "0"),
        (0.0009, "0"),
        (1.9999, "1999"),
        (60, "60000"),
        (999_999.999, "999999999"),
        (1e6, None),
        (float("nan"), None),
        (float("inf"), None),
        (float("-inf"), None),
        (None, None),
    ],
    ids=itertools.count(),
)
def test_what_is_sent(seconds: float | None, header: str | None):
    """Whole milliseconds, rounded down; nothing where there is no deadline worth the name."""
    assert deadline_to_header(seconds) == header


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "1_000",
        " 5",
        "5 ",
        "0x10",
        "nan",
        "inf",
        "9" * 10,
        "9" * 100_000,
        "\u0663\u0660",
        "\u00b2",
        "5\n",
        "5,6",
        b"5",
        5,
        None,
        object(),
    ],
    ids=itertools.count(),
)
def test_what_makes_no_sense_is_no_deadline(text: object):
    """Hostile headers are quietly ignored."""
    assert deadline_from_header(text) is None


@given(st.floats(0, 999_999))
def test_a_deadline_survives_the_way(seconds: float):
    """The receiver has at most a millisecond less, and never more."""
    header = deadline_to_header(seconds)
    assert header is not None
    found = deadline_from_header(header)

    assert found is not None
    assert seconds - 0.001001 <= found <= seconds + 1e-9


@given(st.text())
def test_any_text_is_a_deadline_or_none(text: str):
    """Total, and never negative."""
    found = deadline_from_header(text)

    assert found is None or 0 <= found < 1_000_000
