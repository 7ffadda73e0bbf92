# SPDX-License-Identifier: MIT
"""What there was lately, whatever the clock does: each count is in its minute, and none is ever lost or zeroed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from monitored import SetClock, raised

from errcore import ConfigurationError, NotFoundError, clock
from errcore.monitor import Monitor
from errcore.monitor.windows import HOUR, MINUTE, by_the_hour, window_of

START = (
    1_700_000_040.0  # twenty minutes and forty seconds before an hour: minutes and hours end while it goes on
)


def test_border_of_a_minute():
    """A count of the last second of a minute is in that minute, and leaves a window with it."""
    with clock.using(SetClock(wall=1_700_000_099.0)) as now, Monitor(background=False) as monitor:
        monitor.capture(raised(KeyError("k")))  # second 59 of the minute
        now.advance(1.0)
        monitor.capture(raised(KeyError("k")))  # second 0 of the next one
        assert monitor.stats("1m")["total"] == 2
        now.advance(59.0)
        assert monitor.stats("1m")["total"] == 2  # a part of a bucket counts as all of it
        now.advance(1.0)
        assert monitor.stats("1m")["total"] == 1
        now.advance(240.0)
        assert monitor.stats("5m")["total"] == 1
        now.advance(60.0)
        assert monitor.stats("5m")["total"] == 0
        assert monitor.stats("3h")["total"] == 2


def test_border_of_an_hour():
    """Beyond two hours it is hours that are counted, each as a whole."""
    with clock.using(SetClock(wall=36_000.0 - 1)) as now, Monitor(background=False) as monitor:
        monitor.capture(raised(KeyError("k")))
        now.advance(1.0)
        monitor.capture(raised(KeyError("k")))
        now.advance(3 * 3600.0 - 1)
        assert monitor.stats("3h")["total"] == 2
        now.advance(1.0)
        assert monitor.stats("3h")["total"] == 1
        now.advance(3600.0)
        assert (monitor.stats("3h")["total"], monitor.stats("5h")["total"]) == (0, 2)


@pytest.mark.parametrize("step", [-86_400.0, -90.0, -1.0, 1.0, 90.0, 86_400.0 * 40])
def test_clock_that_is_set(step: float):
    """Forward or back, by seconds or weeks: what was counted before and after is there, and the dates are what they were."""
    with clock.using(SetClock(wall=START)) as now, Monitor(background=False) as monitor:
        monitor.capture(raised(KeyError("k")), route="/a")
        monitor.count_request("/a", 500, 0.1)
        monitor.flush()
        now.set(step)
        monitor.capture(raised(KeyError("k")), route="/a")
        monitor.count_request("/a", 500, 0.1)
        monitor.flush()
        group = monitor.groups()[0]

        assert (group.count, group.first_seen, group.last_seen) == (
            2,
            min(START, START + step),
            max(START, START + step),
        )
        expected = 1 if step > 3600 else 2
        assert monitor.stats("1h")["total"] == monitor.stats("1h")["requests"]["total"] == expected
        now.set(-step)
        assert monitor.stats("35d")["total"] == (1 if step < -86_400 * 35 else 2)
        assert monitor.stats("2d")["requests"]["total"] == 2


def test_clock_that_is_set_back_is_no_reason_to_look_away():
    """A sample is kept then, though there was one in the minute that the clock had shown before."""
    with clock.using(SetClock(wall=START)) as now, Monitor(background=False) as monitor:
        for _ in range(4):
            monitor.capture(raised(KeyError("k")))
        group = monitor.groups()[0].facts.id
        assert len(monitor.samples(group)) == 3
        now.set(-86_400.0)
        monitor.capture(raised(KeyError("k")))
        monitor.flush()

        assert len(monitor.samples(group)) == 4


@pytest.mark.parametrize("step", [-90.0, 90.0])
def test_clock_that_is_set_between_two_batches(step: float):
    """The dates are the extremes, also where both errors are of one batch."""
    with clock.using(SetClock(wall=START)) as now, Monitor(background=False) as monitor:
        for _ in range(2):
            monitor.capture(raised(KeyError("k")))
            now.set(step)
        group = monitor.groups()[0]

    assert (group.first_seen, group.last_seen) == (min(START, START + step), max(START, START + step))


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([0.5, 20.0, 59.0, 60.0, 61.0, 1000.0, 3600.0, 9000.0])),
    st.tuples(st.just("set"), st.sampled_from([-4000.0, -61.0, -1.0, 1.0, 61.0, 4000.0])),
    st.tuples(st.just("capture"), st.integers(0, 3)),
    st.tuples(
        st.just("request"),
        st.tuples(st.sampled_from(["/a", "/b", None]), st.sampled_from([200, 404, 429, 503])),
    ),
    st.tuples(st.just("flush"), st.none()),
)
CLASSES = [KeyError, ValueError, NotFoundError, type("Made", (Exception,), {})]


class Model:
    """Everything that was counted, in lists."""

    def __init__(self) -> None:
        self.errors: list[tuple[float, int]] = []
        self.requests: list[tuple[float, str | None, int]] = []

    @staticmethod
    def among(moment: float, now: float, seconds: int) -> bool:
        width = MINUTE if seconds <= 7200 else HOUR
        return moment // width >= math.floor((now - seconds) / width)


@settings(max_examples=3 * settings.default.max_examples)
@given(st.lists(STEPS, max_size=40), st.sampled_from([60, 300, 3600, 7200, 10_800, 86_400]))
def test_same_as_a_list(steps: list[tuple[str, Any]], seconds: int):
    """Whatever happens in whatever order, statistics are those of somebody who wrote everything down."""
    model = Model()
    with clock.using(SetClock(wall=START)) as now, Monitor(background=False) as monitor:
        for what, value in steps:
            if what == "pass":
                now.advance(value)
                # What is older by the time that has passed may be forgotten, also if the clock is set back later.
                assume(seconds > 7200 or now.monotonic() <= 7200)
            elif what == "set":
                now.set(value)
            elif what == "capture":
                monitor.capture(raised(CLASSES[value]("x")))
                model.errors.append((now.wall(), value))
            elif what == "request":
                monitor.count_request(*value, 0.1)
                model.requests.append((now.wall(), *value))
            else:
                monitor.flush()
        here = now.wall()
        stats = monitor.stats(seconds, top=10)
        errors = [kind for moment, kind in model.errors if model.among(moment, here, seconds)]
        requests = [each for each in model.requests if model.among(each[0], here, seconds)]

    assert stats["total"] == len(errors)
    assert sorted(group["count"] for group in stats["top"]) == sorted(
        errors.count(kind) for kind in {*errors}
    )
    ever = [kind for _, kind in model.errors]
    assert {group["total"] for group in stats["top"]} == {ever.count(kind) for kind in {*errors}}
    assert stats["requests"]["total"] == len(requests)
    assert stats["requests"]["by_outcome"].get("server_error", 0) == sum(
        status == 503 for *_, status in requests
    )
    assert stats["requests"]["by_outcome"].get("limited", 0) == sum(status == 429 for *_, status in requests)
    for route, found in stats["requests"]["by_route"].items():
        named = None if route == "<unmatched>" else route
        mine = [status for _, name, status in requests if name == named]
        assert (found["total"], found["error_rate"]) == (
            len(mine),
            sum(status >= 500 for status in mine) / len(mine),
        )
    assert stats["rates"]["error_rate"] == (
        sum(status >= 500 for *_, status in requests) / len(requests) if requests else None
    )


@pytest.mark.parametrize(
    ("asked", "seconds", "width"),
    [
        ("90s", 90, MINUTE),
        ("2h", 7200, MINUTE),
        ("121m", 7260, HOUR),
        (7200.5, 7201, HOUR),
        ("35d", 3_024_000, HOUR),
        (60, 60, MINUTE),
    ],
)
def test_windows(asked: Any, seconds: int, width: int):
    """A text or seconds; up to two hours in minutes."""
    window = window_of(asked)

    assert (window.seconds, window.width) == (seconds, width)


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "5",
        "m",
        "-5m",
        "5 m",
        "1w",
        "1.5h",
        "0s",
        "36d",
        "9999999s",
        0,
        -1,
        0.5,
        math.nan,
        math.inf,
        3024001,
        True,
        None,
        b"5m",
        "x" * 1000,
        "5m\n",
        [],
    ],
)
def test_windows_that_are_none(asked: Any):
    """It is said what was asked, why that is none, and what to ask."""
    with (
        pytest.raises(
            ConfigurationError, match=r"^Cannot look at a window of .* to 35 days; pass one such as"
        ) as refused,
        Monitor(background=False) as monitor,
    ):
        monitor.stats(asked)

    assert len(str(refused.value)) < 250


@given(st.dictionaries(st.integers(0, 10_000), st.integers(1, 9), min_size=1), st.integers(0, 500))
def test_by_the_hour(minutes: dict[int, int], recent: int):
    """No count is lost or leaves its hour, the latest minutes stay, and of the rest there is one bucket for each hour."""
    kept = by_the_hour(minutes, recent)

    def by_hour(counts: dict[int, int]) -> dict[int, int]:
        sums: dict[int, int] = {}
        for minute, count in counts.items():
            sums[minute // 60] = sums.get(minute // 60, 0) + count
        return sums

    oldest = max(minutes) - recent
    assert by_hour(kept) == by_hour(minutes)
    assert all(kept[minute] >= count for minute, count in minutes.items() if minute >= oldest)
    assert len([minute for minute in kept if minute < oldest and minute % 60]) == 0
