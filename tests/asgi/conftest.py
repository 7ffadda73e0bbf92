# SPDX-License-Identifier: MIT
"""What the tests of the guards share: a runtime that is quiet, and a way to see what was reported."""

from __future__ import annotations

import pytest

from errcore import Runtime
from errcore.testing.conformance import Records


@pytest.fixture
def runtime():
    with Runtime.for_tests(log_level="critical") as quiet:
        yield quiet


@pytest.fixture
def records():
    with Records() as seen:
        yield seen
