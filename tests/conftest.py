# SPDX-License-Identifier: MIT
"""What tests share: a quiet runtime, what was reported, and how properties are searched.

As thoroughly as usual on the first Python, briefly on the others; time decides nothing.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from errcore import Runtime
from errcore.testing.conformance import Records

# How much a strategy makes depends on chance: a run that made much is slow, and that is all.
settings.register_profile(
    "usual",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("brief", settings.get_profile("usual"), max_examples=20)
settings.load_profile("usual")


@pytest.fixture
def runtime():
    """A runtime that is quiet about everything that tests provoke."""
    with Runtime.for_tests(log_level="critical") as quiet:
        yield quiet


@pytest.fixture
def records():
    """What is reported while a test runs."""
    with Records() as seen:
        yield seen
