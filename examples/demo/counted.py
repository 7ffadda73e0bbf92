# SPDX-License-Identifier: MIT
"""What the monitors of all services have counted, in the one file that they share, and whether that is the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from errcore.monitor import Monitor, Stats

__all__ = ["counted", "differences", "store_in"]

_NOT_LOGGED = "cancelled"  # clients that went away: counted, and no line at this level


def store_in(folder: Path) -> str:
    """The address of the file, for the services and for us."""
    return f"sqlite:///{folder / 'errors.db'}"


def counted(folder: Path) -> Stats:
    """What there was in the last hour; the services have ended, so all of it is told."""
    with Monitor(store_in(folder), background=False) as monitor:
        return monitor.stats("1h", top=6)


def differences(stats: Stats, lines: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Where the counts are not those of the lines in the log."""
    logged = Counter(line["code"] for line in lines)
    for code, count in logged.items():
        if stats["by_code"].get(code, 0) != count:
            yield f"{code}: {stats['by_code'].get(code, 0)} were counted, {count} are in the log"
    total = stats["total"] - stats["by_outcome"].get(_NOT_LOGGED, 0)
    if total != logged.total():
        yield f"{total} errors were counted, {logged.total()} are in the log"
    if stats["dropped"]:
        yield f"samples were lost: {stats['dropped']}"
