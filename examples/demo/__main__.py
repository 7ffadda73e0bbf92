# SPDX-License-Identifier: MIT
"""Errors, live: services under real servers with a flaky dependency, some hundred requests, and a look at all of it.

FastAPI, Flask and plain ASGI serve the same agents, and a gateway stands in front of one of them. Another service lives
through an outage of the lab behind it, by one policy.
`python examples/demo` sends the requests, reports, and ends with 0 if every check holds and with 1 otherwise.
`python examples/demo --serve` keeps the services up, for curl.
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
import monitor_report
from cases import ROUND
from counted import counted, store_in
from every_format import tellings
from evidence import Evidence
from lab import Lab
from outage import PHASES, live_through
from rich.console import Console
from server import FASTAPI, GATEWAY, RESULTS, StartError, all_serving
from traffic import send_all

_TELL = "/health/a1?period=last_year"
_BUG = "/bugs/driver"


def main() -> int:
    """Run the demo; gives the exit status."""
    parser = argparse.ArgumentParser(prog="demo", description="Errors, live.")
    parser.add_argument(
        "--requests", type=int, default=6 * len(ROUND), help=f"how many to send (at least {len(ROUND)})"
    )
    parser.add_argument("--serve", action="store_true", help="keep the services up instead")
    parser.add_argument("--port", type=int, default=0, help="the first to serve at (default: free ports)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs have it switched off
    try:
        if options.serve:
            return _serve(options.port)
        return _report(max(options.requests, len(ROUND)))
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(143)  # through every `finally`: the servers are stopped on the way


def _serve(port: int) -> int:
    try:
        with all_serving(port=port) as up:
            print("\nServing until Ctrl-C. Try:\n", flush=True)
            for name, (url, _) in up.items():
                tell = "/reports/a1?period=last_year" if name == GATEWAY.name else _TELL
                print(f"  curl -i '{url}{tell}'  # {name}")
            print(f"  curl -i {up[FASTAPI.name][0]}/docs\n", flush=True)
            while all(process.poll() is None for _, process in up.values()):
                time.sleep(0.2)
            print("One of the services has ended.", file=sys.stderr)
            return 1
    except (KeyboardInterrupt, SystemExit):
        print("Stopped.", flush=True)
        return 0


def _report(count: int) -> int:
    screen = display.console()
    began = time.monotonic()
    lab = Lab()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with all_serving(Path(folder), lab=lab.url, store=store_in(Path(folder))) as up:
                urls = {name: url for name, (url, _) in up.items()}
                screen.print(f"\n{', '.join(urls)} are up; they get {count} requests, and an outage.\n")
                with display.progress(screen, count) as sent:
                    answers = asyncio.run(send_all(urls, count, sent))
                with display.progress(screen, PHASES, "phases of the outage are over") as passed:
                    outage = asyncio.run(live_through(lab, urls[RESULTS.name], passed))
        except StartError:
            for log in Path(folder).glob("*.log"):
                print(log.read_text(errors="replace"), file=sys.stderr)
            raise
        printed = {name: Path(folder, f"{name}.log").read_text(encoding="utf-8") for name in urls}
        stats = counted(Path(folder))
    return _judge(screen, Evidence(answers, printed, outage, stats), began)


def _judge(screen: Console, evidence: Evidence, began: float) -> int:
    def title(text: str) -> None:
        screen.print(f"\n[bold]{text}[/]\n")

    title("The same requests, side by side")
    display.side_by_side(screen, evidence)
    invalid = evidence.first("/agents", FASTAPI.name, 422)
    title(f"A body that breaks several rules: {invalid.case.label}")
    display.rejected(screen, invalid)
    title("An error of one service, in another")
    display.passed_on(screen, evidence)
    title("A lab that fails, behind a policy")
    display.timeline(screen, evidence.outage)
    title("One error in each format")
    display.formats(screen, tellings())
    title("What must hold")
    found = checks.failures(evidence)
    display.verdicts(screen, found)
    unforeseen = evidence.first(_BUG, FASTAPI.name)
    title(f"An error that nobody foresaw: {unforeseen.case.label}")
    display.envelope(screen, unforeseen)
    title("Its line in the log")
    for line in evidence.lines_of(unforeseen):
        display.line(screen, line)
    title("What the monitor says: all services of the last hour, from the file in which they count")
    monitor_report.show(screen, evidence.counted)
    failed = [name for name, findings in found.items() if findings]
    screen.print(
        f"\n{len(evidence.answers)} requests of {len(ROUND)} kinds, "
        f"{sum(map(len, evidence.lines.values()))} error lines, {time.monotonic() - began:.1f} s: "
        + ("everything holds." if not failed else f"{len(failed)} of {len(found)} checks failed.")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
