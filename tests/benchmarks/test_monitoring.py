# SPDX-License-Identifier: MIT
"""What the monitor is compared with is worth it: the limit by hand is exact, bounded and harmless, as errcore's is."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from benchmarks.populations import Load, Population, judge_population
from benchmarks.rows.monitor_by_hand import MonitorByHand
from benchmarks.rows.monitor_recording import after, columns, record
from benchmarks.rows.monitor_server import runtimes, service
from benchmarks.rows.monitor_story import CODES, first
from benchmarks.rows.one_request import log_to_nowhere, requester
from benchmarks.sampling import Plan
from benchmarks.verdicts import Verdict

from errcore.monitor import Monitor
from errcore.testing import FakeClock


def failed(call=first, argument="No such region."):
    """An exception that was raised."""
    try:
        call(argument)
    except Exception as exc:  # noqa: BLE001 - of any sort
        return exc


def test_monitor_by_hand_is_exact_under_threads():
    """Which is what its lock is for."""
    monitor = MonitorByHand(CODES)
    interval, start = sys.getswitchinterval(), threading.Barrier(4)

    def captures(_):
        start.wait(10)
        for _ in range(500):
            monitor.capture(failed())

    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(captures, range(4)))
    finally:
        sys.setswitchinterval(interval)

    ((_, minutes, variants, _, _),) = monitor.take()
    assert (sum(minutes.values()), variants) == (2000, {"No such region.": 2000})


def test_monitor_by_hand_is_bounded_for_days():
    """However many messages and hours there are between two batches' worth of samples; and after a batch it has nothing."""
    time = FakeClock(wall=1_800_000_000.0)
    monitor = MonitorByHand(CODES, time.wall)
    for number in range(500):
        time.advance(90.0)
        monitor.capture(failed(argument=f"No region {number}."))

    ((place, minutes, variants, begun, ended),) = monitor.take()
    assert (sum(minutes.values()), len(variants), len(place.kept)) == (500, 9, 4)
    assert (begun, ended) == (1_800_000_090.0, time.wall())
    assert monitor.take() == []


def test_monitor_by_hand_is_nobodys_failure():
    """An exception that cannot be read costs its caller nothing; errcore counts it, which is more."""

    class Unreadable(Exception):
        @property
        def args(self):
            raise RuntimeError("not to be read")

    def fail(_):
        raise Unreadable

    monitor = MonitorByHand(CODES)
    monitor.capture(failed(fail))

    assert (monitor.failures, monitor.take()) == (1, [])


def test_peers_of_recording_say_what_they_leave_out():
    """Nobody else does the whole job."""
    assert all(peer.differs for peer in record().peers)


def test_many_are_counted_before():
    """The first call counts them all, and each call a hundred."""
    monitor = Monitor(background=False)
    some = after(monitor, 20_000)
    some()
    some()

    assert monitor.stats()["total"] == 20_200


def test_columns_of_growth_count():
    """Each message is that of an error which is raised and counted; the monitor has its thread."""
    before = threading.active_count()
    counted = columns(3)
    for name in ("limit", "ours"):
        counted[name]()("No such region.")

    assert threading.active_count() == before + 1


def test_bytes_in_all_are_the_only_row():
    """The gate is shared among the keys, and nobody looks at an idle process."""
    loads = {"limit": Load(1.0, [], 1), "ours": Load(12.0, [], 2)}
    looks = []

    def launch(name, _keys, times):
        looks.append(times)
        return loads[name]

    (row,) = judge_population(
        Population("some", "", keys=1000, bytes_in_all=10_000), Plan(rounds=3, batch=1), launch
    )

    assert (row.name, row.limit, row.value.median, row.gate) == ("some, bytes", 1.0, 11.0, 10.0)
    assert (row.verdict, looks) == (Verdict.FAIL, [0, 0])


def test_only_one_of_the_services_counts():
    """So what is compared is the monitor, and nothing else of errcore."""

    async def ask(app):
        for path in ("/agents/a1", "/agents/a2"):
            await requester(app, path)()

    counted = {}
    with log_to_nowhere():
        for name, runtime in runtimes().items():
            with runtime:
                asyncio.run(ask(service(runtime)))
                stats = runtime.monitor.stats()
                counted[name] = stats["total"], stats["requests"]["total"]

    assert counted == {"no monitor": (0, 0), "errcore": (1, 2)}
