# SPDX-License-Identifier: MIT
"""What many keys cost a process: bytes of each, and the CPU and the threads of a process that is nearly idle.

Each column fills a process of its own, `benchmarks.populated`, so nobody pays for the background of another one. Bytes
are those by which the resident memory grows, so without the caller's keys; idle is one hit per millisecond.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from benchmarks.peers import available
from benchmarks.verdicts import Peer, Row, Spread, quantile, spread_of, verdict_on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.sampling import Plan

    Launch = Callable[[str, int, int], "Load"]

__all__ = ["Load", "Population", "judge_population"]

_ROOT = Path(__file__).parent.parent
_SECONDS = 300.0


@attrs.frozen
class Population:
    """A row of a million keys.

    Attributes:
        name: Of the rows: `<name>, bytes`, `<name>, idle cpu` and `<name>, threads`.
        module: Where `columns` is, which knows "limit", "ours" and the peers.
        keys: How many.
        times_the_bytes: Gate on the bytes, as a ratio to the limit; shown as the bytes above it.
        points: Gate on the CPU above the limit, in hundredths of one processor.
        bytes_in_all: Where keys are to leave nothing, the gate on the bytes of all of them above the limit's, instead of
            the other two gates; there is then only the row of bytes.
        peers: Names of others, which are those of their modules, with the number of keys that they are spared more of.
    """

    name: str
    module: str
    keys: int
    times_the_bytes: float = 1.0
    points: float = 0.0
    bytes_in_all: float | None = None
    peers: tuple[tuple[str, int], ...] = ()


@attrs.frozen
class Load:
    """What one process told.

    Attributes:
        bytes_per_key: Allocated for each.
        points: Hundredths of one processor, for each time that it looked.
        threads: How many it has.
    """

    bytes_per_key: float
    points: Sequence[float]
    threads: int


def judge_population(case: Population, plan: Plan, launch: Launch | None = None) -> list[Row]:
    """The rows; idle CPU is looked at as often as other columns have their turn."""
    launched = launch or _launcher(case.module)
    looks = plan.rounds if case.bytes_in_all is None else 0
    limit, ours = (launched(name, case.keys, looks) for name in ("limit", "ours"))
    present = [(name, keys) for name, keys in case.peers if launch or available(name)]
    peers = [(f"{name}, {keys} keys", launched(name, keys, looks)) for name, keys in present]
    if case.bytes_in_all is not None:
        gate = case.bytes_in_all / case.keys
        return [_row(case, "bytes", "B", gate, limit, ours, peers, _bytes)]
    return [
        _row(
            case, "bytes", "B", limit.bytes_per_key * (case.times_the_bytes - 1), limit, ours, peers, _bytes
        ),
        _row(case, "idle cpu", "points", case.points, limit, ours, peers, _points),
        _row(case, "threads", "threads", 0.0, limit, ours, peers, _threads),
    ]


def _bytes(load: Load) -> list[float]:
    return [load.bytes_per_key]


def _points(load: Load) -> list[float]:
    return list(load.points)


def _threads(load: Load) -> list[float]:
    return [float(load.threads)]


def _row(
    case: Population,
    what: str,
    unit: str,
    gate: float,
    limit: Load,
    ours: Load,
    peers: list[tuple[str, Load]],
    figures: Callable[[Load], list[float]],
) -> Row:
    least = quantile(figures(limit), 0.5)

    def above(load: Load) -> Spread:
        return spread_of([figure - least for figure in figures(load)])

    value = above(ours)
    return Row(
        f"{case.name}, {what}",
        unit=unit,
        limit=least,
        value=value,
        gate=gate,
        verdict=verdict_on(value.median, gate),
        rounds=len(figures(ours)),
        peers=tuple(Peer(name, above(load)) for name, load in peers),
    )


def _launcher(module: str) -> Launch:
    def launch(name: str, keys: int, looks: int) -> Load:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.populated", module, name, str(keys), str(looks)],
            capture_output=True,
            check=True,
            cwd=_ROOT,
            text=True,
            timeout=_SECONDS,
        )
        return Load(**json.loads(done.stdout))

    return launch
