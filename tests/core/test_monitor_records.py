# SPDX-License-Identifier: MIT
"""A record is small, says to each audience what is theirs, and survives versions of errcore that know more or less."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitored import raised

from errcore import NotFoundError, Occurrence, RequestFacts, Runtime, context
from errcore.context import ErrorContext, RequestIds
from errcore.monitor import Audience, EventRecord, Monitor
from errcore.monitor.records import LARGEST, is_related, record_of
from errcore.testing import FakeClock

LEAST: dict[str, Any] = {
    "id": "e1",
    "time": 1.5,
    "group": "g1",
    "code": "NOT_FOUND",
    "status": 404,
    "public_message": "No.",
}
# One sign, many times: Hypothesis need not choose each.
TEXTS = st.builds(
    str.__mul__,
    st.sampled_from(["a", "\u00e9", "\U0001f600", "\0", '"', "\\", "\ud800"]),
    st.integers(0, 1500),
)


def full() -> EventRecord:
    """A record with something in each fact."""
    try:
        try:
            raise OSError("disk")
        except OSError as cause:
            raise KeyError("key") from cause
    except KeyError as error:
        ids = RequestIds("r1", "c1", "t" * 32, "s" * 16, "theirs")
        where = ErrorContext(ids, actor="ann", tenant="acme", operation="buy", fields={"cart": "c7"})
        occurrence = Occurrence.of(error, where, method="GET", route="/a", phase="handler")
    return record_of(occurrence, "g1", "a <*>", service="shop", release="1.0")


PUBLIC = {"id", "time", "code", "status", "public_message", "request_id"}


def test_audiences():
    """The public sees what it was told, the log no frames and no extra facts, and the admin all."""
    record = full()

    assert set(record.public()) == PUBLIC
    assert set(record.log()) == set(attrs.fields_dict(EventRecord)) - {"frames", "extra"}
    assert set(record.admin()) == set(attrs.fields_dict(EventRecord))


def test_every_fact_has_an_audience():
    """And each of those that a client may read is one that it was told in the answer."""
    audiences = {field.name: field.metadata.get("audience") for field in attrs.fields(EventRecord)}

    assert all(type(audience) is Audience for audience in audiences.values())
    assert {name for name, audience in audiences.items() if audience is Audience.PUBLIC} == PUBLIC


def test_fact_without_an_audience_is_the_admins(monkeypatch: pytest.MonkeyPatch):
    """Whoever forgets to say for whom a fact is tells nobody else."""

    @attrs.frozen(kw_only=True)
    class Newer(EventRecord):
        forgotten: str = "x"

    from errcore.monitor import records

    monkeypatch.setattr(records, "EventRecord", Newer)
    newer = Newer(**LEAST)

    assert "forgotten" not in newer.public() | newer.log()
    assert newer.admin()["forgotten"] == "x"


def test_neither_actor_nor_tenant():
    """The log has them under the same request id."""
    text = full().to_json()

    assert not [word for word in ("ann", "acme", '"buy"') if word in text]
    assert full().extra == {"context": {"cart": "c7"}}


def test_causes():
    """Types only, nearest first, and the place of the last one."""
    record = full()

    assert record.causes == ("OSError",)
    assert record.root_cause is not None
    assert record.root_cause.startswith("OSError at ")
    assert record.message == "'key'"


def chained(causes: int, name: str) -> BaseException:
    """An error with so many causes below it, whose classes are called so."""
    exc = raised(type(f"{name}0", (Exception,), {})("x"))
    for number in range(1, causes + 1):
        made = type(f"{name}{number}", (Exception,), {})("x")
        made.__cause__ = exc
        exc = raised(made)
    return exc


def test_many_causes():
    """The three nearest, and the last one."""
    record = record_of(Occurrence.of(chained(5, "Made")), "g1")

    assert [name.rpartition(".")[2] for name in record.causes] == ["Made4", "Made3", "Made2"]
    assert (record.root_cause or "").partition(" at ")[0].endswith(".Made0")


def test_place_of_the_root_cause_behind_a_long_name():
    """The name takes no more than its share, so the place is there."""
    record = record_of(Occurrence.of(chained(1, "X" * 180)), "g1")

    assert "monitored.py" in (record.root_cause or "")


def test_root_cause_from_elsewhere():
    """A cause that was read from a pickle has no place any more."""
    import pickle

    error = NotFoundError("x")
    error.__cause__ = KeyError("k")
    record = record_of(Occurrence.of(pickle.loads(pickle.dumps(error))), "g1")

    assert record.root_cause == "KeyError"


def test_round_trip():
    """What was written is read back; what is not there has its default."""
    for record in (full(), EventRecord(**LEAST)):
        assert EventRecord.from_json(record.to_json()) == record


def test_newer_and_older_versions():
    """Unknown members are left out, and missing ones have defaults where they may."""
    record = full()
    assert EventRecord.from_json(json.dumps({**json.loads(record.to_json()), "colour": "red"})) == record

    with pytest.raises(TypeError):
        EventRecord.from_json("{}")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", '"x"'])
def test_what_is_no_record(text: str):
    """Is refused."""
    with pytest.raises(ValueError):
        EventRecord.from_json(text)


@given(st.data())
def test_never_too_large(data: st.DataObject):
    """Whatever is in it, it is JSON of at most 4096 bytes, and still found by its ids."""
    texts = {
        name: data.draw(TEXTS)
        for name, field in attrs.fields_dict(EventRecord).items()
        if name not in {"id", "group", "time", "status", "expected", "causes", "frames", "extra"}
    }
    lists = {name: tuple(data.draw(st.lists(TEXTS, max_size=3)) * 10) for name in ("causes", "frames")}
    record = EventRecord(**{**LEAST, **texts, **lists, "extra": {"a": [data.draw(TEXTS)] * 20}})
    text = record.to_json()
    found = EventRecord.from_json(text)

    assert len(text.encode()) <= LARGEST
    assert (found.id, found.group, found.time, found.status) == ("e1", "g1", 1.5, 404)
    assert record.message.startswith(found.message)


def test_ids_of_somebody_else():
    """An id that somebody else chose is bounded, too."""
    text = EventRecord(**{**LEAST, "id": "\U0001f600" * 5000, "group": "\U0001f600" * 5000}).to_json()

    assert len(text) <= LARGEST


def test_texts_that_leave_no_room():
    """Where everything else is cut to a few characters, the record is found by its own id and that of its group."""
    huge = "\U0001f600" * 5000
    texts = {
        name: huge
        for name, field in attrs.fields_dict(EventRecord).items()
        if name not in {"time", "status", "expected", "causes", "frames", "extra"}
    }
    record = EventRecord(**{**LEAST, **texts, "id": "e" * 32, "group": "a" * 16})
    found = EventRecord.from_json(record.to_json())

    assert (found.id, found.group) == ("e" * 32, "a" * 16)
    assert len(found.message) < 32


def test_long_message_loses_the_rest_first():
    """Extra facts go first, then frames, then the message is cut; ids stay."""
    record = attrs.evolve(full(), extra={"a": "x" * 4000})
    assert EventRecord.from_json(record.to_json()) == attrs.evolve(record, extra={})

    many = attrs.evolve(record, frames=tuple(f"{number}" + "f" * 180 for number in range(30)))
    assert EventRecord.from_json(many.to_json()).frames == many.frames[-8:]

    long = attrs.evolve(many, message="\u00e9" * 500)
    found = EventRecord.from_json(long.to_json())
    assert (found.frames, found.causes, found.message) == ((), (), "\u00e9" * 200)
    assert found.request_id == "r1"


def hostile() -> Occurrence:
    huge = "\U0001f600\r\n\x1b[31m\u2028" * 5000
    error = NotFoundError(huge, internal={huge: [huge] * 1000}, details={"a": huge})
    error.add_note(huge)
    error.__cause__ = type(huge.replace("\r", ""), (Exception,), {})(huge)
    ids = RequestIds(*[huge] * 5)
    with context.bind(ids=ids, actor=huge, tenant=huge, **{"x" * 500: huge}):
        return Occurrence.of(raised(error), method=huge, route=huge, phase=huge)


def test_hostile_facts():
    """Each is bounded, one line, and without controls; the record is small."""
    record = record_of(hostile(), "g1", "t", service="s" * 5000, release="r" * 5000)
    text = record.to_json()

    assert len(text) <= LARGEST
    assert len(text.splitlines()) == 1
    texts = [value for name, value in record.admin().items() if type(value) is str]
    assert all(len(value) <= 1000 and value.isprintable() for value in texts)
    assert len(texts) > 15


def test_redactor_that_fails():
    """A sample that cannot be cleaned is not kept, and that is said; the failure is counted."""

    class Broken:
        def text(self, _: str) -> str:
            raise RuntimeError("broken")

        def is_secret_key(self, _: str) -> bool:
            return False

    with Monitor(background=False, redactor=Broken()) as monitor:
        for _ in range(2):
            monitor.capture(raised(NotFoundError("private")))
        stats = monitor.stats()

    assert (stats["total"], stats["dropped"]) == (2, {"unreadable": 2})
    assert stats["top"][0]["sample"] is None
    assert stats["top"][0]["variants"] == {"_other": 2}


def test_redactor_of_the_users():
    """Cleans all that is kept: the message, its template, the variants, the public sentence."""

    class Names:
        def text(self, text: str) -> str:
            return text.replace("Smith", "[name]")

        def is_secret_key(self, key: str) -> bool:
            return key == "colour"

    with Runtime.for_tests(log_level="critical", redactor=Names()) as runtime:
        for error in (
            NotFoundError("No Smith here.", internal={"colour": "crimson"}),
            KeyError("Smith left"),
        ):
            runtime.handle(raised(error), RequestFacts(ids=RequestIds("r1")))
            runtime.monitor.capture(raised(type(error)("Smith again")))
        stats = runtime.monitor.stats()
        records = [each.to_json() for group in stats["top"] for each in runtime.monitor.samples(group["id"])]

    assert len(records) == 4
    assert "Smith" not in json.dumps(stats) + "".join(records)
    assert "crimson" not in "".join(records)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"request_id": "r1"}, True),
        ({"request_id": "c1"}, True),
        ({"request_id": "r2"}, False),
        ({"trace_id": "t" * 32}, True),
        ({"trace_id": "t"}, False),
        ({"cause": "OSError"}, True),
        ({"cause": "KeyError"}, False),
        ({"request_id": "r1", "trace_id": "t" * 32, "cause": "OSE"}, True),
        ({"request_id": "r1", "cause": "KeyError"}, False),
    ],
)
def test_is_related(asked: Any, found: bool):
    """By all that is asked: the request or its conversation, the trace, what the root cause begins with."""
    assert is_related(full(), **asked) is found


def test_related():
    """The failures of one request, over groups, oldest first; one without causes is its own."""
    with Monitor(background=False) as monitor:
        for ids in (RequestIds("r1"), RequestIds("r2", "c2", "a" * 32)):
            with context.bind(ids=ids):
                monitor.capture(raised(KeyError("k")))
                monitor.capture(raised(ValueError("v")))

        assert [record.type_name for record in monitor.related(request_id="r1")] == ["KeyError", "ValueError"]
        assert len(monitor.related(trace_id="a" * 32)) == 2
        assert [record.request_id for record in monitor.related(cause="ValueError")] == ["r1", "r2"]
        assert monitor.related(request_id="r3") == []


def test_template_is_that_of_what_was_really_said():
    """Not of the public sentence, which says nothing of a bug."""
    with Monitor(background=False) as monitor:
        monitor.capture(raised(ValueError("disk 7 is full")))
        (record,) = monitor.samples(monitor.groups()[0].facts.id)

    assert (record.template, record.message) == ("disk <*> is full", "disk 7 is full")


def test_related_are_in_the_order_of_time(fake: FakeClock):
    """Whichever group they are of."""
    with Monitor(background=False) as monitor, context.bind(ids=RequestIds("r1")):
        for cls in (KeyError, ValueError, KeyError):
            monitor.capture(raised(cls("x")))
            fake.advance(1.0)

        assert [record.type_name for record in monitor.related(request_id="r1")] == [
            "KeyError",
            "ValueError",
            "KeyError",
        ]
