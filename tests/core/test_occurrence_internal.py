# SPDX-License-Identifier: MIT
"""The internal side of an occurrence: what the log may read, redacted, bounded, and without a way to the raw text."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import sys
import threading
import weakref
from collections.abc import Callable

import attrs
import pytest

from errcore import InternalError, NotFoundError, doing, internal, public, secret
from errcore.context import ErrorContext, bind
from errcore.errors import Occurrence, WorkspaceIsolationError, frames, internal_view
from errcore.redaction import Redactor

SECRET = "hunter2-Zx81"


class Broken(InternalError, code="T_LEDGER_DATA_CORRUPTED"):
    """The ledger is broken."""

    account: str = public(default="a1")
    shard: int = internal(default=7)
    dsn: str = internal(default=f"postgres://u:{SECRET}@db")
    empty: tuple[str, ...] = internal(default=())
    token: str = secret(default=SECRET)


def caught(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The error after it was raised."""
    try:
        raise error from cause
    except BaseException as raised:  # noqa: BLE001 - whatever it was
        return raised


def test_what_only_we_read():
    """Message, cause, traceback, notes, details and the context's fields; keys only where there is something."""
    with bind(actor="u1", order="o1", password=SECRET), doing("closing the books", month=6):
        pass
    cause = caught(OSError(f"postgres://u:{SECRET}@db refused"))
    error = Broken("while closing", internal={"attempt": 2, "api_key": SECRET})
    error.add_note("a note")
    with bind(actor="u1", order="o1", password=SECRET):
        side = Occurrence.of(caught(error, cause)).internal

    assert side.pop("traceback")[-1].endswith(" in caught")
    assert side["causes"][0].pop("at").endswith(" in caught")
    assert side == {
        "message": "while closing",
        "causes": [{"type": "OSError", "message": "postgres://[redacted]@db refused"}],
        "notes": ["a note"],
        "details": {"attempt": 2, "api_key": "[redacted]", "shard": 7, "dsn": "[redacted]"},
        "context": {"order": "o1", "password": "[redacted]"},
    }


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NotFoundError("x"), None),
        (NotFoundError(), None),
        (NotFoundError("x\ny"), "x\ny"),
        (InternalError("x"), "x"),
        (InternalError(), None),
        (WorkspaceIsolationError(), "You are not allowed to do this."),
        (ValueError("x"), "x"),
        (ValueError(), ""),
    ],
    ids=range(8),
)
def test_the_message_is_not_said_twice(error: Exception, message: str | None):
    """It is internal only where it is not the public one."""
    assert Occurrence.of(error).internal.get("message") == message


def test_what_an_expected_failure_of_the_caller_leaves_out():
    """A 404 needs no traceback; an error of ours and any surprise do."""
    assert "traceback" not in Occurrence.of(caught(NotFoundError())).internal
    assert "traceback" in Occurrence.of(caught(InternalError())).internal
    assert "traceback" in Occurrence.of(caught(ValueError())).internal
    assert "traceback" not in Occurrence.of(ValueError()).internal


def test_an_isolation_error_is_told_in_the_log():
    """What the client must not know is what we must."""
    error = WorkspaceIsolationError("reached over", attempted_workspace="w1", authorized_workspaces=("w2",))

    assert Occurrence.of(error).internal == {
        "message": "reached over",
        "details": {"attempted_workspace": "w1", "authorized_workspaces": ["w2"]},
    }


def test_a_group_lists_the_others():
    """Who else failed, and where; bounded."""
    others = [caught(NotFoundError(f"n{number}")) for number in range(20)]
    side = Occurrence.of(ExceptionGroup("g", [*others, InternalError("worst")])).internal

    assert side["message"] == "worst"
    assert [other["message"] for other in side["others"]] == [f"n{number}" for number in range(8)]
    assert "others" not in Occurrence.of(ExceptionGroup("g", [InternalError()])).internal


