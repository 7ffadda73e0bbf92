# SPDX-License-Identifier: MIT
"""What an import costs a process: time and memory over a Python that does nothing, in processes that take turns.

The gate is on the CPU time, which on an idle machine is the wall time; on a busy one the wall time tells of the others.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import attrs

from benchmarks.verdicts import Peer, Row, Verdict, quantile, spread_of, verdict_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.sampling import Plan

    Launch = Callable[[str], "Cost"]

__all__ = ["Cost", "ImportCase", "judge_imports"]

# VmHWM belongs to the process image; ru_maxrss would begin with the peak of whoever started it.
_PEAK = """
try:
    lines = open("/proc/self/status").readlines()
    print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")))
except OSError:
    import resource, sys
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1))
"""


@attrs.frozen
class ImportCase:
    """An import statement and what it may cost over bare Python.

    Attributes:
        name: Of the rows: `<name>, time`, `<name>, wall` and `<name>, memory`.
        statement: What is run.
        milliseconds: Gate on the CPU time; None where that only informs.
        megabytes: Gate on the peak of resident memory; None where that only informs.
        peers: Other statements, by name, for information.
    """

    name: str
    statement: str
    milliseconds: float | None
    megabytes: float | None
    peers: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Cost:
    """What one process took.

    Attributes:
        cpu: Milliseconds of CPU time.
        wall: Milliseconds from start to end.
        memory: Megabytes at its peak.
    """

    cpu: float
    wall: float
    memory: float


def judge_imports(case: ImportCase, plan: Plan, launch: Launch | None = None) -> list[Row]:
    """The rows of an import; measured once more, and longer, if one of them is over its gate."""
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as cache:
        launched = launch or _launcher(cache)
        rows = _rows(case, _measure(case, plan.rounds, launched))
        if not any(row.verdict.bad for row in rows):
            return rows
        again = _rows(case, _measure(case, plan.longer().rounds, launched))
        return [attrs.evolve(new, first=old.value.median) for old, new in zip(rows, again, strict=True)]


def _measure(case: ImportCase, rounds: int, launch: Launch) -> list[list[Cost]]:
    statements = ["pass", case.statement, *(statement for _, statement in case.peers)]
    for statement in statements:
        launch(statement)  # the first run compiles
    turns = []
    for number in range(rounds):
        costs = {}
        for turn in range(len(statements)):
            index = (number + turn) % len(statements)
            costs[index] = launch(statements[index])
        turns.append([costs[index] for index in range(len(statements))])
    return turns


def _rows(case: ImportCase, rounds: list[list[Cost]]) -> list[Row]:
    rows = []
    for what, unit, name, gate in (
        ("cpu", "ms", "time", case.milliseconds),
        ("wall", "ms", "wall", None),
        ("memory", "MB", "memory", case.megabytes),
    ):
        figures = [[getattr(cost, what) for cost in costs] for costs in rounds]
        over = [spread_of([costs[index] - costs[0] for costs in figures]) for index in range(len(figures[0]))]
        verdict: Verdict = verdict_on(over[1].median, gate)
        rows.append(
            Row(
                f"{case.name}, {name}",
                unit=unit,
                limit=quantile([costs[0] for costs in figures], 0.5),
                value=over[1],
                gate=gate,
                verdict=verdict,
                rounds=len(rounds),
                peers=tuple(Peer(peer, value) for (peer, _), value in zip(case.peers, over[2:], strict=True)),
            )
        )
    return rows


def _launcher(cache: str) -> Launch:
    # Compiled files go to a folder of ours: the tree stays clean, and an installed package has them, too.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def launch(statement: str) -> Cost:
        start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", f"{statement}\n{_PEAK}"],
            capture_output=True,
            check=True,
            env=environment,
            text=True,
        )
        wall = time.perf_counter() - start
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = now.ru_utime - used.ru_utime + now.ru_stime - used.ru_stime
        return Cost(cpu * 1000, wall * 1000, int(done.stdout.split()[-1]) / 1024)

    return launch
