# SPDX-License-Identifier: MIT
"""Health in real processes: a child that was forked begins anew, and nothing that hangs keeps a process alive."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading

import pytest

from errcore.monitor.stores import sqlite_forks

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows knows no fork")


def printed_by(program: str) -> list[str]:
    """What a program prints; it has to end by itself."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_hangs_does_not_keep_the_process() -> None:
    """Neither a function nor a coroutine that will never end."""
    assert printed_by(
        """
        import asyncio, threading
        from errcore.monitor.health import Health

        health = Health()
        health.check("function", threading.Event().wait, timeout=0.05)

        @health.check("coroutine", timeout=0.05)
        async def coroutine():
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    pass

        health.refresh()
        print(*(f"{each.code} {each.hanging}" for each in health.detail().components))
        """
    ) == ["DEADLINE_EXCEEDED", "True", "DEADLINE_EXCEEDED", "True"]


@forking
def test_a_child_begins_anew() -> None:
    """While checks hang in all threads the parent may have, and another holds the lock: it checks for itself."""
    assert printed_by(
        """
        import os, threading, time, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # there are threads, and that is the point
        from errcore.monitor.health import Health, running

        running.MOST_THREADS = 1
        parent, held, begun = os.getpid(), threading.Event(), threading.Event()
        health, ran = Health(), []

        @health.check("database", gates_readiness=True, timeout=60)
        def ask():
            ran.append(os.getpid() == parent)
            begun.set()
            if os.getpid() == parent:
                held.wait()

        @health.check("cache")
        async def cache():
            return True

        health.ready()
        begun.wait(10)
        while [each.name for each in health.detail().components if each.state] != ["database"]:
            time.sleep(0.001)
        health.degrade("mail")
        locked, go = threading.Event(), threading.Event()

        def hold():
            with health._board.lock, health._runner._lock, health._runner.loops._lock:
                locked.set()
                go.wait(60)

        threading.Thread(target=hold, daemon=True).start()
        locked.wait(10)
        child = os.fork()
        if child == 0:
            health.refresh()
            detail = health.detail()
            print(*ran, health.ready().status, len(detail.components), health.is_degraded("mail"), flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        go.set()
        print(*ran, health.ready().note)
        held.set()
        """
    ) == ["True", "False", "pass", "3", "True", "True", "starting"]


@forking
def test_no_store_is_forgotten_that_is_made_while_others_are(monkeypatch) -> None:
    """By many threads at once: each of them pauses at a fork, and goes on after it."""

    class Paused:
        def __init__(self) -> None:
            self.told: list[str] = []

        def pause(self) -> bool:
            self.told.append("pause")
            return True

        def resume(self) -> None:
            self.told.append("resume")

    monkeypatch.setattr(sqlite_forks, "_kept", [])
    each = [Paused() for _ in range(2000)]
    together = threading.Barrier(8)

    def keep(first: int) -> None:
        together.wait(10)
        for state in each[first::8]:
            sqlite_forks.pause_at_forks(state)

    threads = [threading.Thread(target=keep, args=[first]) for first in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    finally:
        sys.setswitchinterval(interval)
    sqlite_forks._before()
    sqlite_forks._after_in_parent()

    assert all(state.told == ["pause", "resume"] for state in each)
