# SPDX-License-Identifier: MIT
"""The one port for time and chance: the real clock, and swapping it."""

from __future__ import annotations

import ast
import asyncio
import contextvars
import threading
from pathlib import Path

import pytest

import errcore
from errcore import clock
from errcore.testing import FakeClock


def test_system_clock_reads_the_real_ones():
    """Monotonic time does not go back, wall time is after 2020, chance is in [0, 1)."""
    system = clock.SystemClock()

    assert system.monotonic() <= system.monotonic()
    assert system.wall() > 1_577_836_800
    assert all(0 <= system.random() < 1 for _ in range(100))


@pytest.mark.parametrize("nbytes", [0, 1, 16])
def test_token_has_two_hexadecimal_digits_for_each_byte(nbytes: int):
    """Tokens are lower-case hexadecimal, as long as asked for."""
    token = clock.SystemClock().token(nbytes)

    assert len(token) == 2 * nbytes
    assert set(token) <= set("0123456789abcdef")


def test_tokens_differ():
    """Two ids are never the same: they are what log lines are found by."""
    system = clock.SystemClock()

    assert len({system.token(16) for _ in range(1000)}) == 1000


async def test_system_clock_sleeps_in_both_worlds():
    """Sleeping for no time comes back, blocking and suspending."""
    system = clock.SystemClock()

    system.sleep(0)
    await system.asleep(0)


def test_the_system_clock_is_the_default():
    """Nobody has to set anything up."""
    assert isinstance(contextvars.Context().run(clock.current), clock.SystemClock)


def test_using_swaps_and_restores():
    """Inside the block the given clock answers, outside the one from before; blocks nest."""
    outer, inner = FakeClock(), FakeClock()
    before = clock.current()
    with clock.using(outer) as given:
        assert given is outer
        with clock.using(inner):
            assert clock.current() is inner
        assert clock.current() is outer

    assert clock.current() is before


def test_using_restores_after_a_failure():
    """An error in the block does not leave the test's clock behind."""
    before = clock.current()
    with pytest.raises(ZeroDivisionError), clock.using(FakeClock()):
        raise ZeroDivisionError

    assert clock.current() is before


def test_threads_start_with_the_system_clock():
    """A clock belongs to a context: another thread does not see it."""
    seen: list[object] = []
    with clock.using(FakeClock()):
        thread = threading.Thread(target=lambda: seen.append(clock.current()))
        thread.start()
        thread.join()

    assert isinstance(seen[0], clock.SystemClock)


async def test_tasks_inherit_the_clock_and_keep_their_own():
    """A task sees the clock of the task that started it; what it swaps stays its own."""
    fake, own = FakeClock(), FakeClock()

    async def swaps() -> tuple[object, object]:
        inherited = clock.current()
        with clock.using(own):
            await asyncio.sleep(0)
            return inherited, clock.current()

    with clock.using(fake):
        assert await asyncio.create_task(swaps()) == (fake, own)
        assert clock.current() is fake


HOME = Path(errcore.__file__).parent
SOURCES = sorted(HOME.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HOME)))
def test_nothing_else_touches_time_or_chance(path: Path):
    """Only the clock module imports time, random, secrets or uuid, so that swapping it controls everything.

    The type of UUIDs makes none.
    """
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name != "UUID"
    }

    # What a validator costs is the time of the processor, which no clock of a test has.
    exempt = {"clock.py", "law_growth.py"}
    assert path.name in exempt or not names & {"time", "random", "secrets", "uuid"}
