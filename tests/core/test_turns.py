# SPDX-License-Identifier: MIT
"""A lock that nobody waits for without end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from unmeasured import unmeasured

from errcore import forks
from errcore.forks import Turn


@contextmanager
def held(turn: Turn) -> Iterator[None]:
    """While another thread has it."""
    has, over = threading.Event(), threading.Event()

    def hold() -> None:
        with turn:
            has.set()
            over.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    has.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_waits_for_another_thread():
    """It is ours when the other one is done."""
    turn = Turn()
    began, ours = threading.Event(), []

    def wait() -> None:
        began.set()
        with turn as mine:
            ours.append(mine)

    with turn:
        thread = threading.Thread(target=wait)
        thread.start()
        began.wait()
        assert ours == []
    thread.join()

    assert ours == [True]


def test_waiting_has_an_end():
    """It is not ours then, however often we ask, and nothing of the other's is let go of."""
    turn = Turn(patience=0.001)
    with held(turn):
        with turn as first, turn as second:
            assert (first, second) == (False, False)
        with turn as third:
            assert not third
    with turn as ours:
        assert ours


def test_free_while_it_was_waited_for_in_vain():
    """Who comes inside, when the other one has gone, has it for themselves, and lets go of it."""
    turn = Turn(patience=0.001)
    other = held(turn)
    other.__enter__()
    with turn as ours:
        other.__exit__(None, None, None)
        with turn as inner:
            assert (ours, inner) == (False, True)
    with held(turn), turn as later:
        assert not later


def test_a_child_leaves_what_it_never_had():
    """Renewed in the middle, as in a child that is forked there, it is free, inside and afterwards."""
    turn = Turn(patience=0.001)
    with turn:
        turn.renew()
        with turn as ours:
            assert ours
    with held(turn), turn as later:
        assert not later


# Another thread has all the locks when the child begins, and the child is ended if it waits for one.
CHILD = """
import os, signal, threading
from errcore import forks

lock, has = forks.ForkSafeLock(), threading.Event()

def hold():
    with lock, forks._lock:
        has.set()
        threading.Event().wait()

threading.Thread(target=hold, daemon=True).start()
has.wait()
child = os.fork()
if not child:
    signal.alarm(10)
    with lock, forks.ForkSafeLock(), forks.Turn() as ours:
        os._exit(0 if ours else 1)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows knows no fork")
def test_a_child_waits_for_no_thread_of_its_parent():
    """Neither for a lock that it kept nor to make one more."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", CHILD]
    ended = subprocess.run(command, timeout=60, check=False, env=unmeasured())

    assert ended.returncode == 0


def test_locks_that_are_gone_are_forgotten():
    """Whoever makes one for each request keeps none."""
    alive = sum(ref() is not None for ref in forks._kept)
    for _ in range(10_000):
        Turn()

    assert len(forks._kept) <= 2 * alive + 2 * 64
