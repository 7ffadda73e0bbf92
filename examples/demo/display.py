# SPDX-License-Identifier: MIT
"""What the demo shows: progress, tables, checks and envelopes; plain lines where nobody watches a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from cases import FASTAPI_ALONE, PASSED_ON, SHARED
from comparison import digest
from every_format import Telling
from evidence import Evidence, Line
from lab import DOWN
from outage import Outage
from passing_on import upstream_of
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from server import SIDE_BY_SIDE
from timeline import CIRCUIT_OPEN, OUTCOMES, outcome, rows
from traffic import Answer

_WIDE = 132  # columns of a file; a terminal has its own
_BESIDE = 11  # columns for the names of formats
_STEPS = 5
_SHOWN = 3
_FRAMES = 2
_SAID = ("Retried", "GaveUp (budget)", "Rejected", "FellBack")


def console() -> Console:
    """Standard output; never coloured and never wrapped where it is no terminal."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=_WIDE, no_color=True)


@contextmanager
def progress(screen: Console, total: int, what: str = "requests answered") -> Iterator[Callable[[], object]]:
    """Show how far it got; gives what is to be called after each step."""
    if not screen.is_terminal:
        done = 0

        def say() -> None:
            nonlocal done
            done += 1
            if done * _STEPS // total > (done - 1) * _STEPS // total:
                screen.print(f"  {done} of {total} {what}")

        yield say
        return
    columns = (TextColumn(f"  {what}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def side_by_side(screen: Console, evidence: Evidence) -> None:
    """One row for each request, one column for each service that gets it."""
    services = [program.name for program in SIDE_BY_SIDE]
    rows = _rows("request", "status", "code", *services)
    for case, answers in evidence.by_case((*SHARED, *FASTAPI_ALONE)):
        first = {answer.asked.service: answer for answer in reversed(answers)}
        status, code = _outcome(evidence, answers[0])
        found = [digest(first[service]) if service in first else "-" for service in services]
        rows.add_row(escape(case.label), status, code, *found)
    screen.print(rows)
    screen.print(
        "  Below a framework is a digest of its answer: status, errcore's headers, envelope. Alike is alike to the byte.\n"
        "  * It was too late for an envelope; the code is that of the line in the log."
    )


def rejected(screen: Console, answer: Answer) -> None:
    """What was wrong with a body, and where."""
    rows = _rows("pointer", "code", "what is wanted")
    for error in (answer.problem or {}).get("errors", ()):
        rows.add_row(escape(error["pointer"]), error["code"], escape(error["detail"]))
    screen.print(rows)


def passed_on(screen: Console, evidence: Evidence) -> None:
    """What the gateway made of the errors of the service behind it."""
    rows = _rows("request to the gateway", "status", "code", "the log says: upstream", "its request id there")
    for case, answers in evidence.by_case(PASSED_ON):
        told = upstream_of(evidence, answers[0])
        upstream = (f"{told['status']} {told['code']}", f"{told['request_id'][:11]}…") if told else ("-", "-")
        rows.add_row(escape(case.label), *_outcome(evidence, answers[0]), *map(escape, upstream))
    screen.print(rows)


def timeline(screen: Console, outage: Outage) -> None:
    """What the lab was like, what our callers got, and what the policy did about it."""
    table = _rows("sec", "the lab is", "breaker", "calls", *OUTCOMES, "requests", "the policy says")
    arrived = {receipt.request for receipt in outage.receipts}
    for row in rows(outage):
        got = Counter(outcome(outage, call) for call in row.calls)
        numbers = (len(row.calls), *(got[name] for name in OUTCOMES), len(arrived.intersection(row.sent)))
        said = (f"{name} {count}" for kind in _SAID for name, count in row.said.items() if kind in name)
        table.add_row(
            f"{row.at:.2f}", row.mood, row.state, *(str(each or "-") for each in numbers), ", ".join(said)
        )
    screen.print(table)
    told = sorted({seconds for call in outage.calls for seconds in call.answer.header("retry-after")})
    calls = sum(call.mood == DOWN for call in outage.calls)
    requests = sum(receipt.mood == DOWN for receipt in outage.receipts)
    attempts = outage.parts["retry"]["attempts"]
    screen.print(
        "  A call is where it began, a request where it was let through. Half of the callers take the last known results;\n"
        f"  refused is {CIRCUIT_OPEN}, 503 with Retry-After: {', '.join(told)}. While the lab was down {calls} calls came to "
        f"{requests} requests.\n"
        f"  {attempts} attempts each would have been {attempts * calls}."
    )


def formats(screen: Console, told: Sequence[Telling]) -> None:
    """One error in each format, and what of it cannot be read back."""
    rows = _rows("format", "envelope")
    for telling in told:
        # In pieces of one width, since a table would break lines at the few blanks of a document.
        width = screen.width - _BESIDE
        pieces = [telling.body[at : at + width] for at in range(0, len(telling.body), width)]
        rows.add_row(telling.name, escape("\n".join(pieces)))
        if telling.lost:
            rows.add_row("", f"[dim]Cannot be read back: {', '.join(telling.lost)}.[/]")
    screen.print(rows)


def _outcome(evidence: Evidence, answer: Answer) -> tuple[str, str]:
    """Status and code, for a row."""
    problem, logged = answer.problem, evidence.lines_of(answer)
    status = (
        f"close {answer.status}"
        if answer.status >= 1000
        else f"{answer.status}{', cut' if answer.cut else ''}"
    )
    if problem is not None:
        return status, problem["code"]
    return status, f"{logged[0]['code']} *" if logged else "-"


def _rows(first: str, *others: str) -> Table:
    rows = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    rows.add_column(first, overflow="fold")
    for name in others:
        rows.add_column(name, overflow="fold")
    return rows


def verdicts(screen: Console, found: Mapping[str, Counter[str]]) -> None:
    """What holds and what does not."""
    for name, findings in found.items():
        screen.print(f"  {'[green]ok[/]    ' if not findings else '[red]FAILED[/]'}  {escape(name)}")
        for finding, count in findings.most_common(_SHOWN):
            screen.print(f"          {escape(finding)} ({count} times)")


def envelope(screen: Console, answer: Answer) -> None:
    """One answer in full."""
    screen.print(f"  HTTP {answer.status}")
    for name, value in answer.headers:
        screen.print(f"  {escape(name.decode())}: {escape(value.decode('latin-1'))}")
    screen.print()
    screen.print(_indented(answer.problem), markup=False, soft_wrap=True)


def line(screen: Console, fields: Line) -> None:
    """A line of the log, spread out; of its traceback the end, which is where it happened."""
    frames: list[str] = fields.get("traceback", [])
    if len(frames) > _FRAMES:
        fields = {**fields, "traceback": [f"... {len(frames) - _FRAMES} frames", *frames[-_FRAMES:]]}
    screen.print(_indented(fields), markup=False, soft_wrap=True)


def _indented(document: object) -> str:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return "\n".join(f"  {each}" for each in text.splitlines())
