# SPDX-License-Identifier: MIT
"""A runtime counts what it answers and reports, and nothing that it answers depends on that."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from monitored import FailingStore, KeptStore, raised

from errcore import ConfigurationError, NotFoundError, RequestFacts, Runtime
from errcore.monitor import MemoryStore, Monitor


def monitors_threads() -> set[threading.Thread]:
    """Threads of monitors."""
    return {thread for thread in threading.enumerate() if thread.name == "errcore-monitor"}


def test_counts_what_it_handles_and_reports(runtime: Runtime):
    """Each once, with the route of the request; what it merely answers is not counted."""
    one, other = raised(NotFoundError("x")), raised(KeyError("k"))
    for _ in range(2):
        runtime.handle(one, RequestFacts(method="GET", route="/agents/{id}"))
        runtime.report(other, queue="mail")
        runtime.reply(raised(ValueError("x")))
    stats = runtime.monitor.stats()

    assert stats["by_code"] == {"INTERNAL_ERROR": 1, "NOT_FOUND": 1}
    assert stats["by_route"] == {"/agents/{id}": 1, "<unmatched>": 1}


def test_sample_is_the_occurrence(runtime: Runtime):
    """What the log has, by the same id."""
    occurrence = runtime.handle(raised(KeyError("k"))).occurrence
    (group,) = runtime.monitor.stats()["top"]

    assert group["sample"] is not None
    assert group["sample"]["id"] == occurrence.id
    assert group["sample"]["message"] == "'k'"


def test_settings_are_the_monitors():
    """Store, service, release and redactor."""
    store = KeptStore()
    with Runtime.for_tests(log_level="critical", store=store, service="shop", release="1.2") as runtime:
        runtime.report(raised(KeyError("k")))

    (batch,) = store.batches
    assert (batch.release, batch.groups[0].facts.service) == ("1.2", "shop")
    assert (batch.samples[0].release, batch.samples[0].service) == ("1.2", "shop")


def test_environment(tmp_path: Path):
    """Variables name the store and the release; an empty one counts as not set."""
    path = tmp_path / "errors.db"
    environ = {"ERRCORE_ENV": "test", "ERRCORE_STORE": f"sqlite:///{path}", "ERRCORE_RELEASE": "abc123"}
    for _ in range(2):  # another process of the host, as it were
        with Runtime.from_env(environ, log_level="critical") as runtime:
            runtime.report(raised(KeyError("k")))
    assert path.exists()

    with Runtime.from_env(environ) as runtime:
        stats = runtime.monitor.stats()
        assert (stats["total"], stats["scope"], stats["workers_seen"]) == (2, "host", 2)
        assert runtime.monitor.groups()[0].releases == ("abc123",)

    with Runtime.from_env({"ERRCORE_ENV": "test", "ERRCORE_STORE": "", "ERRCORE_RELEASE": ""}) as runtime:
        assert (runtime.monitor.stats()["scope"], runtime.settings.release) == ("worker", None)


def test_store_that_is_none_is_refused():
    """Where it is given; a password in its address is not told."""
    with pytest.raises(ConfigurationError) as refused:
        Runtime.from_env({"ERRCORE_ENV": "test", "ERRCORE_STORE": "mysql://u:hunter2@h/d"})

    assert "mysql" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_nothing_happens_in_the_background_of_tests():
    """A runtime for tests has no thread; one in production has one as soon as it counts, until it is closed."""
    before = monitors_threads()
    with Runtime.for_tests(log_level="critical") as runtime:
        runtime.report(raised(KeyError("k")))
        assert monitors_threads() <= before  # others may end
    with Runtime.production(log_level="critical", store=MemoryStore()) as runtime:
        assert monitors_threads() <= before
        runtime.report(raised(KeyError("k")))
        assert len(monitors_threads() - before) == 1
    assert monitors_threads() <= before


def test_nor_do_health_checks():
    """Of a runtime for tests the first answer knows everything; in production nobody waits for a check."""
    held, soon = threading.Event(), threading.Event()
    with Runtime.for_tests() as runtime:
        runtime.health.check("database", soon.wait, gates_readiness=True, timeout=10)
        threading.Timer(0.05, soon.set).start()
        assert runtime.health.ready().note is None
    with Runtime.production() as runtime:
        runtime.health.check("database", held.wait, gates_readiness=True)
        assert runtime.health.ready().note == "starting"
        held.set()


def test_close_ends_the_loop_of_health_checks():
    """Which they got where the application has none."""
    seen = []

    async def ask():
        seen.append(asyncio.get_running_loop())

    with Runtime.for_tests() as runtime:
        runtime.health.check("database", ask)
        runtime.health.refresh()
        threads = [each for each in threading.enumerate() if each.name == "errcore health loop"]
    for each in threads:
        each.join(10)

    assert seen[0].is_closed()


@pytest.mark.parametrize("way", ["close", "flush"])
def test_tells_the_store(way: str):
    """What was counted, at once; counting goes on."""
    store = KeptStore()
    runtime = Runtime.for_tests(log_level="critical", store=store)
    for many in (1, 2):
        runtime.report(raised(KeyError("k")))
        getattr(runtime, way)()
        assert len(store.batches) == many
    runtime.close()


def test_failures_are_told_together():
    """Of the monitor and its store, with those of all other parts."""
    store = FailingStore("apply")
    runtime = Runtime.for_tests(log_level="critical", store=store)
    runtime.report(raised(KeyError("k")))
    runtime.flush()
    assert (runtime.failures, runtime.monitor.failures) == (1, 1)

    runtime.monitor.capture("no exception")
    assert runtime.failures == 2

    runtime.health.degrade("")
    assert (runtime.failures, runtime.health.failures) == (3, 1)


def test_what_is_no_exception_is_one_of_ours(runtime: Runtime):
    """Handled as an error of the service's own, and counted as such."""
    runtime.handle("no exception")

    assert runtime.monitor.stats()["total"] == 1


def test_two_runtimes():
    """An error that one has reported is not the other's, as in the log, for they may share a store; a monitor alone counts."""
    exc = raised(KeyError("k"))
    with Runtime.for_tests(log_level="critical") as one, Runtime.for_tests(log_level="critical") as other:
        one.report(exc)
        other.handle(exc)
        with Monitor(background=False) as alone:
            alone.capture(exc)
            totals = [each.stats()["total"] for each in (one.monitor, other.monitor, alone)]

    assert totals == [1, 0, 1]
