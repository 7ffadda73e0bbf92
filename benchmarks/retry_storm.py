# SPDX-License-Identifier: MIT
"""An overload of 15 seconds, and what retries make of it: `python -m benchmarks.retry_storm [--quick] [--svg FILE]`.

Discrete events with fixed seeds; no wall time decides anything, so the same figures come out everywhere. The errcore
arm is the budget that is shipped. Exit status 1 if it misses one of its bounds, or if the naive arm does not fail: a
test that cannot see the disease proves nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.storm.arms import ARMS
from benchmarks.storm.measures import SEEDS, Storm, healthy, simulated, storm
from benchmarks.storm.model import Scenario
from benchmarks.storm.plot import picture

__all__ = ["failures_at_rest", "main", "spells"]

FLEETS = (1, 50, 500, 2000)
_NEVER = 1e9


def spells(fleets: tuple[int, ...], seeds: tuple[int, ...]) -> tuple[list[str], list[str]]:
    """The table of spells at 80 % utilisation, and what does not hold."""
    rows = ["| arm | " + " | ".join(f"{n} {born}" for n in fleets for born in ("fresh", "warm")) + " |"]
    rows.append("| --- |" + " --- |" * (2 * len(fleets)))
    broken: list[str] = []
    scenarios = [Scenario(clients=n, warm=warm) for n in fleets for warm in (False, True)]
    never = [storm(scenario, "no retries", seeds) for scenario in scenarios]
    for arm in ARMS:
        cells: list[str] = []
        for scenario, reference in zip(scenarios, never, strict=True):
            found = storm(scenario, arm, seeds)
            cells.append(_cell(found))
            where = f"{scenario.clients} clients, {'warm' if scenario.warm else 'fresh'}"
            if arm == "errcore" and not found.holds_against(reference):
                broken.append(f"errcore does not hold at {where}: {_cell(found)}")
            if arm == "naive" and found.tail >= 0.5:
                broken.append(
                    f"the naive arm recovers at {where}, so this run proves nothing: {_cell(found)}"
                )
        rows.append(f"| {arm} | " + " | ".join(cells) + " |")
    return rows, broken


def failures_at_rest(fleets: tuple[int, ...], seeds: tuple[int, ...]) -> tuple[list[str], list[str]]:
    """The table of a healthy dependency of which some requests fail, and what does not hold."""
    rows = ["| failures | " + " | ".join(map(str, fleets)) + " |", "| --- |" + " --- |" * len(fleets)]
    broken: list[str] = []
    for share, slowly, bound_to in (
        (0.01, False, 2000),
        (0.05, False, 2000),
        (0.1, False, 0),
        (0.05, True, 100),
    ):
        cells: list[str] = []
        for n in fleets:
            scenario = Scenario(
                clients=n, warm=True, slow_from=_NEVER, slow_to=_NEVER, failing=share, failing_slowly=slowly
            )
            ratio = healthy(scenario, "errcore", seeds) / healthy(scenario, "naive", seeds)
            cells.append(f"{ratio:.4f}")
            if n <= bound_to and ratio < 0.995:
                broken.append(f"errcore has {ratio:.4f} of the naive success at {share:.0%}, {n} clients")
        rows.append(f"| {share:.0%} {'time out' if slowly else 'fail at once'} | " + " | ".join(cells) + " |")
    return rows, broken


def utilisations(fleets: tuple[int, ...], seeds: tuple[int, ...]) -> list[str]:
    """How the same spell ends where the dependency has more or less to spare."""
    rows = [
        "| utilisation | arm | " + " | ".join(map(str, fleets)) + " |",
        "| --- | --- |" + " --- |" * len(fleets),
    ]
    for used in (0.5, 0.7, 0.9, 0.95):
        for arm in ("no retries", "errcore"):
            cells = [
                _cell(storm(Scenario(clients=n, warm=True, rate=100 * used, until=495.0), arm, seeds))
                for n in fleets
            ]
            rows.append(f"| {used:.0%} | {arm} | " + " | ".join(cells) + " |")
    return rows


def drawing() -> str:
    """Goodput of 500 warm clients over time, in windows of five seconds."""
    scenario = Scenario(clients=500, warm=True)
    lines = {
        arm: [outcome.goodput(max(0, second - 5), second + 1) for second in range(int(scenario.until) - 2)]
        for arm in ARMS
        for outcome in [simulated(scenario, arm, SEEDS[0])]
    }
    return picture(
        lines,
        (scenario.slow_from, scenario.slow_to),
        "Goodput of 500 clients through an overload of 15 seconds",
    )


def _cell(found: Storm) -> str:
    recovery = "never" if found.recovery is None else f"{found.recovery:.0f} s"
    return f"{found.tail:.2f}, {recovery}, {found.amplification:.2f}"


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; gives the exit status."""
    parser = argparse.ArgumentParser(prog="retry_storm", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, two fleets, and the spells alone")
    parser.add_argument("--svg", type=Path, help="where to write the picture")
    options = parser.parse_args(arguments)
    seeds = SEEDS[:1] if options.quick else SEEDS
    print("Spells: goodput of the last minute (worst), recovery (worst), requests per call\n")
    rows, broken = spells(FLEETS[1::2] if options.quick else FLEETS, seeds)
    print("\n".join(rows))
    if not options.quick:
        print("\nFailures at rest: success of errcore / success of the naive arm\n")
        rows, more = failures_at_rest((1, 50, 100, 500, 2000), seeds)
        print("\n".join(rows))
        broken += more
        print("\nUtilisation: the same columns as above, warm\n")
        print("\n".join(utilisations(FLEETS, seeds[:1])))
    if options.svg is not None:
        options.svg.write_text(drawing(), encoding="utf-8")
    for line in broken:
        print(f"MISSED: {line}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
