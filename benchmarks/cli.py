# SPDX-License-Identifier: MIT
"""The command line: which rows, how long, and where the figures go."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import report
from benchmarks.misses import excused
from benchmarks.populations import Population, judge_population
from benchmarks.processes import ImportCase, judge_imports
from benchmarks.rows import ROWS
from benchmarks.sampling import FULL, QUICK
from benchmarks.verdicts import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.case import Case
    from benchmarks.sampling import Plan
    from benchmarks.verdicts import Row

    Builder = Callable[[], Case | ImportCase | Population]

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, rows: Mapping[str, Builder] = ROWS) -> int:
    """Measure, print, and say with the exit code whether every gate holds or its miss is known: 0 yes, 1 no, 2 nothing to do."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="errcore beside hand-written code and its peers."
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a minute or two")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="rows whose name contains NAME"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE as well")
    parser.add_argument("--list", action="store_true", help="show the names of the rows and stop")
    options = parser.parse_args(arguments)
    chosen = [name for name in rows if not options.only or any(part in name for part in options.only)]
    if options.list:
        print("\n".join(chosen))
        return 0
    if not chosen:
        print(
            f"No row is named like {', '.join(options.only)}; there are: {', '.join(rows)}.", file=sys.stderr
        )
        return 2
    print(report.HEAD)
    found: list[Row] = []
    for name in chosen:
        try:
            case = rows[name]()
        except ModuleNotFoundError as missing:
            if (missing.name or "").partition(".")[0] == "benchmarks":
                raise
            print(f"{name:<34} left out: {missing.name} is not installed")
            continue
        for row in map(excused, _measured(case, QUICK if options.quick else FULL)):
            found.append(row)
            print(*report.lines_of(row), sep="\n", flush=True)
        del case
        gc.collect()  # an application of this row would listen to the policies of the next
    if options.json is not None:
        options.json.write_text(report.as_document(found), encoding="utf-8")
    bad = [row.name for row in found if row.verdict.bad]
    missed = [row.name for row in found if row.verdict is Verdict.MISSED]
    print(f"{len(found)} rows; over the gate or refused: {_listed(bad)}; known misses: {_listed(missed)}")
    return 1 if bad else 0


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _measured(case: Case | ImportCase | Population, plan: Plan) -> list[Row]:
    if isinstance(case, Population):
        return judge_population(case, plan)
    return judge_imports(case, plan) if isinstance(case, ImportCase) else [judge(case, plan)]
