# SPDX-License-Identifier: MIT
"""An outage, lived through: callers in rounds, while the lab is well, gets flaky, goes down and comes back.

Nothing here waits for a time to pass. Each phase lasts until something was seen, so a slow machine sees the same story.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import httpx
from cases import Case
from lab import DOWN, FLAKY, RARELY, WELL, Lab, Receipt
from server import RESULTS
from traffic import Answer, Asked, ask, caller

PHASES = 4
ENOUGH = 4 * RARELY  # calls of a phase that waits for nothing
PATIENCE = 15.0  # seconds until a phase ends although nothing was seen; what is missing is said by the checks

_CALLERS = 8
_PAUSE = 0.05  # seconds between rounds

STRICT = Case("GET", "/results/a1", 200, None)
CONTENT = Case("GET", "/overview/a1", 200, None)  # with the last results, if there are no others


@attrs.frozen(eq=False)
class Call:
    """One call of the service in front of the lab.

    Attributes:
        answer: What came back.
        mood: What the lab was like.
    """

    answer: Answer
    mood: str

    @property
    def id(self) -> str:
        """Under which it is known to the service and to the lab."""
        return self.answer.asked.sent_id or ""

    @property
    def fresh(self) -> bool | None:
        """Whether it got the results of now; None if it got an error."""
        if self.answer.status != 200:
            return None
        return bool(json.loads(self.answer.body)["fresh"])

    @property
    def code(self) -> str | None:
        """The code of its error."""
        return None if self.answer.problem is None else self.answer.problem["code"]


@attrs.frozen(slots=False)
class Outage:
    """What is left of it.

    Attributes:
        calls: Those of our callers.
        receipts: What the lab got.
        happened: What the service kept: requests that left, and events of the policy, in order.
        parts: What the policy consists of, as it says itself.
    """

    calls: Sequence[Call]
    receipts: Sequence[Receipt]
    happened: Sequence[Mapping[str, Any]]
    parts: Mapping[str, Any]

    @cached_property
    def requests(self) -> Mapping[str, Sequence[str]]:
        """The requests that left for each call."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for each in self.happened:
            if each["what"] == "Sent":
                found[each["call"]].append(each["request"])
        return found


@attrs.frozen
class _Callers:
    """Those who call, round after round. A round is over before the next one begins, or the lab changes."""

    lab: Lab
    url: str
    client: httpx.AsyncClient
    calls: list[Call] = attrs.field(factory=list)

    async def call_until(self, seen: Callable[[], Awaitable[bool]]) -> None:
        latest = time.monotonic() + PATIENCE
        while time.monotonic() < latest:
            await self.call_once()
            if await seen():
                return

    async def call_once(self) -> None:
        first = len(self.calls)
        await asyncio.gather(*(self._call(first + place) for place in range(_CALLERS)))
        await asyncio.sleep(_PAUSE)

    async def _call(self, number: int) -> None:
        mood = self.lab.mood
        asked = Asked(number, RESULTS.name, (STRICT, CONTENT)[number % 2], f"outage-{number:05d}")
        self.calls.append(Call(await ask(self.client, self.url, asked), mood))

    async def call_enough(self) -> None:
        enough = len(self.calls) + ENOUGH

        async def had() -> bool:
            return len(self.calls) >= enough

        await self.call_until(had)

    async def call_until_it_is(self, state: str) -> None:
        async def is_so() -> bool:
            told = await self._told("/policies")
            return bool(told["states"]["lab"] == state)

        await self.call_until(is_so)

    async def call_until_it_probes(self) -> None:
        before = len(self.lab.receipts)  # no call is under way, so the next request is a probe

        async def has_probed() -> bool:
            return len(self.lab.receipts) > before

        await self.call_until(has_probed)

    async def _told(self, path: str) -> Any:
        return (await self.client.get(self.url + path)).raise_for_status().json()

    async def outage(self) -> Outage:
        parts = (await self._told("/policies"))["parts"]
        return Outage(tuple(self.calls), tuple(self.lab.receipts), await self._told("/happened"), parts)


async def live_through(lab: Lab, url: str, passed: Callable[[], object]) -> Outage:
    """Call the service while the lab goes through its phases.

    Args:
        lab: The laboratory.
        url: Where the service in front of it is.
        passed: Called after each phase.
    """
    async with lab.open(), caller() as client:
        callers = _Callers(lab, url, client)
        await callers.call_enough()
        passed()
        lab.mood = FLAKY
        await callers.call_enough()
        passed()
        lab.mood = DOWN
        await callers.call_until_it_is("open")
        await callers.call_until_it_probes()
        await callers.call_once()
        passed()
        lab.mood = WELL
        await callers.call_until_it_is("closed")
        await callers.call_enough()
        passed()
        return await callers.outage()
