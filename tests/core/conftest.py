# SPDX-License-Identifier: MIT
"""What many tests of the policies begin with: a clock that nobody waits for, and the ways to make a guarded call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from policy_ways import WAYS

from errcore import clock
from errcore.testing import FakeClock


@pytest.fixture
def fake() -> Iterator[FakeClock]:
    """Time that takes none."""
    with clock.using(FakeClock()) as now:
        yield now


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """How the call is made."""
    return str(request.param)
