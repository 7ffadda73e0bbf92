# SPDX-License-Identifier: MIT
"""An overload of 15 seconds, and what retries make of it: `python -m benchmarks.retry_storm [--quick | --docs]`.

Discrete events with fixed seeds; no wall time decides anything, so the same figures come out everywhere. The errcore
arm is the policy that is shipped. Exit status 1 if it misses one of its bounds, or if the naive arm does not fail: a
test that cannot see the disease proves nothing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.storm.measures import MAIN, SEEDS, simulated
from benchmarks.storm.plot import picture
from benchmarks.storm.questions import LIVED, everything, storms
from benchmarks.storm.scenario import Scenario
from benchmarks.storm.tables import placed

__all__ = ["PAGE", "PICTURE", "QUICK", "drawing", "main"]

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "retry-budgets.md"
PICTURE = PAGE.with_name("retry-storm.svg")

QUICK = ("500 warm",)
"""The columns of the first table that a quick run works out."""


def drawing() -> str:
    """Goodput of 500 warm processes over time, in windows of five seconds."""
    scenario = Scenario(clients=500, history=LIVED)
    outcomes = {arm: simulated(scenario, arm, SEEDS[0]) for arm in MAIN}
    lines = {
        arm: [outcome.goodput(max(0, second - 4), second + 1) for second in range(int(scenario.until))]
        for arm, outcome in outcomes.items()
    }
    return picture(
        lines,
        (scenario.slow_from, scenario.slow_to),
        "Goodput of 500 processes through an overload of 15 seconds",
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; gives the exit status."""
    parser = argparse.ArgumentParser(prog="retry_storm", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help=f"only the column {' and '.join(QUICK)} of the first table"
    )
    parser.add_argument(
        "--docs", action="store_true", help="write the tables and the picture into the page, too"
    )
    options = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    missed: list[str] = []
    for table in (storms().only(QUICK),) if options.quick else everything():
        print(f"{table.title}\n", flush=True)
        lines, more = table.lines(lambda line: print(line, flush=True))
        print()
        missed += [f"{table.name}: {line}" for line in more]
        if options.docs and not options.quick:
            page = placed(page, table.name, lines)
    if options.docs and not options.quick:
        PAGE.write_text(page, encoding="utf-8")
        PICTURE.write_text(drawing(), encoding="utf-8")
    for line in missed:
        print(f"MISSED: {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
