# SPDX-License-Identifier: MIT
"""The clock that tests turn by hand."""

from __future__ import annotations

import asyncio
import threading

import pytest

from errcore import clock
from errcore.testing import FakeClock


def test_time_stands_still_until_told() -> None:
    """Both readings move together, and only by `advance` or a sleep."""
    fake = FakeClock(monotonic=5.0, wall=100.0)

    assert (fake.monotonic(), fake.wall()) == (5.0, 100.0)

    fake.advance(2.5)
    fake.sleep(0.5)

    assert (fake.monotonic(), fake.wall()) == (8.0, 103.0)
    assert fake.sleeps == [0.5]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_time_does_not_go_back(seconds) -> None:
    """A test that asks for it has a mistake in it."""
    fake = FakeClock()

    with pytest.raises(ValueError, match="only goes forward"):
        fake.advance(seconds)
    with pytest.raises(ValueError, match="only goes forward"):
        fake.sleep(seconds)
    with pytest.raises(ValueError, match="only goes forward"):
        asyncio.run(fake.asleep(seconds))
    assert fake.monotonic() == 0.0


def test_tasks_wake_in_the_order_of_their_deadlines() -> None:
    """However they were started, and without anybody waiting."""
    fake = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.current().asleep(seconds)
        woken.append((name, fake.monotonic()))

    async def main() -> None:
        await asyncio.gather(
            sleeper("long", 3), sleeper("short", 1), sleeper("middle", 2), sleeper("none", 0)
        )

    with clock.using(fake):
        asyncio.run(main())

    assert woken == [("none", 0.0), ("short", 1.0), ("middle", 2.0), ("long", 3.0)]
    assert fake.sleeps == [3, 1, 2, 0]


def test_sleeper_wakes_when_somebody_else_advances() -> None:
    """A test may turn the clock while a task sleeps."""
    fake = FakeClock()

    async def main() -> float:
        task = asyncio.ensure_future(fake.asleep(10))
        await asyncio.sleep(0)
        fake.advance(25)
        await task
        return fake.monotonic()

    assert asyncio.run(main()) == 25.0


def test_cancelled_sleeper_holds_nobody_up() -> None:
    """The clock does not wait for a deadline that nobody waits for."""
    fake = FakeClock()

    async def main() -> float:
        task = asyncio.ensure_future(fake.asleep(1))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await fake.asleep(5)
        return fake.monotonic()

    assert asyncio.run(main()) == 5.0


def test_chance_follows_from_the_seed() -> None:
    """The same numbers each time, others for another seed, all in range."""
    first, again, other = FakeClock(seed=1), FakeClock(seed=1), FakeClock(seed=2)
    drawn = [first.random() for _ in range(1000)]

    assert drawn == [again.random() for _ in range(1000)]
    assert drawn[0] != other.random()
    assert len(set(drawn)) == 1000
    assert all(0 <= number < 1 for number in drawn)
    assert 0.45 < sum(drawn) / 1000 < 0.55
    assert len({first.token(16) for _ in range(1000)}) == 1000
    assert len(first.token(16)) == 32


def test_threads_may_share_it() -> None:
    """No advance is lost, no token is given twice."""
    fake = FakeClock()
    tokens: list[str] = []

    def work() -> None:
        for _ in range(500):
            fake.advance(1)
            tokens.append(fake.token(8))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fake.monotonic() == 2000
    assert len(set(tokens)) == 2000
