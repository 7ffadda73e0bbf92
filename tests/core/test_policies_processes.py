# SPDX-License-Identifier: MIT
"""Guarded functions across processes: forked in the middle, sent to a worker by name, and run without assertions."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from policy_ways import forking, fresh, in_a_child, in_a_thread

from errcore import Bulkhead, BulkheadFullError, policy
from errcore.events import stream
from errcore.forks import ForkSafeLock, Turn
from errcore.mishaps import Mishaps
from errcore.policies import presets, registry


@forking
def test_a_child_that_is_forked_while_a_key_is_made_has_the_keys():
    """Although another thread held their lock; those inside are in the parent."""
    guard = policy(fresh("processes"), key=lambda number: number, bulkhead=1, breaker=0.5)
    guard.call(abs, 1)

    with in_a_thread(guard._units._lock):
        assert in_a_child(lambda: guard.call(abs, 2) == 2 and set(guard.states) == {"1", "2"}) == 0
    assert set(guard.states) == {"1"}


@forking
@pytest.mark.parametrize(
    "lock",
    [registry._lock, presets._making, ForkSafeLock(), Turn()],
    ids=["registry", "presets", "any", "turn"],
)
def test_a_child_may_make_policies(lock: ForkSafeLock | Turn):
    """Although another thread of the parent was making one."""

    def work() -> bool:
        with lock:
            return presets.recovery(fresh("processes"), "trying")(len)("text") == 4

    with in_a_thread(lock):
        assert in_a_child(work) == 0


@forking
def test_a_child_may_listen_and_fail():
    """Although threads of the parent were subscribing and counting a failure."""
    mishaps = Mishaps()

    def work() -> bool:
        mishaps.note("a part", OSError())
        with stream.subscribe(int, lambda _: None):
            return stream.listens(int) and mishaps.count == 1

    with in_a_thread(stream._lock), in_a_thread(mishaps._lock):
        assert in_a_child(work) == 0


@forking
def test_a_child_that_is_forked_inside_of_a_call_begins_with_all_slots():
    """And leaves the call that it was forked in without giving back what it does not have."""
    guard = policy(fresh("processes"), bulkhead=Bulkhead(1))
    codes: list[int] = []

    @guard
    def outer() -> str:
        child = os.fork()
        if not child:
            return "child"
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        with pytest.raises(BulkheadFullError):
            guard.call(len, "full")
        return "parent"

    if outer() == "child":
        try:
            slots = guard._own.bulkhead
            assert slots is not None
            with guard.acquire(), pytest.raises(BulkheadFullError):
                guard.acquire()
            os._exit(0 if slots.idle else 1)
        finally:
            os._exit(2)
    assert codes == [0]
    assert guard.call(len, "free") == 4


WORKER = """
import multiprocessing
import asyncio
from errcore import Retry, policy

guard = policy("worker", retry=Retry(3, initial=0), breaker=0.5, bulkhead=2)
tried = []

@guard
def double(number):
    tried.append(number)
    if len(tried) == 1:
        raise ConnectionError
    return 2 * number

class Client:
    @guard
    def triple(self, number):
        return 3 * number

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(double, [1, 2]) == [2, 4]
        assert pool.apply(Client().triple, (2,)) == 6
    assert tried == []
    print("fine")
"""


def test_a_guarded_function_is_sent_to_a_worker_by_name(tmp_path: Path):
    """A spawned worker imports it, and with it a policy of its own."""
    script = tmp_path / "worker_script.py"
    script.write_text(textwrap.dedent(WORKER), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120
    )

    assert (done.stdout, done.returncode) == ("fine\n", 0), done.stderr


@policy("processes-pickled", retry=2)
def pickled() -> str:
    """A function of a module."""
    return "called"


def test_a_guarded_function_pickles_as_itself():
    """By its name, as functions do."""
    assert pickle.loads(pickle.dumps(pickled)) is pickled


OPTIMISED = """
import asyncio
from errcore import Breaker, Fallback, Retry, Timeout, policy, clock
from errcore.testing import FakeClock

def check(fine):
    if not fine:
        raise SystemExit(1)

tried = []

def down(*args):
    tried.append(args)
    raise ConnectionError("down")

with clock.using(FakeClock()):
    guard = policy("optimised", retry=3, breaker=Breaker(minimum=3), bulkhead=1, limit="100/second",
                   timeout=Timeout(5, attempt=1, sync="cooperative"), fallback=Fallback(lambda *_: 1 / 0, value="instead"))
    check(guard(down)(1) == "instead" and len(tried) == 3 and guard.state == "open")
    check(guard.call(down) == "instead" and len(tried) == 3)

    @guard
    async def later():
        return "never"

    check(asyncio.run(later()) == "instead")
    guard.reset()
    check(asyncio.run(later()) == "never")
    try:
        policy("bare", retry=2, breaker=0.5)(down)()
    except ConnectionError as error:
        check(error.__notes__)
    check(len(tried) == 5)
print("fine")
"""


@pytest.mark.parametrize("flag", ["-O", "-OO"])
def test_nothing_depends_on_assertions(flag: str, tmp_path: Path):
    """As under `python -O`."""
    script = tmp_path / "optimised.py"
    script.write_text(OPTIMISED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, flag, str(script)], capture_output=True, text=True, check=False, timeout=120
    )

    assert (done.stdout, done.returncode) == ("fine\n", 0), done.stderr
