# SPDX-License-Identifier: MIT
"""The table that people read, and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING

from benchmarks.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.verdicts import Row, Spread

__all__ = ["HEAD", "as_document", "lines_of"]

_LINE = "{name:<34} {limit:>10} {value:>9}  {low:>8} {high:>8} {gate:>8}  {verdict}"
HEAD = _LINE.format(
    name="case", limit="limit", value="errcore", low="p10", high="p90", gate="gate", verdict="verdict"
)


def lines_of(row: Row) -> Iterable[str]:
    """One line for the row, one for each peer, one for what is to be said besides."""
    if row.verdict is Verdict.REFUSED:
        yield f"{row.name:<34} {Verdict.REFUSED}: {row.why}"
        return
    gate = "" if row.gate is None else _figure(row.gate, row.unit)
    limit = _time(row.limit) if row.unit == "x" else f"{row.limit:.1f} {row.unit}"
    yield _line(row.name, row.value, row.unit, limit=limit, gate=gate, verdict=row.verdict)
    if row.first is not None:
        yield f"    measured again over {row.rounds} rounds, because it was {_figure(row.first, row.unit)} at first"
    if row.verdict is Verdict.MISSED:
        yield f"    a known miss: {row.why}"
    for peer in row.peers:
        yield _line(
            f"    {peer.name}", peer.value, row.unit, verdict=f"({peer.differs})" if peer.differs else ""
        )


def as_document(rows: Iterable[Row]) -> str:
    """All rows as JSON, with what was measured on."""
    document = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "rows": [row.as_json() for row in rows],
    }
    return json.dumps(document, indent=2) + "\n"


def _line(name: str, value: Spread, unit: str, *, limit: str = "", gate: str = "", verdict: str = "") -> str:
    return _LINE.format(
        name=name,
        limit=limit,
        value=_figure(value.median, unit),
        low=_figure(value.low, unit),
        high=_figure(value.high, unit),
        gate=gate,
        verdict=verdict,
    ).rstrip()


def _figure(value: float, unit: str) -> str:
    return f"{value:.2f}x" if unit == "x" else f"{value:+.1f} {unit}"


def _time(nanoseconds: float) -> str:
    return f"{nanoseconds:.0f} ns" if nanoseconds < 10_000 else f"{nanoseconds / 1000:.1f} us"
