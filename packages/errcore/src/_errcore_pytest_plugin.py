# SPDX-License-Identifier: MIT
"""The fixtures that errcore gives to pytest.

A module beside the package and not in it: pytest loads it in every project that has errcore installed, and must not
import errcore, which projects may want to import later, under coverage or with settings of their own. So each fixture
imports what it needs when it is used. `-p no:errcore` leaves the fixtures out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from errcore.testing import FakeClock, RecordedEvents, Records

__all__ = ["errcore_clock", "errcore_events", "errcore_reports"]


@pytest.fixture
def errcore_clock() -> Iterator[FakeClock]:
    """An `errcore.testing.FakeClock` that all of errcore reads during the test: waits take no time."""
    from errcore import clock
    from errcore.testing import FakeClock

    fake = FakeClock()
    with clock.using(fake):
        yield fake


@pytest.fixture
def errcore_events() -> Iterator[RecordedEvents]:
    """What errcore emits during the test, as an `errcore.testing.RecordedEvents`."""
    from errcore.testing import RecordedEvents

    with RecordedEvents() as recorded:
        yield recorded


@pytest.fixture
def errcore_reports() -> Iterator[Records]:
    """The errors that are reported during the test, as `errcore.testing.Records`."""
    from errcore.testing import Records

    with Records() as records:
        yield records
