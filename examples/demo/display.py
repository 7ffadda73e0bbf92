# SPDX-License-Identifier: MIT
"""What the demo shows: progress, a table, checks and envelopes; plain lines where nobody watches a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from checks import Lines, by_case
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from traffic import Answer

_WIDE = 132  # columns of a file; a terminal has its own
_STEPS = 5
_SHOWN = 3


def console() -> Console:
    """Standard output; never coloured and never wrapped where it is no terminal."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=_WIDE, no_color=True)


@contextmanager
def progress(screen: Console, total: int) -> Iterator[Callable[[], object]]:
    """Show how far it got; gives what is to be called after each step."""
    if not screen.is_terminal:
        done = 0

        def say() -> None:
            nonlocal done
            done += 1
            if done * _STEPS // total > (done - 1) * _STEPS // total:
                screen.print(f"  {done} of {total} requests answered")

        yield say
        return
    columns = (TextColumn("  requests"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def table(screen: Console, answers: Sequence[Answer], logs: Lines) -> None:
    """One row for each distinct request."""
    rows = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    rows.add_column("request", overflow="fold")  # the one that gives way in a narrow terminal
    for name in ("status", "code", "retriable", "request id"):
        rows.add_column(name, no_wrap=True)
    rows.add_column("count", justify="right")
    for case, found in by_case(answers).items():
        first = found[0]
        problem = first.problem
        logged = logs.get(first.request_id, [])
        if problem is not None:
            code, retriable = problem["code"], "yes" if problem["retriable"] else "no"
        elif logged:
            code, retriable = f"{logged[0]['code']} *", "-"
        else:
            code = retriable = "-"
        status = (
            f"close {first.status}"
            if first.status >= 1000
            else f"{first.status}{', cut' if first.cut else ''}"
        )
        shown = first.request_id if len(first.request_id) <= 12 else f"{first.request_id[:11]}…"
        rows.add_row(escape(case.label), status, code, retriable, shown, str(len(found)))
    screen.print(rows)
    screen.print(
        "  * It was too late for an envelope; the code is that of the log line with this request id."
    )


def verdicts(screen: Console, found: Mapping[str, Counter[str]]) -> None:
    """What holds and what does not."""
    for name, findings in found.items():
        screen.print(f"  {'[green]ok[/]    ' if not findings else '[red]FAILED[/]'}  {escape(name)}")
        for finding, count in findings.most_common(_SHOWN):
            screen.print(f"          {escape(finding)} ({count} times)")


def envelope(screen: Console, title: str, answer: Answer) -> None:
    """One answer in full."""
    screen.print(f"\n[bold]{title}[/]: {escape(answer.case.label)}\n\n  HTTP {answer.status}")
    for name, value in answer.headers:
        screen.print(f"  {escape(name.decode())}: {escape(value.decode('latin-1'))}")
    screen.print()
    screen.print(_indented(answer.problem), markup=False, soft_wrap=True)


def lines(screen: Console, title: str, found: Sequence[Mapping[str, object]]) -> None:
    """Lines of the log, spread out."""
    screen.print(f"\n[bold]{title}[/]\n")
    for fields in found:
        screen.print(_indented(fields), markup=False, soft_wrap=True)


def _indented(document: object) -> str:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return "\n".join(f"  {each}" for each in text.splitlines())
