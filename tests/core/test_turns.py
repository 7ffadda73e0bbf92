# SPDX-License-Identifier: MIT
"""A lock that nobody waits for without end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from unmeasured import unmeasured

from errcore import forks
from errcore.forks import Turn
from errcore.testing import FakeClock


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


class SeenLock:
    """A lock that notes for how long it is waited for."""

    def __init__(self, lock: Any, waits: list[float]) -> None:
        self._lock = lock
        self._waits = waits

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if timeout > 0:
            self._waits.append(timeout)
        return self._lock.acquire(blocking, timeout)

    def release(self) -> None:
        self._lock.release()


def test_who_comes_after_one_that_waited_in_vain_only_glances(fake: FakeClock):
    """For as long again: each line, and each request, would wait as long. Then it is as before."""
    turn, waits = Turn(patience=0.02), []
    with held(turn):
        turn._lock = SeenLock(turn._lock, waits)
        for later in (False, False, True):
            if later:
                fake.advance(0.02)
            with turn as ours:
                assert not ours
    with turn as ours:
        assert ours
    with held(turn), turn as ours:
        assert not ours

    assert waits == [0.02, 0.01, 0.02, 0.02]


@pytest.mark.parametrize("taken", [True, False])
def test_interrupted_while_it_is_taken(taken: bool):
    """A handler of a signal that raises leaves nobody with a lock that they do not know of."""
    turn = Turn(patience=0.001)
    lock = turn._lock

    class Interrupted:
        _is_owned = lock._is_owned
        release = lock.release

        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            if taken:
                lock.acquire()
            raise KeyboardInterrupt

    turn._lock = Interrupted()
    with pytest.raises(KeyboardInterrupt), turn:
        pytest.fail("it is not ours")
    turn._lock = lock
    with held(turn), turn as ours:
        assert not ours


def test_a_lock_that_cannot_be_renewed_spares_the_others():
    """In a child, all others are free."""

    class Broken:
        def renew(self) -> None:
            raise OSError

    broken, turn = Broken(), Turn(patience=0.001)
    forks._kept.insert(0, weakref.ref(broken))
    before = turn._lock
    forks._renew_all()

    assert turn._lock is not before
