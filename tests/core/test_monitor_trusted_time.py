# SPDX-License-Identifier: MIT
"""By which time is deleted: nothing that a clock set ahead says is old, and all that is old in the end."""

from __future__ import annotations

import pytest

from errcore import clock
from errcore.monitor import Monitor
from errcore.monitor.telling.trusted_time import TrustedTime
from errcore.testing import FakeClock

DAY = 86400.0


def test_a_clock_that_is_right():
    """Is believed."""
    time = TrustedTime(1e9, 5.0)

    assert [time.now(1e9 + seconds, 5.0 + seconds) for seconds in (0.0, 600.0, DAY)] == [
        1e9,
        1e9 + 600.0,
        1e9 + DAY,
    ]


def test_a_clock_that_drifts():
    """Too, for a year; clocks do."""
    time = TrustedTime(1e9, 0.0)

    assert all(
        time.now(1e9 + 1.01 * at, at) == 1e9 + 1.01 * at for at in (hour * 3600.0 for hour in range(365 * 24))
    )


@pytest.mark.parametrize("ahead", [2 * 3600.0, 400 * DAY])
def test_a_clock_that_jumps_ahead(ahead):
    """Is believed after a day; if it comes back before that, nothing has happened."""
    time = TrustedTime(1e9, 0.0)

    assert time.now(1e9 + ahead, 0.0) == 1e9
    assert time.now(1e9 + 600.0, 600.0) == 1e9 + 600.0
    assert time.now(1e9 + ahead + 700.0, 700.0) == 1e9 + 700.0
    late = 700.0 + DAY
    assert time.now(1e9 + ahead + late, late) == 1e9 + ahead + late


def test_a_clock_that_jumps_ahead_again():
    """Is believed after another day, whether it had come back or was believed."""
    time = TrustedTime(1e9, 0.0)

    assert time.now(1e9 + 40 * DAY, 0.0) == 1e9
    assert time.now(1e9 + DAY / 2, DAY / 2) == 1e9 + DAY / 2
    assert time.now(1e9 + 42 * DAY, 2 * DAY) == 1e9 + 2 * DAY
    assert time.now(1e9 + 43 * DAY, 3 * DAY) == 1e9 + 43 * DAY
    assert time.now(1e9 + 84 * DAY, 4 * DAY) == 1e9 + 44 * DAY


@pytest.mark.parametrize("others", [[0.0, 40 * DAY], [-10.0, 0.0, 40 * DAY], [0.0, 5.0, 40 * DAY, 41 * DAY]])
def test_others_whose_clocks_are_ahead(others):
    """Are not believed as long as they are not more than the rest."""
    time = TrustedTime(1e9 + 40 * DAY, 0.0, [1e9 + each for each in others])

    assert time.now(1e9 + 40 * DAY, 0.0) == pytest.approx(1e9 + 3600.0, abs=5.0)


def test_a_clock_that_goes_back():
    """Less is deleted than could be."""
    time = TrustedTime(1e9, 0.0)

    assert time.now(1e9 - 50 * DAY, 10.0) == 1e9 - 50 * DAY
    assert time.now(1e9 + 20.0, 20.0) == 1e9 + 20.0  # where it was is no jump


def test_one_worker_whose_clock_is_ahead_deletes_nothing(tmp_path):
    """The others have told the store when they were."""
    store = f"sqlite:///{tmp_path / 'errors.db'}"
    with clock.using(FakeClock()) as at, Monitor(store, background=False) as good:
        for _ in range(50):
            good.capture(KeyError("k"))
        good.flush()
        at.advance(3600.0)
        with clock.using(FakeClock(seed=7)) as wrong:
            wrong.advance(40 * DAY)
            with Monitor(store, background=False) as bad:
                bad.count_request("/", 200, 0.1)

        assert (good.stats("7d")["total"], len(good.groups())) == (50, 1)


def test_a_clock_that_was_behind_at_first():
    """What is counted is purged a day after it was set right: memory does not grow for ever."""
    with clock.using(FakeClock()) as at, Monitor(background=False) as monitor:
        monitor.count_request("/", 200, 0.1)
        monitor.flush()
        for _ in range(5 * 24):
            at.advance(3600.0)
            monitor.count_request("/", 200, 0.1)
            monitor.flush()

        assert len(monitor._teller._store._counts[60]) <= 4
