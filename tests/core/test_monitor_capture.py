# SPDX-License-Identifier: MIT
"""To count never fails and never asks anybody: whatever an exception does, it is one."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import pytest
from monitored import raised

from errcore import NotFoundError, context
from errcore.monitor import Monitor


class _Hostile(type):
    def __hash__(cls) -> int:
        raise RuntimeError("not to be hashed")

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("not to be compared")

    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError("not to be looked at")

    def __instancecheck__(cls, instance: object) -> bool:
        raise RuntimeError("not to be asked")

    def __subclasscheck__(cls, subclass: type) -> bool:
        raise RuntimeError("not to be asked")


class OfHostileClass(Exception, metaclass=_Hostile):
    """Its class refuses everything."""


class Speechless(Exception):
    """Every method that could tell something raises."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("nothing to say")

    __str__ = __repr__ = __hash__ = __eq__ = __bool__ = __len__ = __getattribute__ = _refuse


class Liar(Exception):
    """Says that it is of another class."""

    __class__ = KeyError


class Frozen(dict[str, Any]):
    """A dictionary that takes nothing."""

    def _refuse(self, *_: object) -> Any:
        raise TypeError("frozen")

    __setitem__ = update = setdefault = __delitem__ = _refuse


class Closed(Frozen):
    """A dictionary that gives nothing either."""

    __getitem__ = __contains__ = get = keys = items = __iter__ = Frozen._refuse


class Slotted(Exception):
    """Has slots, one of which is never set."""

    __slots__ = ("never",)


class TextLike(str):
    """A text that is none exactly."""

    __slots__ = ()

    def __getitem__(self, _: object) -> str:
        raise RuntimeError("not to be cut")


def with_attributes(**attributes: Any) -> Exception:
    exc = ValueError("attributes")
    vars(exc).update(attributes)
    return exc


def with_dictionary(attributes: dict[str, Any]) -> Exception:
    exc = ValueError("dictionary")
    exc.__dict__ = attributes
    return exc


def with_arguments(*arguments: object) -> Exception:
    exc = ValueError()
    exc.args = arguments
    return exc


def ring() -> Exception:
    one, other = ValueError("one"), KeyError("other")
    one.__cause__, other.__context__ = other, one
    return one


