# SPDX-License-Identifier: MIT
"""What tests share: a quiet runtime, what was reported, and how properties are searched.

As thoroughly as usual on the first Python, briefly on the others; time decides nothing. A test that wants more or fewer
examples than others says so in shares of the profile's: `max_examples=2 * settings.default.max_examples`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from errcore import Runtime, clock
from errcore.errors.classification import forget_verdicts
from errcore.testing import FakeClock
from errcore.testing.conformance import Records

# How much a strategy makes depends on chance: a run that made much is slow, and that is all.
settings.register_profile(
    "usual",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("brief", settings.get_profile("usual"), max_examples=20)
settings.load_profile("usual")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of servers and examples are few and slow: first, or one core would wait for the other at the end."""
    items.sort(key=lambda item: item.path.parent.name not in {"servers", "examples"})


def pytest_collection_finish() -> None:
    """The thousands of tests that wait for their turn are no garbage: collections need not walk over them."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def fake() -> Iterator[FakeClock]:
    """Time that takes none."""
    with clock.using(FakeClock()) as now:
        yield now


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Classes that a test makes are let go of, so that the catalogue is what it was."""
    yield
    forget_verdicts()
    gc.collect()


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


@pytest.fixture
def no_policies(monkeypatch):
    """Health sees none of the policies that other tests have left behind, open or isolated."""
    monkeypatch.setattr("errcore.runtime.parts.states", dict)
