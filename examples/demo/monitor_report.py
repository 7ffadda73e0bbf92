# SPDX-License-Identifier: MIT
"""The monitor's report: how much failed, how often, and what is behind it, since when."""

from __future__ import annotations

import time

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from errcore.monitor import Stats

__all__ = ["show"]

_ROUTES = 4


def show(screen: Console, stats: Stats) -> None:
    """The totals, the worst problems, the busiest routes."""
    requests, rates = stats["requests"], stats["rates"]
    outcomes = ", ".join(f"{count} {name}" for name, count in requests["by_outcome"].items())
    kinds = ", ".join(f"{count} {name}" for name, count in stats["by_severity"].items())
    failing = "" if rates["error_rate"] is None else f", {100 * rates['error_rate']:.0f} % failing"
    screen.print(
        f"  {stats['total']} errors ({kinds}), {rates['per_minute']:.1f} a minute of the hour;\n"
        f"  {requests['total']} requests ({outcomes}){failing}; {stats['workers_seen']} workers."
    )
    problems = Table(
        "problem", "service", "count", "first seen", "last seen", "raised in", box=None, padding=(0, 2)
    )
    for group in stats["top"]:
        problems.add_row(
            escape(group["code"]),
            group["service"] or "-",
            str(group["count"]),
            _clock(group["first_seen"]),
            _clock(group["last_seen"]),
            escape(group["site"]),
        )
    screen.print(problems)
    routes = Table("route", "requests", "failing", "p50 ms", "p95 ms", box=None, padding=(0, 2))
    for name, route in list(requests["by_route"].items())[:_ROUTES]:
        times = (f"{1000 * seconds:.1f}" if seconds else "-" for seconds in (route["p50"], route["p95"]))
        routes.add_row(escape(name), str(route["total"]), f"{100 * route['error_rate']:.0f} %", *times)
    screen.print(routes)
    screen.print(
        "  <unmatched> is where no route is named: unknown paths, and all of the plain ASGI service. The outage is in all of it."
    )


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
