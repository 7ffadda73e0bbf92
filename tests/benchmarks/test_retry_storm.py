# SPDX-License-Identifier: MIT
"""The simulation of an overload: the disease is visible, and the budget that is shipped cures it."""

from __future__ import annotations

import pytest
from benchmarks.retry_storm import main
from benchmarks.storm.measures import healthy, simulated, storm
from benchmarks.storm.model import Scenario
from benchmarks.storm.plot import picture

SEEDS = (1,)


def test_naive_retries_never_recover() -> None:
    """Without this the simulation could prove nothing."""
    found = storm(Scenario(clients=50), "naive", SEEDS)

    assert (found.tail, found.recovery) == (0.0, None)


@pytest.mark.parametrize("warm", [False, True], ids=["fresh", "warm"])
@pytest.mark.parametrize("clients", [1, 50, 500, 2000])
def test_budget_holds_in_a_fleet_of_any_size(clients, warm) -> None:
    """Goodput is back, not much later than without retries, and with few more requests."""
    scenario = Scenario(clients=clients, warm=warm)

    assert storm(scenario, "errcore", SEEDS).holds_against(storm(scenario, "no retries", SEEDS))


@pytest.mark.parametrize("clients", [1, 50, 2000])
def test_budget_costs_little_where_failures_are_independent(clients) -> None:
    """Of 5 % plain failures nearly all are mended, as without a budget."""
    scenario = Scenario(clients=clients, warm=True, slow_from=1e9, slow_to=1e9, failing=0.05)

    assert healthy(scenario, "errcore", SEEDS) >= 0.995 * healthy(scenario, "naive", SEEDS)


def test_same_seed_gives_the_same_run() -> None:
    """Nothing depends on the machine."""
    scenario = Scenario(clients=50, until=60.0)

    assert simulated(scenario, "errcore", 7) == simulated(scenario, "errcore", 7)
    assert simulated(scenario, "errcore", 7) != simulated(scenario, "errcore", 8)


def test_quick_run_prints_a_table_and_holds(capsys, tmp_path) -> None:
    """What a reader runs ends with 0, and draws a picture."""
    file = tmp_path / "storm.svg"

    assert main(["--quick", "--svg", str(file)]) == 0
    assert "| errcore | 1.00" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8").startswith("<svg ")


def test_picture_is_the_same_for_the_same_numbers() -> None:
    """So that it can be kept beside the text."""
    lines = {"naive": [1.0, 0.5], "errcore": [1.0, 1.0]}

    assert picture(lines, (0, 1), "t") == picture(lines, (0, 1), "t")
