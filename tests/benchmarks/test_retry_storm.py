# SPDX-License-Identifier: MIT
"""The simulation of an overload: the disease is visible, and the policy that is shipped cures it."""

from __future__ import annotations

import pytest
from benchmarks.retry_storm import LIVED, PAGE, PICTURE, QUICK, drawing, main
from benchmarks.storm import questions
from benchmarks.storm.measures import Storm, shards, simulated, storm, success
from benchmarks.storm.questions import everything, storms
from benchmarks.storm.scenario import NEVER, Scenario
from benchmarks.storm.tables import Cell, Row, Table, placed, read

SEEDS = (1,)


def test_naive_retries_never_recover() -> None:
    """Without this the simulation could prove nothing."""
    found = storm(Scenario(clients=50), "naive", SEEDS)

    assert (found.tail, found.recovery) == (0.0, None)
    assert found.amplification > 2.5


@pytest.mark.parametrize("history", [0.0, LIVED], ids=["fresh", "warm"])
@pytest.mark.parametrize("clients", [1, 50, 500, 2000])
def test_budget_holds_in_a_fleet_of_any_size(clients, history) -> None:
    """Goodput is back, not much later than without retries, and with few more requests."""
    scenario = Scenario(clients=clients, history=history)
    found, never = storm(scenario, "errcore", SEEDS), storm(scenario, "no retries", SEEDS)

    assert found.tail >= 0.99
    assert found.recovery is not None
    assert never.recovery is not None
    assert found.recovery <= 2.5 * never.recovery
    assert found.amplification <= 1.35


@pytest.mark.parametrize(
    ("clients", "slowly"),
    [(1, False), (50, False), (500, False), (2000, False), (1, True), (50, True), (100, True)],
)
def test_budget_costs_little_where_failures_are_independent(clients, slowly) -> None:
    """Of 5 % plain failures nearly all are mended in any fleet, as without a budget; of timeouts in one of up to 100."""
    scenario = Scenario(
        clients=clients, history=LIVED, slow_from=NEVER, slow_to=NEVER, failing=0.05, failing_slowly=slowly
    )

    assert success(scenario, "errcore", SEEDS) >= 0.995 * success(scenario, "naive", SEEDS)
    assert success(scenario, "no retries", SEEDS) < 0.96


def test_same_seed_gives_the_same_run() -> None:
    """Nothing depends on the machine, and something on the seed."""
    scenario = Scenario(clients=50, until=60.0)
    first = simulated(scenario, "errcore", 7)
    shards.cache_clear()

    assert simulated(scenario, "errcore", 7) == first
    assert simulated(scenario, "errcore", 8) != first


def test_all_arms_meet_the_same_calls() -> None:
    """What they do about failures moves nobody's arrival."""
    scenario = Scenario(clients=50, until=60.0)
    never, naive, guarded = (simulated(scenario, arm, 7) for arm in ("no retries", "naive", "errcore"))

    assert never.begun == naive.begun == guarded.begun
    assert never.attempts == never.begun
    assert sum(never.attempts) < sum(guarded.attempts) < sum(naive.attempts)


# --- what readers see


def test_quick_run_prints_what_the_page_says(capsys) -> None:
    """It holds, and its figures are those of the page."""
    assert main(["--quick"]) == 0

    printed = capsys.readouterr().out
    page = read(PAGE.read_text(encoding="utf-8"), "storm")
    for row in storms().rows:
        line = " | ".join([row.label, *(page[row.label, column] for column in QUICK)])
        assert f"| {line} |\n" in printed


@pytest.mark.parametrize("table", everything(), ids=lambda table: table.name)
def test_page_has_the_tables_that_the_program_prints(table) -> None:
    """The same rows and columns in the same order; the bold cells are checked by the program."""
    found = list(read(PAGE.read_text(encoding="utf-8"), table.name))

    assert found == [(row.label, column) for row in table.rows for column in table.head[1:]]


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [
        ("rest", "5% fail at once, warm", "50"),
        ("utilisation", "50% errcore", "50"),
        ("circumstances", "every process is replaced in the spell", "50"),
        ("shards", "hangs: errcore, key", "50"),
        ("breaker", "errcore, breaker", "50"),
        ("waits", "20 s: errcore", "50"),
    ],
)
def test_page_has_the_figures_that_the_program_prints(name, row, column) -> None:
    """One of each table; all of them are written by `--docs`."""
    table = next(each for each in everything() if each.name == name).only((column,))
    (found,) = [each for each in table.rows if each.label == row]

    assert found.cells[0]().text == read(PAGE.read_text(encoding="utf-8"), name)[row, column]


def test_picture_is_the_one_that_the_program_draws() -> None:
    """Byte for byte."""
    assert PICTURE.read_text(encoding="utf-8") == drawing()


def test_tables_find_their_places() -> None:
    """What is around them stays; a page without a place is refused, and what does not hold is told."""
    table = Table("t", "title", ("a", "b", "c"), (Row("x", (lambda: Cell("1"), lambda: Cell("2", "no"))),))
    page = "before\n<!-- t: python -m benchmarks.retry_storm --docs -->\n\nold\n\n<!-- t: end -->\nafter\n"
    lines, missed = table.lines()
    written = placed(page, "t", lines)

    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert "old" not in written
    assert read(written, "t") == {("x", "b"): "1", ("x", "c"): "2"}
    assert missed == ["x, c: no"]
    assert table.only(("c",)).lines()[0] == ["| a | c |", "| --- | --- |", "| x | 2 |"]
    for broken in (placed, read):
        with pytest.raises(ValueError, match="table 'other'"):
            broken(page, "other", *([lines] if broken is placed else []))


def test_program_fails_where_a_bound_is_missed(monkeypatch, capsys) -> None:
    """With a bound that nobody can hold."""
    monkeypatch.setattr(Storm, "holds_against", lambda own, never: False)
    assert main(["--quick"]) == 1
    assert "MISSED: storm: errcore, 500 warm" in capsys.readouterr().out


def test_program_fails_where_the_disease_is_cured(monkeypatch, capsys) -> None:
    """A naive arm that recovers proves nothing."""
    well = storm(Scenario(clients=1), "no retries", SEEDS)
    monkeypatch.setattr(questions, "storm", lambda *_: well)
    assert main(["--quick"]) == 1
    assert "MISSED: storm: naive, 500 warm" in capsys.readouterr().out
