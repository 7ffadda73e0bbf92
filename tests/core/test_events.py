# SPDX-License-Identifier: MIT
"""The typed stream: who hears what, and that no listener can hurt the one who emits."""

from __future__ import annotations

import gc
import logging
import threading
import weakref

import pytest

from errcore import events
from errcore.events import EventStream


class Happened:
    """An event."""


class HappenedLater(Happened):
    """An event of a more special type."""


@pytest.fixture
def stream() -> EventStream:
    """A stream of the test's own."""
    return EventStream()


def test_listeners_hear_their_type_in_order(stream: EventStream):
    """Each listener gets the event, first come first served."""
    heard: list[tuple[str, object]] = []
    event = Happened()
    for name in "abc":
        stream.subscribe(Happened, lambda seen, name=name: heard.append((name, seen)))
    stream.emit(event)

    assert heard == [("a", event), ("b", event), ("c", event)]


def test_only_the_exact_type_counts(stream: EventStream):
    """A subclass is another event."""
    heard: list[object] = []
    stream.subscribe(Happened, heard.append)
    stream.emit(HappenedLater())
    stream.emit("text")

    assert heard == []


def test_a_closed_subscription_hears_nothing(stream: EventStream):
    """Closing ends it; closing again, or in another order, is fine."""
    heard: list[int] = []
    first = stream.subscribe(int, heard.append)
    second = stream.subscribe(int, lambda event: heard.append(-event))
    first.close()
    first.close()
    stream.emit(1)
    second.close()
    stream.emit(2)
    first.close()

    assert heard == [-1]
    assert not stream.listens(int)


def test_a_subscription_is_a_context_manager(stream: EventStream):
    """The block is the life of the subscription, also when it ends in an error."""
    with pytest.raises(KeyError), stream.subscribe(int, print) as subscription:
        assert stream.listens(int)
        assert subscription.event_type is int
        raise KeyError("x")

    assert not stream.listens(int)


def test_the_same_listener_twice_hears_twice(stream: EventStream):
    """Subscriptions are told apart by identity, so each can be closed on its own."""
    heard: list[int] = []
    first = stream.subscribe(int, heard.append)
    stream.subscribe(int, heard.append)
    stream.emit(1)
    first.close()
    stream.emit(2)

    assert heard == [1, 1, 2]


def test_a_failing_listener_hurts_nobody(stream: EventStream, caplog: pytest.LogCaptureFixture):
    """The others still hear, the failure is counted and said once, without the text of the stranger's exception."""
    heard: list[int] = []

    def fails(event: int) -> None:
        raise ValueError("password=hunter2")

    failing = stream.subscribe(int, fails)
    stream.subscribe(int, heard.append)
    with caplog.at_level(logging.WARNING, logger="errcore"):
        for event in range(5):
            stream.emit(event)

    assert heard == [0, 1, 2, 3, 4]
    assert (stream.failures, failing.failures) == (5, 5)
    assert [record.getMessage() for record in caplog.records] == [
        "errcore survived a failure of a listener for int (ValueError); further ones are counted, not logged."
    ]


def test_a_failing_log_handler_hurts_nobody(stream: EventStream):
    """Even the log may fail while a failure is told."""

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError("disk full")

    log, handler = logging.getLogger("errcore"), Broken()
    log.addHandler(handler)
    try:
        stream.subscribe(int, lambda event: 1 / 0)
        stream.emit(1)
    finally:
        log.removeHandler(handler)

    assert stream.failures == 1


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_the_end_of_the_process_passes(stream: EventStream, ending: type[BaseException]):
    """Only Exceptions are isolated: who presses Ctrl-C means it."""

    def ends(event: int) -> None:
        raise ending

    stream.subscribe(int, ends)
    with pytest.raises(ending):
        stream.emit(1)

    assert stream.failures == 0


def test_listeners_may_subscribe_close_and_emit(stream: EventStream):
    """Changes during an event take effect from the next one on; nothing deadlocks."""
    heard: list[object] = []

    def changes(event: int) -> None:
        own.close()
        stream.subscribe(int, heard.append)
        stream.emit("inner")

    own = stream.subscribe(int, changes)
    stream.subscribe(str, heard.append)
    stream.emit(1)
    stream.emit(2)

    assert heard == ["inner", 2]


def test_a_finalizer_may_close_a_subscription(stream: EventStream):
    """The collector runs where it wants, also inside the stream: the lock is reentrant."""
    subscription = stream.subscribe(int, print)
    with stream._lock:
        subscription.close()

    assert not stream.listens(int)


def test_a_closed_subscription_lets_go_of_its_listener(stream: EventStream):
    """Nothing keeps a listener alive that listens no more."""

    class Listener:
        def __call__(self, event: int) -> None: ...

    listener = Listener()
    reference = weakref.ref(listener)
    stream.subscribe(int, listener).close()
    del listener
    gc.collect()

    assert reference() is None


def test_threads_subscribe_emit_and_close_at_once(stream: EventStream):
    """No event gets lost for a listener that stays, and nothing is left of those that went."""
    heard: list[int] = []
    stream.subscribe(int, heard.append)
    start = threading.Barrier(8)

    def works() -> None:
        start.wait()
        for event in range(200):
            with stream.subscribe(int, lambda event: None), stream.subscribe(str, lambda event: 1 / 0):
                stream.emit(event)
                stream.emit("counted")

    threads = [threading.Thread(target=works) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(heard) == 8 * 200
    assert stream.failures >= 8 * 200
    assert not stream.listens(str)


def test_the_process_has_one_stream():
    """Rooms that do not know each other meet there."""
    with events.stream.subscribe(Happened, print):
        assert events.stream.listens(Happened)

    assert not events.stream.listens(Happened)
