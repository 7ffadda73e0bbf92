# SPDX-License-Identifier: MIT
"""Bulkheads between threads: never more inside than there are slots, first come first served, nobody waits too long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic, sleep

import pytest
from policy_ways import in_threads

from errcore import BulkheadFullError, ConfigurationError, classify, clock
from errcore.policies import deadlines
from errcore.policies.bulkhead import Bulkhead, Slots
from errcore.policies.declare import policy
from errcore.testing import FakeClock


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; fail when it is not within ten seconds."""
    end = monotonic() + 10
    while not condition():
        assert monotonic() < end
        sleep(0.001)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"limit": value} for value in (0, -1, 1.5, True, None, "3")),
        *({"limit": 1, "queue": value} for value in (-1, 0.5, None, True)),
        *(
            {"limit": 1, "queue": 1, "max_wait": value}
            for value in (0, -1, float("nan"), float("inf"), "1", True)
        ),
        {"limit": 1, "max_wait": 1.0},
    ],
    ids=repr,
)
def test_settings_that_make_no_sense_are_refused(wrong: dict):
    """No slots, a queue that is none, a wait in no queue: whoever writes that is told what would do."""
    with pytest.raises(ConfigurationError, match=r"Cannot use Bulkhead\(.*, because .*; pass "):
        Bulkhead(**wrong)


def test_without_a_queue_a_full_one_refuses_at_once():
    """The refusal says whose it is and when to come back, and that nothing was sent."""
    slots = Slots(Bulkhead(2), "db")
    assert slots.idle
    slots.enter()
    slots.enter()

    with pytest.raises(BulkheadFullError, match="All 2 slots of the policy 'db' are taken") as caught:
        slots.enter()

    assert (caught.value.policy, caught.value.retry_after) == ("db", 1.0)
    assert (classify(caught.value).outcome, classify(caught.value).executed) == ("dropped", "no")
    assert (slots.used, slots.waiting, slots.idle) == (2, 0, False)
    slots.leave()
    slots.enter()
    slots.leave()
    slots.leave()
    assert slots.idle


def test_threads_are_served_in_the_order_they_came():
    """A slot goes to whoever waited longest, and to nobody who came after."""
    slots, order = Slots(Bulkhead(1, queue=5), "db"), list[int]()
    slots.enter()

    def work(number: int) -> None:
        slots.enter()
        order.append(number)
        slots.leave()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=work, args=(number,)))
        threads[-1].start()
        until(lambda number=number: slots.waiting == number + 1)
    with pytest.raises(BulkheadFullError):
        slots.enter()
    assert not slots.idle
    slots.leave()
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4]
    assert slots.idle


@pytest.mark.parametrize(
    ("max_wait", "deadline", "longest"),
    [(2.0, None, 2.0), (None, 3.0, 3.0), (9.0, 3.0, 3.0), (2.0, 3.0, 2.0)],
)
def test_nobody_waits_longer_than_allowed(max_wait: float | None, deadline: float | None, longest: float):
    """The wait ends with `max_wait` or with the deadline, whichever is earlier; then the queue is empty again."""
    slots = Slots(Bulkhead(1, queue=1, max_wait=max_wait), "db")
    slots.enter()

    with clock.using(FakeClock()) as fake:
        if deadline is None:
            with pytest.raises(BulkheadFullError) as caught:
                slots.enter()
        else:
            with deadlines.deadline(deadline), pytest.raises(BulkheadFullError) as caught:
                slots.enter()

    assert fake.sleeps == [longest]
    assert caught.value.retry_after == (max_wait or 1.0)
    assert slots.waiting == 0
    slots.leave()
    assert slots.idle


def test_nobody_waits_when_the_time_is_up():
    """At the deadline a call is refused at once; with a free slot it would not be."""
    slots = Slots(Bulkhead(1, queue=1), "db")
    with clock.using(FakeClock()) as fake, deadlines.deadline(1.0):
        fake.advance(1.0)
        slots.enter()
        with pytest.raises(BulkheadFullError):
            slots.enter()

    assert fake.sleeps == []


