# SPDX-License-Identifier: MIT
"""Batches for tests of stores: small ones by hand, and many by chance."""

from __future__ import annotations

from random import Random
from typing import Any

from errcore.monitor.batches import Batch, GroupCounts, GroupFacts
from errcore.monitor.records import EventRecord
from errcore.monitor.windows import minute_of

NOW = 1_700_000_000.0


def facts_of(name: str) -> GroupFacts:
    """What a group has in common."""
    return GroupFacts(
        id=name,
        code=f"CODE_{name.upper()}",
        category="internal",
        severity="error",
        fault="self",
        outcome="error",
        type_name="app.Broken",
        site=f"app.py:{name}",
    )


def counted(name: str, count: int = 1, time: float = NOW, template: str = "no <*>") -> GroupCounts:
    """So many errors of a group at one moment."""
    return GroupCounts(
        facts=facts_of(name),
        minutes={minute_of(time): count},
        first=time,
        last=time,
        variants={template: count},
    )


def sampled(name: str, group: str = "a", time: float = NOW) -> EventRecord:
    """A failure to look at."""
    return EventRecord(id=name, time=time, code="X", status=500, public_message="No.", group=group)


def batch_of(*groups: GroupCounts, worker: str = "w1", number: int = 1, **options: Any) -> Batch:
    """What a worker counted."""
    return Batch(worker=worker, number=number, time=options.pop("time", NOW), groups=groups, **options)


def batches_by_chance(seed: int, many: int, names: int) -> list[Batch]:
    """What three workers might count in the course of two days, some of it told twice."""
    chance = Random(seed)
    made: list[Batch] = []
    numbers = {"w1": 0, "w2": 0, "w3": 0}
    for step in range(many):
        worker = chance.choice(sorted(numbers))
        numbers[worker] += 1
        now = NOW + step * chance.choice((1.0, 70.0, 4000.0))
        seen = chance.sample([f"g{name}" for name in range(names)], chance.randrange(4))
        batch = Batch(
            worker=worker,
            number=numbers[worker],
            time=now,
            release=chance.choice((None, "1", "2")),
            groups=tuple(
                counted(name, chance.randrange(1, 4), now - chance.randrange(90), f"t{chance.randrange(12)}")
                for name in seen
            ),
            counters={
                (f"route:/{chance.randrange(3)}", minute_of(now) - chance.randrange(3)): chance.randrange(
                    1, 9
                )
                for _ in range(chance.randrange(4))
            },
            samples=tuple(
                sampled(f"{step}.{each}", name, now)
                for each, name in enumerate(seen)
                for _ in range(chance.randrange(3))
            ),
        )
        made += [batch] * chance.choice((1, 1, 1, 2))
    return made
