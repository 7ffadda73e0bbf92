# SPDX-License-Identifier: MIT
"""Errors, live: a service under uvicorn with a flaky dependency, some hundred requests, and a look at all of it.

`python examples/demo` sends the requests, reports, and ends with 0 if every check holds and with 1 otherwise.
`python examples/demo --serve` keeps the service up, for curl.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

import checks
import display
from rich.console import Console
from server import StartError, serving
from traffic import CASES, Answer, send_all

_TELL = ("/health/a1?period=last_year", "/bugs/driver")


def main() -> int:
    """Run the demo; gives the exit status."""
    parser = argparse.ArgumentParser(prog="demo", description="Errors, live.")
    parser.add_argument("--requests", type=int, default=432, help=f"how many to send (at least {len(CASES)})")
    parser.add_argument("--serve", action="store_true", help="keep the service up instead")
    parser.add_argument("--port", type=int, default=0, help="where to serve (default: a free port)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs have it switched off
    try:
        if options.serve:
            return _serve(options.port)
        return _report(max(options.requests, len(CASES)))
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(143)  # through every `finally`: the server is stopped on the way


def _serve(port: int) -> int:
    try:
        with serving(port=port) as (url, process):
            print(f"\nServing at {url} until Ctrl-C. Try:\n", flush=True)
            for path in _TELL:
                print(f"  curl -i '{url}{path}'")
            print(f"  curl -i {url}/docs\n", flush=True)
            return process.wait()
    except (KeyboardInterrupt, SystemExit):
        print("Stopped.", flush=True)
        return 0


def _report(count: int) -> int:
    screen = display.console()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "server.log")
        with log.open("wb") as output:
            try:
                with serving(output) as (url, _):
                    screen.print(f"\nA service is up at {url}; it gets {count} requests.\n")
                    with display.progress(screen, count) as sent:
                        answers = asyncio.run(send_all(url, count, sent))
            except StartError:
                print(log.read_text(errors="replace"), file=sys.stderr)
                raise
        printed = log.read_text(encoding="utf-8")
    return _judge(screen, answers, printed, began)


def _judge(screen: Console, answers: list[Answer], printed: str, began: float) -> int:
    lines = checks.lines_of(printed)
    screen.print("\n[bold]What came back[/]\n")
    display.table(screen, answers, lines)
    screen.print("\n[bold]What must hold[/]\n")
    found = checks.failures(answers, printed)
    display.verdicts(screen, found)
    declared, unforeseen = (next(answer for answer in answers if answer.case.path == path) for path in _TELL)
    display.envelope(screen, "A declared error", declared)
    display.envelope(screen, "An error that nobody foresaw", unforeseen)
    display.lines(screen, "Its line in the log", lines.get(unforeseen.request_id, ()))
    failed = [name for name, findings in found.items() if findings]
    kinds = len({answer.case for answer in answers})
    screen.print(
        f"\n{len(answers)} requests of {kinds} kinds, {len(lines)} error lines, {time.monotonic() - began:.1f} s: "
        + ("everything holds." if not failed else f"{len(failed)} of {len(found)} checks failed.")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