HOSTILE: dict[str, Any] = {
    "its class refuses": lambda: OfHostileClass("x"),
    "it refuses": Speechless,
    "it lies": Liar,
    "its dictionary takes nothing": lambda: with_dictionary(Frozen()),
    "slots": Slotted,
    "a message that is a number": lambda: with_attributes(message=7),
    "a message that is an object": lambda: with_attributes(message=Speechless()),
    "a message that is nearly a text": lambda: with_attributes(message=TextLike("x" * 999)),
    "a mark of somebody's own": lambda: with_attributes(_errcore_counted={"w": 1}, _errcore_reported=3),
    "a message of 1 MB": lambda: ValueError("x" * 2**20),
    "arguments that refuse": lambda: with_arguments(Speechless(), Frozen()),
    "an argument that is nearly a text": lambda: with_arguments(TextLike("x" * 999)),
    "no arguments": lambda: with_arguments(),
    "a lone surrogate": lambda: ValueError("\ud800 \x1b[2J\r\n"),
    "a ring of causes": ring,
    "a group": lambda: ExceptionGroup("several", [ValueError("a"), ExceptionGroup("inner", [Speechless()])]),
    "a group of what is no Exception": lambda: BaseExceptionGroup("x", [KeyboardInterrupt()]),
    "a cancellation": asyncio.CancelledError,
    "an interrupt": KeyboardInterrupt,
    "an exit": lambda: SystemExit(3),
    "the end of a generator": GeneratorExit,
    "one that was never raised": lambda: ("never raised", ValueError("x")),
    "notes that are none": lambda: with_attributes(__notes__=Speechless()),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_counts_whatever_it_is(make: Any):
    """One exception, one count, no failure; twice with a context as hostile, which is for the sample only."""
    made = make()
    exc = made[1] if type(made) is tuple else raised(made)
    with Monitor(background=False) as monitor:
        monitor.capture(exc, order=Speechless(), actor=Frozen(), route=7, exc=exc)
        monitor.capture(exc)
        stats = monitor.stats()

    assert (stats["total"], monitor.failures) == (1, 0)


def test_counts_what_cannot_be_read():
    """Where no sample can be made, that is what is lost, and said."""
    with Monitor(background=False) as monitor:
        for _ in range(2):
            monitor.capture(raised(with_dictionary(Closed())))
        stats = monitor.stats()

    assert (stats["total"], stats["dropped"], monitor.failures) == (2, {"unreadable": 2}, 2)


def test_no_exception_is_no_failure_of_the_caller():
    """What is none is noted as a failure of errcore's own."""
    with Monitor(background=False) as monitor:
        monitor.capture("no exception")
        monitor.record(ValueError(), None)
        monitor.count_request([], 200, 0.1)
        monitor.count_request("/a", "200", None)

        assert monitor.stats()["total"] == 0
        assert monitor.failures == 4
        assert monitor.stats()["requests"]["total"] == 0


def test_full_stack_counts_once():
    """A recursion error that passes a thousand handlers is one, though the innermost of them had no room to count."""
    with Monitor(background=False) as monitor:

        def deeper() -> None:
            try:
                deeper()
            except RecursionError as error:
                monitor.capture(error)
                raise

        with pytest.raises(RecursionError):
            deeper()
        stats = monitor.stats()

    assert stats["by_code"] == {"INTERNAL_ERROR": 1}
    assert len(stats["top"][0]["site"]) <= 200


def test_thousand_frames():
    """The place is the innermost, however far it is."""

    def fall(depth: int) -> None:
        if depth:
            fall(depth - 1)
        raise ValueError("down")

    with Monitor(background=False) as monitor:
        try:
            fall(min(1000, sys.getrecursionlimit() - 300))
        except ValueError as error:
            monitor.capture(error)
        found = monitor.stats()["top"][0]

    assert found["site"].endswith("test_thousand_frames.<locals>.fall")
    assert found["sample"] is not None


class Counting(Exception):
    """Counts how often somebody asks what it says."""

    asked = 0

    def __str__(self) -> str:
        type(self).asked += 1
        return "said"

    __repr__ = __str__


def test_asks_nobody_beyond_the_samples(fake: Any):
    """Three samples at once, then one a minute: only of these is the text asked for."""
    with Monitor(background=False) as monitor:
        for _ in range(3):
            monitor.capture(raised(Counting()))
        monitor.flush()
        asked = Counting.asked
        for _ in range(1000):
            monitor.capture(raised(Counting()))
        monitor.flush()

        assert Counting.asked == asked > 0
        fake.advance(61)
        monitor.capture(raised(Counting()))
        assert asked < Counting.asked <= 2 * asked
        assert monitor.stats()["total"] == 1004


class Local:
    """Raises when anybody looks at it."""

    def __repr__(self) -> str:
        raise AssertionError("a local variable was looked at")

    __str__ = __len__ = __bool__ = __getattr__ = __hash__ = __eq__ = __iter__ = __repr__


def test_local_variables_are_nobodys_business():
    """Neither to count nor to keep a sample looks at them."""

    def fail(argument: object) -> None:
        huge = {"of": [Local()] * 1000}
        raise ValueError(len(huge))

    with Monitor(background=False) as monitor:
        for _ in range(5):
            try:
                fail(Local())
            except ValueError as error:
                monitor.capture(error)
        group = monitor.stats()["top"][0]

        assert group["count"] == 5
        assert len(monitor.samples(group["id"])) == 3
        assert monitor.failures == 0


def test_context_is_in_the_sample():
    """What is given, and what is bound; the route is counted, too."""
    with Monitor(background=False, service="shop") as monitor, context.bind(tenant="t1", cart="c1"):
        monitor.capture(raised(NotFoundError("No.")), actor="u1", order="o1", route="/orders/{id}")
        stats = monitor.stats()
        record = monitor.samples(stats["top"][0]["id"])[0]

    assert stats["by_route"] == {"/orders/{id}": 1}
    assert (record.route, record.phase, record.extra) == (
        "/orders/{id}",
        "report",
        {"context": {"cart": "c1", "order": "o1"}},
    )


def test_names():
    """All that is public can be fetched, and nothing else."""
    from errcore import monitor

    assert {getattr(monitor, name).__name__ for name in monitor.__all__} == set(monitor.__all__)
    assert set(monitor.__all__) <= set(vars(monitor))
    assert {*monitor.__all__, "__name__"} <= set(dir(monitor))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'") as missing:
        _ = monitor.Nothing
    assert missing.value.name == "Nothing"


def test_threads_lose_nothing():
    """Eight threads count failures and requests of their own and of others' places, while a ninth tells the store."""
    with Monitor(background=False) as monitor:
        done = threading.Event()

        def count() -> None:
            for number in range(500):
                monitor.capture(raised(ValueError(f"{number}")))
                monitor.count_request(f"/{number % 7}", 200 + number % 400, 0.001)

        def tell() -> None:
            while not done.is_set():
                monitor.flush()

        threads = [threading.Thread(target=count) for _ in range(8)]
        teller = threading.Thread(target=tell)
        for thread in (teller, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        teller.join()
        stats = monitor.stats()

    assert (stats["total"], stats["requests"]["total"], monitor.failures) == (4000, 4000, 0)
    assert sum(stats["top"][0]["variants"].values()) == 4000
    assert sum(route["total"] for route in stats["requests"]["by_route"].values()) == 4000