def test_waits_on_the_real_clock():
    """A wait that is over refuses; one that is not is ended by whoever leaves."""
    slots = Slots(Bulkhead(1, queue=1, max_wait=0.01), "db")
    slots.enter()
    with pytest.raises(BulkheadFullError):
        slots.enter()

    patient = Slots(Bulkhead(1, queue=1, max_wait=1e9), "db")
    patient.enter()
    thread = threading.Thread(target=patient.enter)
    thread.start()
    until(lambda: patient.waiting == 1)
    patient.leave()
    thread.join()
    assert (patient.used, patient.waiting) == (1, 0)


def test_a_thread_on_a_fake_clock_is_let_in_by_another():
    """Waiting takes none of the clock's time if somebody leaves."""
    slots = Slots(Bulkhead(1, queue=1, max_wait=5.0), "db")
    slots.enter()
    fakes: list[FakeClock] = []

    def work() -> None:
        with clock.using(FakeClock()) as fake:
            slots.enter()
            fakes.append(fake)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: slots.waiting == 1)
    slots.leave()
    thread.join()

    assert fakes[0].sleeps == []


def test_a_slot_that_becomes_free_while_lining_up_is_taken(monkeypatch: pytest.MonkeyPatch):
    """Between looking and lining up somebody may leave: then there is nothing to wait for."""
    slots = Slots(Bulkhead(1, queue=1), "db")
    slots.enter()
    remaining = deadlines.remaining

    def leaving() -> float | None:
        slots.leave()
        return remaining()

    monkeypatch.setattr(deadlines, "remaining", leaving)
    slots.enter()

    assert (slots.used, slots.waiting) == (1, 0)


@pytest.mark.parametrize("given_meanwhile", [False, True])
def test_an_interrupted_thread_neither_keeps_nor_loses_a_slot(
    given_meanwhile: bool, monkeypatch: pytest.MonkeyPatch
):
    """Ctrl-C while waiting: the queue is left, and a slot that was given in the same moment is passed on."""
    slots = Slots(Bulkhead(1, queue=2), "db")
    slots.enter()

    def interrupted(_waiter: object, _longest: float | None) -> None:
        if given_meanwhile:
            slots.leave()
        raise KeyboardInterrupt

    monkeypatch.setattr("errcore.policies.bulkhead._Thread.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        slots.enter()

    assert slots.waiting == 0
    assert slots.used == (0 if given_meanwhile else 1)


def test_threads_never_exceed_it():
    """Eight threads, switched every ten microseconds, some of which give up: never more than three inside."""
    slots, inside, most, refused = Slots(Bulkhead(3, queue=4, max_wait=0.0005), "db"), 0, 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most, refused
        for _ in range(300):
            try:
                slots.enter()
            except BulkheadFullError:
                with lock:
                    refused += 1
                continue
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1
            slots.leave()

    in_threads(lambda _: work(), range(8))

    assert 1 <= most <= 3
    assert slots.idle
    assert refused < 2400


@pytest.mark.parametrize("way", ["call", "permit"])
def test_policies_refuse_when_all_slots_are_taken(way: str):
    """A call inside a call of the same policy finds it full; when both are over it is free again."""
    guard = policy(f"bulkhead-{way}", bulkhead=1)

    def inner() -> str:
        if way == "call":
            return guard.call(lambda: "done")
        with guard.acquire():
            return "done"

    with pytest.raises(BulkheadFullError):
        guard.call(inner)

    assert inner() == "done"


def test_a_failing_call_gives_its_slot_back():
    """Whatever it raises."""
    guard = policy("bulkhead-failing", bulkhead=1)
    for error in (ValueError, KeyboardInterrupt, SystemExit, TypeError, ConnectionError) * 3:

        def fails(error: type[BaseException] = error) -> None:
            raise error

        with pytest.raises(error):
            guard.call(fails)

    assert guard.call(lambda: "done") == "done"
