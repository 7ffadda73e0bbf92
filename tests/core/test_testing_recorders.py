# SPDX-License-Identifier: MIT
"""The recorders: what policies did and what was reported, in this thread or in another one, and nothing afterwards."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import threading
from pathlib import Path

import attrs
import pytest

import errcore
from errcore import (
    Breaker,
    ConfigurationError,
    NotFoundError,
    RequestFacts,
    Runtime,
    UnavailableError,
    events,
    policy,
)
from errcore.context import RequestIds
from errcore.errors import ErrorReported
from errcore.policies import Attempted, FellBack, GaveUp, Rejected, Retried, Transition
from errcore.testing import RecordedEvents, Records, conformance, policies
from errcore.testing import recorded_events as module

SOURCES = Path(errcore.__file__).parents[3]


def down():
    raise UnavailableError


@attrs.frozen
class Mine:
    """An event of an application."""

    number: int


def test_a_call_is_recorded_in_order():
    """Each part of a policy says what it did."""
    guard = policy("t-recorded", retry=5, breaker=Breaker(minimum=2), fallback=lambda: "else")
    with RecordedEvents() as recorded, policies(instant=True, attempts=2):
        assert guard.call(down) == "else"

    assert [type(event) for event in recorded.seen] == [
        Attempted, Retried, Transition, Attempted, GaveUp, FellBack,
    ]  # fmt: skip
    assert [event.number for event in recorded.of(Attempted)] == [1, 2]
    assert recorded.the_one(Transition, policy="t-recorded").after == "open"
    assert recorded.of(Attempted, number=2, policy="t-recorded") == [recorded.seen[3]]
    assert recorded.of(Attempted, policy="another") == recorded.of(Attempted, colour="red") == []


def test_only_what_was_asked_for():
    """Types are told apart exactly; one that is named twice is heard once."""
    with RecordedEvents(Mine, Mine, Retried) as recorded:
        events.stream.emit(Mine(1))
        events.stream.emit(7)

    events.stream.emit(Mine(2))
    assert recorded.seen == [Mine(1)]
    assert recorded.of(object) == [Mine(1)]
    assert not events.stream.listens(Mine)


def test_the_only_event_is_the_only_one():
    """None and several are both wrong, and the failure says what there was."""
    with RecordedEvents(Mine, patience=0) as recorded:
        events.stream.emit(Mine(1))
        with pytest.raises(AssertionError, match=r"0 events instead of one: \['Mine'\]"):
            recorded.the_one(Rejected)
        events.stream.emit(Mine(1))
        with pytest.raises(AssertionError, match=r"2 events instead of one: \[Mine\(number=1\), Mine"):
            recorded.the_one(Mine, number=1)


def test_an_event_of_another_thread_is_waited_for():
    """A test need not know when a worker is done."""
    go = threading.Event()

    def work():
        go.wait(10)
        events.stream.emit(Mine(3))

    with RecordedEvents(Mine) as recorded:
        thread = threading.Thread(target=work)
        thread.start()
        threading.Timer(0.01, go.set).start()
        assert recorded.the_one(Mine).number == 3
        thread.join(10)


def test_a_wait_ends_with_the_event():
    """Nobody waits for the rest of the patience once the event is there."""
    looked, found = threading.Event(), []

    class Four:
        def __eq__(self, other):
            looked.set()
            return other == 4

        __hash__ = None

    def wait():
        found.append(recorded.the_one(Mine, number=Four()))

    with RecordedEvents(Mine, patience=60) as recorded:
        events.stream.emit(Mine(1))
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        assert looked.wait(10)  # it looks with the lock in its hand, and lets go when it waits
        events.stream.emit(Mine(4))
        thread.join(10)
        assert found == [Mine(4)]


def test_what_is_no_type_is_refused():
    """An instance, or a name, would never be heard."""
    with pytest.raises(ConfigurationError, match="Cannot record a str"):
        RecordedEvents("Retried")


def test_by_default_everything_is_recorded():
    """Whatever the sources of errcore emit is in the list."""
    emitted = set()
    for path in SOURCES.glob("*/src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "emit"
            ):
                argument = node.args[0]
                if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Name):
                    emitted.add(argument.func.id)

    assert len(emitted) >= 5
    assert emitted <= {kind.__name__ for kind in module._everything()}
    assert {GaveUp, ErrorReported} <= set(module._everything())


def test_reports_of_all_requests_and_of_one():
    """The only report is the only one of all, or of one request."""
    with Records(patience=0) as records, Runtime.for_tests(log_level="critical") as runtime:
        with pytest.raises(AssertionError, match="0 reports instead of one"):
            records.the_one()
        runtime.handle(NotFoundError(), RequestFacts(ids=RequestIds("req_1")))
        assert records.the_one() is records.the_one("req_1") is records.seen[0]
        runtime.handle(UnavailableError(), RequestFacts(ids=RequestIds("req_2")))
        with pytest.raises(AssertionError, match=r"2 reports instead of one: \['NOT_FOUND', 'SERVICE_UNAV"):
            records.the_one()
        assert records.the_one("req_2").code == "SERVICE_UNAVAILABLE"
        assert records.of("req_3") == []


def test_the_table_has_the_same_recorder():
    """There is one, under both names."""
    assert conformance.Records is Records


def test_the_kit_is_loaded_name_by_name():
    """`import errcore.testing` alone brings nothing; no recorder or assertion declares codes of the table."""
    program = (
        "import sys, errcore.testing as kit\n"
        "loaded = {name for name in sys.modules if name.startswith('errcore.')}\n"
        "assert loaded == {'errcore.testing', 'errcore.lazily'}, loaded\n"
        "kit.Records, kit.RecordedEvents, kit.assert_envelope, kit.FakeClock, kit.policies, kit.Chaos\n"
        "import errcore.testing.asgi, errcore.testing.wire, errcore.testing.wsgi\n"
        "assert not {'pytest', 'hypothesis', 'errcore.testing.conformance'} & set(sys.modules)\n"
        "from errcore import catalog\n"
        "assert 'CONFORMANCE_STREAM_FAILED' not in catalog\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_names_of_the_kit():
    """Each is there, listed, and the very object of its file; an unknown one is refused as by any module."""
    kit = importlib.import_module("errcore.testing")

    assert set(kit._HOME) == set(kit.__all__) <= set(dir(kit))
    for name, home in kit._HOME.items():
        module = home if home.startswith("errcore.") else f"errcore.testing.{home}"
        assert getattr(kit, name) is getattr(importlib.import_module(module), name)
        assert name in vars(kit)  # from now on Python finds it without asking
    with pytest.raises(AttributeError, match=r"'errcore.testing' has no attribute 'nope'"):
        kit.nope  # noqa: B018


def test_a_report_of_another_thread_is_waited_for():
    """An answer may be there before its report."""
    with Records() as records, Runtime.for_tests(log_level="critical") as runtime:
        threading.Timer(0.05, runtime.handle, [NotFoundError()]).start()

        assert records.the_one().code == "NOT_FOUND"
