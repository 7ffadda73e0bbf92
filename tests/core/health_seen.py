# SPDX-License-Identifier: MIT
"""What tests of health share: a look at one part of the detail, a probe that begins what is due, and its end."""

from __future__ import annotations

import asyncio
from concurrent.futures import wait

from errcore.monitor.health import Component, Health


def component(health: Health, name: str | None = None) -> Component:
    """A part of the detail, by name; without one, the only part there is."""
    parts = health.detail().components
    (found,) = [each for each in parts if name in (None, each.name)]
    return found


async def begins(health: Health) -> None:
    """Probe, and go when the check has begun in this loop."""
    health.ready()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def settled(health: Health) -> None:
    """Let the loop turn until nothing is under way."""
    async with asyncio.timeout(10):
        while health._board.pending():  # noqa: ASYNC110 - it offers no event
            await asyncio.sleep(0.001)


def returned(health: Health) -> None:
    """Wait until nothing is under way, however late it is: by a clock that stands `refresh` gives up what is late."""
    assert not wait([run.done for run in health._board.pending()], timeout=10).not_done


def hanging(health: Health) -> int:
    """How many checks are late and have not returned."""
    return sum(each.hanging for each in health.detail().components)
