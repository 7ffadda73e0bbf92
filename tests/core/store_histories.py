# SPDX-License-Identifier: MIT
"""Random histories of a store, and what it says after each step: the same as a store in memory, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from errcore import clock
from errcore.monitor.batches import OVERFLOW, Batch, GroupCounts
from errcore.monitor.groups import GroupState
from errcore.monitor.stores import MemoryStore, Store
from errcore.monitor.windows import HOUR, MINUTE
from errcore.testing import FakeClock
from errcore.testing.stores.material import facts, sample

PLACES = 3  # of the stores that are told histories
NAMES = ("A", "B", "C", "D", "E")
_START = 1_700_000_000.0
_HOURS = 48  # that every store has

Step = Callable[[Store, float, dict[str, int]], object]
"""Something that is done with a store at a time; workers have told batches up to these numbers."""

_groups = st.lists(
    st.tuples(
        st.sampled_from((*NAMES, None)),
        st.integers(1, 3),
        st.sampled_from((0.0, 1.5, 61.0)),
        st.sampled_from((1, 2, 5, 11)),
    ),
    max_size=5,
    unique_by=lambda group: group[0],
)
_counters = st.dictionaries(
    st.tuples(
        st.sampled_from(("route:/a", "request:ok:/a", "latency:7:/a", "dropped:full")), st.integers(-3, 3)
    ),
    st.integers(1, 5),
    max_size=4,
)


@st.composite
def _batches(draw: Any) -> Step:
    worker, again = draw(st.sampled_from("xy")), draw(st.integers(0, 9)) == 0
    release = draw(st.sampled_from((None, "r1", "r2")))
    several, counters = draw(_groups), draw(_counters)
    sampled = draw(st.lists(st.sampled_from(NAMES), max_size=4))

    def apply(store: Store, time: float, numbers: dict[str, int]) -> object:
        known = numbers.get(worker, 0)
        numbers[worker] = number = known if known and again else known + 1
        minute = int(time // MINUTE)
        told = Batch(
            worker=worker,
            number=number,
            time=time,
            release=release,
            groups=tuple(
                GroupCounts(
                    facts=OVERFLOW if name is None else facts(name),
                    minutes={minute: count, minute - 2: 1},
                    first=time - ago,
                    last=time,
                    variants={} if name is None else {f"variant {each}": 1 for each in range(kinds)},
                )
                for name, count, ago, kinds in several
            ),
            counters={(series, minute + off): count for (series, off), count in counters.items()},
            samples=tuple(sample(f"{time} {each}", time + each, name) for each, name in enumerate(sampled)),
        )
        return list(store.apply(told))

    return apply


@st.composite
def _states(draw: Any) -> Step:
    name, state = draw(st.sampled_from(NAMES)), draw(st.sampled_from(GroupState))
    return lambda store, time, _: store.set_state(facts(name).id, state, time)


_steps = st.tuples(
    st.sampled_from((0.0, 1.0, 45.0, 61.0, 700.0, 3700.0, 90_000.0, 36 * 86_400.0, -120.0)),
    st.one_of(
        _batches(), _batches(), _batches(), _states(), st.just(lambda store, time, _: store.purge(time))
    ),
)
HISTORIES = st.lists(_steps, min_size=1, max_size=12)
"""Steps, and how many seconds after the one before each is."""


def told(store: Store, history: list[tuple[float, Step]]) -> list[object]:
    """What a store says of a history: what each step gives, and all that there is after it."""
    said: list[object] = []
    numbers: dict[str, int] = {}
    with clock.using(FakeClock(seed=7)):
        time = latest = _START
        for after, step in history:
            time += after
            latest = max(latest, time)
            said.append(step(store, time, numbers))
            said.extend((store.read(MINUTE, 0), store.read(HOUR, int(latest // HOUR) - _HOURS)))
            said.extend(list(store.samples(facts(name).id)) for name in NAMES)
        store.close()
    return said


def as_memory(history: list[tuple[float, Step]]) -> list[object]:
    """What is to be said of a history."""
    return told(MemoryStore(PLACES), history)
