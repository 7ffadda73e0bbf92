# SPDX-License-Identifier: MIT
"""The breaker against its model, on the default settings and on some that reach every corner."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from errcore.policies.breaking.breaker import Breaker
from errcore.policies.breaking.breaker_state import BreakerState
from errcore.policies.breaking.probes import Probes
from errcore.policies.breaking.tally import Tally
from errcore.policies.breaking.window import Window
from errcore.testing import BreakerMachine

STEPS = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    "breaker",
    [
        Breaker(),
        Breaker(minimum=3, successes=1),
        Breaker(0.3, minimum=5, window=2, open_for=0.5, open_cap=1.5, probes=3, successes=2),
        Breaker(1, minimum=4, slow_after=1, slow_rate=0.5, window=60, probes=2),
        Breaker(minimum=1, window=3600, open_for=90, slow_after=10),
    ],
    ids=["default", "small", "probes", "slow", "long"],
)
def test_it_does_what_the_model_does(breaker: Breaker) -> None:
    """Whatever the order of calls, ends, waits and operators, breaker and model are in the same state."""
    machine = type("Machine", (BreakerMachine,), {"breaker": breaker})

    run_state_machine_as_test(machine, settings=STEPS)


@pytest.mark.parametrize(
    ("cls", "name", "wrong"),
    [
        (BreakerState, "dropped", BreakerState.failed),
        (BreakerState, "isolate", BreakerState.reset),
        (BreakerState, "_open", lambda state, now, period: None),
        (Probes, "suffice", lambda probes: True),
        (Probes, "give_back", lambda probes, lease, now: True),
        (Tally, "settle", lambda tally, generation, now: None),
        (Window, "turn", lambda window, now: None),
    ],
)
def test_the_machine_sees_a_difference(
    monkeypatch: pytest.MonkeyPatch, cls: type, name: str, wrong: object
) -> None:
    """A breaker that is wrong in one place is found out."""
    monkeypatch.setattr(cls, name, wrong)
    machine = type("Machine", (BreakerMachine,), {"breaker": Breaker(minimum=3, successes=2, probes=2)})

    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(
            machine, settings=settings(STEPS, max_examples=300, phases=[Phase.generate])
        )


def test_the_machine_may_be_driven_by_hand() -> None:
    """A sequence of interest, step by step: a probe hangs, another one takes its place, and the first comes late."""

    class Small(BreakerMachine):
        breaker = Breaker(minimum=1, successes=1)

    machine = Small()
    machine.many("failed", 0.25)
    machine.probe("hangs", 1)
    machine.probe("hangs", 1)
    machine._end(0, "ok")
    machine.agree()
    assert machine._model.state == "half_open"
    machine._end(0, "ok")
    machine.agree()

    assert machine._model.state == "closed"
