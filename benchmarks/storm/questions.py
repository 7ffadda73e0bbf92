# SPDX-License-Identifier: MIT
"""What is asked of the simulation: one table for each question, and the bounds that errcore has to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from benchmarks.storm.measures import MAIN, SEEDS, Storm, elsewhere, storm, success
from benchmarks.storm.scenario import NEVER, Scenario
from benchmarks.storm.tables import Cell, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FLEETS", "LIVED", "breakers", "circumstances", "everything", "rests", "shards", "storms"]

FLEETS = (1, 50, 500, 2000)
LIVED = 300.0
"""Seconds of healthy traffic that make a process warm: ten times as long as its first purse remembers."""

_REST = Scenario(slow_from=NEVER, slow_to=NEVER)


def _cell(
    scenario: Scenario, arm: str, *, bound: bool = False, seeds: tuple[int, ...] = SEEDS, more: str = ""
) -> Callable[[], Cell]:
    """A spell. `bound` is for what has to hold, or to fail for the naive arm; `more` for a measure beyond the three."""

    def worked_out() -> Cell:
        found, never = storm(scenario, arm, seeds), storm(scenario, "no retries", seeds)
        holds = found.holds_against(never)
        text = f"{found}{_MORE[more](found)}"
        missed = None
        if bound and arm == "naive":
            missed = f"{found}: it recovers, so this proves nothing" if found.tail >= 0.5 else None
        elif bound and not holds:
            missed = f"{found} against {never} without retries"
        return Cell(text if holds else f"**{text}**", missed)

    return worked_out


_MORE: dict[str, Callable[[Storm], str]] = {
    "": lambda _: "",
    "lost": lambda found: f", {found.lost:.0f} s",
    "peak": lambda found: f", {found.peak}/s",
}


def _fleet(scenario: Scenario, arm: str, **how: object) -> tuple[Callable[[], Cell], ...]:
    return tuple(
        _cell(attrs.evolve(scenario, clients=n, history=LIVED), arm, **how)  # type: ignore[arg-type]
        for n in FLEETS
    )


_COLUMNS = tuple(map(str, FLEETS))


def storms() -> Table:
    """The spell at 80 % utilisation, fresh and warm, with the bounds that are promised."""
    scenarios = {
        f"{n} {born}": Scenario(clients=n, history=history)
        for n in FLEETS
        for born, history in (("fresh", 0.0), ("warm", LIVED))
    }
    rows = (
        Row(arm, tuple(_cell(each, arm, bound=arm in {"naive", "errcore"}) for each in scenarios.values()))
        for arm in MAIN
    )
    return Table(
        "storm", "Goodput of the last minute, recovery, requests per call", ("arm", *scenarios), tuple(rows)
    )


def utilisations() -> Table:
    """The same spell where the dependency has more or less to spare."""
    rows = (
        Row(
            f"{used:.0%} {arm}",
            _fleet(Scenario(rate=100 * used, until=495.0), arm, bound=arm == "errcore", seeds=SEEDS[:1]),
        )
        for used in (0.5, 0.7, 0.9, 0.95)
        for arm in MAIN
    )
    return Table(
        "utilisation", "The same measures, warm, one run", ("utilisation and arm", *_COLUMNS), tuple(rows)
    )


def rests() -> Table:
    """A healthy dependency of which some requests fail, each for itself."""
    fleets = (1, 50, 100, 500, 2000)

    def cell(scenario: Scenario, arm: str, bound_to: int) -> Callable[[], Cell]:
        def worked_out() -> Cell:
            ratio = success(scenario, arm) / success(scenario, "naive")
            missed = f"{ratio:.4f}" if ratio < 0.995 and scenario.clients <= bound_to else None
            return Cell(f"{ratio:.4f}" if ratio >= 0.995 else f"**{ratio:.4f}**", missed)

        return worked_out

    rows: list[Row] = []
    for share, slowly, history, arm, bound_to in (
        (0.01, False, LIVED, "errcore", 2000),
        (0.05, False, 0.0, "errcore", 2000),
        (0.05, False, LIVED, "errcore", 2000),
        (0.05, False, LIVED, "errcore, breaker", 2000),
        (0.1, False, LIVED, "errcore", 0),
        (0.01, True, LIVED, "errcore", 500),
        (0.05, True, 0.0, "errcore", 100),
        (0.05, True, LIVED, "errcore", 100),
    ):
        label = f"{share:.0%} {'time out' if slowly else 'fail at once'}, {'warm' if history else 'fresh'}"
        base = attrs.evolve(_REST, failing=share, failing_slowly=slowly, history=history)
        cells = tuple(cell(attrs.evolve(base, clients=n), arm, bound_to) for n in fleets)
        rows.append(Row(label + arm.removeprefix("errcore"), cells))
    return Table(
        "rest", "Success divided by that of the naive arm", ("failures", *map(str, fleets)), tuple(rows)
    )


def shards() -> Table:
    """One shard of four is dead, and 2 % of the requests to the others fail at once."""

    def cell(scenario: Scenario, arm: str) -> Callable[[], Cell]:
        def worked_out() -> Cell:
            found, requests = elsewhere(scenario, arm)
            ratio = found / elsewhere(scenario, "naive")[0]
            missed = f"{ratio:.4f}" if ratio < 0.995 and arm.endswith("key") else None
            text = f"{ratio:.4f}, {requests:.2f}"
            return Cell(text if ratio >= 0.995 else f"**{text}**", missed)

        return worked_out

    rows = (
        Row(
            f"{dead}: {arm}",
            tuple(
                cell(Scenario(clients=n, history=LIVED, shards=4, dead=dead, slowness=1.0, failing=0.02), arm)
                for n in FLEETS
            ),
        )
        for dead in ("hangs", "refuses")
        for arm in ("no retries", "errcore", "errcore, key", "errcore, breaker", "errcore, breaker, key")
    )
    title = "Success on the three living shards divided by that of the naive arm, requests per call of the dead one"
    return Table("shards", title, ("the dead shard, and the arm", *_COLUMNS), tuple(rows))


def breakers() -> Table:
    """A breaker with its default settings beside the budget, or in its place."""
    arms = (
        "no retries",
        "no retries, breaker",
        "no budget",
        "no budget, breaker",
        "errcore",
        "errcore, breaker",
    )
    rows = (Row(arm, _fleet(Scenario(), arm, more="lost")) for arm in arms)
    return Table(
        "breaker", "The same measures, and calls lost, in seconds of traffic", ("arm", *_COLUMNS), tuple(rows)
    )


def waits() -> Table:
    """For 15 seconds every request is answered with a 503 at once; what its Retry-After does."""
    outage = Scenario(down=True)
    rows = [Row("no retries", _fleet(outage, "no retries", more="peak"))]
    rows += [
        Row(f"{label}: {arm}", _fleet(scenario, arm, more="peak"))
        for label, scenario in (
            ("no header", outage),
            ("5 s", attrs.evolve(outage, retry_after=5.0)),
            ("20 s", attrs.evolve(outage, retry_after=20.0)),
            ("to the end", attrs.evolve(outage, until_well=True)),
        )
        for arm in ("no budget", "errcore", "errcore, breaker")
    ]
    title = "The same measures, and the most requests of a second after the outage"
    return Table("waits", title, ("Retry-After, and the arm", *_COLUMNS), tuple(rows))


def circumstances() -> Table:
    """The budget where things are less simple, beside no retries in the same case."""
    cases: tuple[tuple[str, Scenario, str, bool], ...] = (
        ("every process is replaced in the spell", Scenario(replaced_at=37.5), "errcore", True),
        ("every process is replaced 10 s after it", Scenario(replaced_at=55.0), "errcore", True),
        ("ten times busier until 150 s before", Scenario(busier=10.0), "errcore", True),
        ("1 % fail at once all the time", Scenario(failing=0.01), "errcore", True),
        ("a spell of 3 s", Scenario(slow_to=33.0), "errcore", False),
        ("a spell of 60 s", Scenario(slow_to=90.0, until=420.0), "errcore", True),
        ("40 may wait, others get a 503", Scenario(queue=40), "errcore", True),
        ("the same, taken for a plain failure", Scenario(queue=40, plainly=True), "errcore", False),
        ("a key for each of 4 shards", Scenario(keys=4), "errcore, key", True),
        ("a key for each of 20 customers", Scenario(keys=20), "errcore, key", True),
        ("a key for each of 1000 customers", Scenario(keys=1000), "errcore, key", True),
        ("each call in a process of its own", Scenario(one_shot=True), "errcore", False),
    )
    rows = (
        Row(label, (_cell(scenario, "no retries"), *_fleet(scenario, arm, bound=bound)))
        for label, scenario, arm, bound in cases
    )
    head = ("case", "no retries", *_COLUMNS)
    return Table("circumstances", "The same measures, warm", head, tuple(rows))


def everything() -> tuple[Table, ...]:
    """All tables, in the order of the page."""
    return storms(), rests(), utilisations(), circumstances(), shards(), breakers(), waits()
