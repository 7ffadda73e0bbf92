# SPDX-License-Identifier: MIT
"""A million messages, fifty thousand classes, twenty thousand addresses of scanners: counts stay exact, and memory what it was."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterable
from itertools import islice, product
from string import ascii_lowercase
from typing import Any

import pytest
from fastapi import FastAPI

from errcore import NotFoundError, Runtime
from errcore.errors.classification import forget_verdicts
from errcore.monitor import MemoryStore, Monitor
from errcore.monitor.groups import MOST_GROUPS, MOST_VARIANTS
from errcore.testing import FakeClock
from errcore_fastapi import install

SCANNED = (
    "/.env",
    "/wp-login.php",
    "/../../etc/passwd",
    "/${jndi:ldap://x.example/a}",
    "/%2e%2e/%2e%2e/win.ini",
    "/\x1b[31m",
    "/a" * 50,
    "/agents",
)


pytestmark = pytest.mark.usefixtures("forgotten")


def fail(message: str) -> None:
    raise ValueError(message)


def capture(monitor: Monitor, message: str) -> None:
    """Count a failure that every call of this shares its place with."""
    try:
        fail(message)
    except ValueError as error:
        monitor.capture(error)


def test_a_million_messages(fake: FakeClock):
    """Each unlike all others, they are one group of at most eight variants and the rest, and take no memory."""
    # Letters, since numbers are no difference between messages.
    words = ("".join(letters) for letters in product(ascii_lowercase, repeat=5))

    def flood(some: Iterable[str]) -> None:
        for number, word in enumerate(some):
            capture(monitor, f"{word} {'pad ' * 48}")
            if number % 1000 == 0:
                fake.advance(1.0)
                monitor.flush()

    with Monitor(background=False) as monitor:
        flood(islice(words, 10_000))
        gc.collect()
        before = sys.getallocatedblocks()
        flood(islice(words, 990_000))
        gc.collect()
        grown = sys.getallocatedblocks() - before
        stats = monitor.stats("2h")

    (group,) = stats["top"]
    assert stats["total"] == group["count"] == group["total"] == sum(group["variants"].values()) == 1_000_000
    assert len(group["variants"]) == MOST_VARIANTS + 1
    assert grown < 2_000  # blocks; one for each message would be a million


def test_fifty_thousand_classes(fake: FakeClock):
    """With codes of their own: 512 are told apart, the sum stays exact, and those that were there before stay."""
    store = MemoryStore()
    with Monitor(store, background=False) as monitor:
        capture(monitor, "x")
        first = fake.wall()
        for number in range(50_000):
            made = type(f"Made{number}", (NotFoundError,), {}, code=f"MADE_{number}")
            monitor.capture(made("x"))
            if number % 500 == 0:
                fake.advance(1.0)
                capture(monitor, "x")
                monitor.flush()
            if number % 5000 == 0:
                del made
                forget_verdicts()
                gc.collect()
        stats = monitor.stats("2h", top=100)
        groups = {group.facts.id: group for group in monitor.groups()}

    assert len(groups) == MOST_GROUPS + 1
    assert sum(group.count for group in groups.values()) == sum(stats["by_code"].values()) == 50_101
    assert stats["total"] == 50_101
    (loud,) = [group for group in groups.values() if group.facts.type_name == "ValueError"]
    assert (loud.count, loud.first_seen) == (101, first)


def test_twenty_thousand_addresses(fake: FakeClock) -> None:
    """Of the kinds that scanners send: what is kept grows by a handful of series, all without a path."""
    store = MemoryStore()
    with Runtime.for_tests(log_level="critical", store=store) as runtime:
        app = FastAPI()
        install(app, runtime)

        @app.get("/agents/{agent}")
        async def agent(agent: str) -> str:
            return agent

        async def scan() -> None:
            async def send(message: Any) -> None:
                return

            for number in range(20_000):
                path = f"{SCANNED[number % len(SCANNED)]}/{number}/x"
                scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
                await app({**scope, "root_path": "", "http_version": "1.1"}, None, send)

        asyncio.run(scan())
        stats = runtime.monitor.stats("5m")
        snapshot = store.read(60, 0)

    assert stats["total"] == stats["requests"]["total"] == 20_000
    assert list(stats["by_route"]) == list(stats["requests"]["by_route"]) == ["<unmatched>"]
    assert len(stats["top"]) == 1
    assert len(snapshot.counts) <= 10
    assert not [name for name in snapshot.counts if "jndi" in name or ".env" in name]