def test_causes_that_were_brought_from_elsewhere():
    """A pickled error remembers what led to it; what happened since comes first."""
    error = pickle.loads(pickle.dumps(caught(InternalError("x"), KeyError("old"))))
    side = Occurrence.of(caught(error, ValueError("new"))).internal

    assert [(cause["type"], cause["message"]) for cause in side["causes"]] == [
        ("ValueError", "new"),
        ("KeyError", "'old'"),
    ]


@pytest.mark.parametrize(
    "walk",
    [attrs.asdict, attrs.astuple, repr, str, vars, pickle.dumps, copy.copy],
    ids=lambda walk: walk.__name__,
)
def test_there_is_no_way_to_the_raw_text(walk: object):
    """Not by walking the fields, printing, pickling or copying; before it was read and after."""
    occurrence = Occurrence.of(caught(Broken(f"password={SECRET}"), ValueError(f"token={SECRET}")))
    for _ in range(2):
        try:
            seen = walk(occurrence)
        except TypeError:
            seen = None  # it has no `__dict__`
        assert SECRET not in repr(seen)
        assert occurrence.internal["message"] == "password=[redacted]"


def test_the_raw_text_is_let_go_of():
    """Once redacted, the other is gone; and the exception was never held."""

    class Held(Exception): ...

    exc = Held("x")
    reference = weakref.ref(exc)
    occurrence = Occurrence.of(exc)
    del exc
    gc.collect()

    assert reference() is None
    assert occurrence._raw is not None
    first = occurrence.internal
    assert occurrence._raw is None
    assert occurrence.internal is first


def test_many_threads_read_it_for_the_first_time():
    """All get the same, and nobody gets nothing."""
    for _ in range(50):
        occurrence = Occurrence.of(Broken("x" * 1000))
        start, seen = threading.Barrier(4), []

        def reads(
            occurrence: Occurrence = occurrence, start: threading.Barrier = start, seen: list = seen
        ) -> None:
            start.wait()
            seen.append(occurrence.internal)

        threads = [threading.Thread(target=reads) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(side == occurrence.internal and side["message"] for side in seen)


def test_a_reader_between_two_steps_of_another(monkeypatch: pytest.MonkeyPatch):
    """Whoever looks while another one is redacting does it again rather than find nothing."""
    from errcore.errors import occurrence as module

    occurrence, nested, real = Occurrence.of(InternalError("x")), [], module.redacted

    def interrupted(raw: object) -> dict[str, object]:
        if not nested:
            nested.append(None)
            nested[0] = occurrence.internal
        return real(raw)

    monkeypatch.setattr(module, "redacted", interrupted)
    assert occurrence.internal == {"message": "x"}
    assert nested == [{"message": "x"}]


@pytest.mark.parametrize("read", [True, False], ids=["read", "unread"])
@pytest.mark.parametrize(
    "way",
    [lambda o: pickle.loads(pickle.dumps(o)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_an_occurrence_travels(way: object, read: bool):
    """All of it, redacted; the raw text stays behind."""
    with bind(actor="u1", order="o1"):
        occurrence = Occurrence.of(caught(Broken(f"password={SECRET}", details={"a": 1})))
    if read:
        assert occurrence.internal
    again = way(occurrence)

    assert again.internal == occurrence.internal
    for attribute in attrs.fields(Occurrence):
        if not attribute.name.startswith("_"):
            assert getattr(again, attribute.name) == getattr(occurrence, attribute.name)
    assert SECRET.encode() not in pickle.dumps(again)


def test_a_redactor_of_the_user():
    """Whatever else is a secret to them."""
    occurrence = Occurrence.of(
        ValueError("customer number 4711"), redactor=Redactor(extra_keys=["customer number"])
    )

    assert isinstance(occurrence.internal["message"], str)


@pytest.mark.parametrize("problem", [ZeroDivisionError, RecursionError, MemoryError])
def test_a_redactor_that_fails_shows_nothing(problem: type[Exception]):
    """Rather nothing than raw text."""

    class Failing:
        def text(self, text: str) -> str:
            raise problem

    class Missing: ...

    occurrence = Occurrence.of(caught(Broken(f"password={SECRET}")), redactor=Failing())
    assert SECRET not in repr(occurrence.internal)
    assert "closing" not in repr(occurrence.internal)
    assert Occurrence.of(ValueError(SECRET), redactor=Missing()).internal == {
        "message": "<not redacted: AttributeError>"
    }


def test_redaction_that_gives_no_mapping(monkeypatch: pytest.MonkeyPatch):
    """At the limits of memory and stack, plain text takes its place."""
    monkeypatch.setattr(internal_view, "to_json", lambda *_, **__: "<unreadable>")
    occurrence = Occurrence.of(ValueError("x"))

    assert occurrence.internal == {"message": "<unreadable>"}


def test_a_traceback_is_bounded_and_has_no_values():
    """Places only, the innermost of them, without the locals in which the secrets are."""

    def deeper(number: int) -> None:
        password = SECRET
        if number:
            deeper(number - 1)
        raise ValueError(len(password))

    try:
        deeper(200)
    except ValueError as error:
        frames = Occurrence.of(error).internal["traceback"]

    assert len(frames) == 30
    assert all(frame.startswith(f"{__file__}:") and frame.endswith(".deeper") for frame in frames)
    assert SECRET not in "".join(frames)


def test_the_memory_for_places_is_bounded(monkeypatch: pytest.MonkeyPatch):
    """Code that is made all day does not pile up; what was forgotten is found again."""
    monkeypatch.setattr(frames, "_KNOWN", 5)
    monkeypatch.setattr(frames, "_places", {})
    for number in range(20):
        space: dict[str, Callable[[], None]] = {}
        exec(compile("def fails():\n    raise ValueError", f"<made {number}>", "exec"), space)
        try:
            space["fails"]()
        except ValueError as error:
            assert Occurrence.of(error).internal["traceback"][-1] == f"<made {number}>:2 in fails"
        assert len(frames._places) <= 5


def test_the_traceback_of_a_recursion():
    """A thousand frames and no stack left are told, too."""

    def endless() -> None:
        endless()

    try:
        endless()
    except RecursionError as error:
        occurrence = Occurrence.of(error)

    assert len(occurrence.internal["traceback"]) == 30
    assert occurrence.type_name == "RecursionError"


def test_telling_with_little_stack_left():
    """Near the limit of recursion there is an occurrence all the same."""
    told: list[Occurrence] = []

    def deeper() -> None:
        try:
            deeper()
        except RecursionError as error:
            told.append(Occurrence.of(error))
            raise

    limit = sys.getrecursionlimit()
    with pytest.raises(RecursionError):
        deeper()

    assert sys.getrecursionlimit() == limit
    assert told[-1].status == 500


def test_a_flood_is_bounded_and_does_not_push_out_the_place():
    """Whatever the caller sends, causes, traceback and notes stay readable."""
    flood = {f"k{n}": "x" * 2000 for n in range(1000)}
    error = Broken("m" * 100_000, internal=flood)
    error.__notes__ = ["n" * 10_000] * 100
    with bind(**flood):
        side = Occurrence.of(caught(error, ValueError("c" * 100_000))).internal

    assert len(json.dumps(side)) < 60_000
    assert side["traceback"]
    assert side["causes"]
    assert len(side["notes"]) == 16


def test_labels_of_the_context_are_bounded():
    """Actor, tenant and operation come from outside, too; free fields are in `internal` alone."""
    context = ErrorContext(actor="a" * 10_000, tenant="t\nx", operation=5, fields={"f": 1})
    occurrence = Occurrence.of(NotFoundError(), context, method="GET" * 1000, route="/\x1b[31m")

    assert len(occurrence.context.actor) <= 256
    assert (occurrence.context.tenant, occurrence.context.operation, occurrence.context.fields) == (
        "t x",
        "5",
        {},
    )
    assert len(occurrence.method) <= 256
    assert occurrence.route == "/\ufffd[31m"
    assert context.fields == {"f": 1}
