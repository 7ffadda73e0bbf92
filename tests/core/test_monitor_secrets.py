# SPDX-License-Identifier: MIT
"""Nothing that looks like a secret reaches a store or statistics, wherever somebody puts it; what only looks like one does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from monitored import KeptStore, raised
from redaction_corpus import LOOK_ALIKES, SECRETS

from errcore import AppError, NotFoundError, Runtime, context, from_response, internal
from errcore.monitor import Monitor
from errcore.testing import assert_no_secret


class Stored(AppError, code="MONITOR_T_STORED", kind="internal"):
    """Something with facts of its own."""

    note: str = internal(default="")
    facts: dict[str, Any] = internal(factory=dict)


def in_message(text: str) -> BaseException:
    return NotFoundError(text)


def in_foreign_message(text: str) -> BaseException:
    return ValueError(text)


def in_arguments(text: str) -> BaseException:
    return ValueError("several", text, [text])


def in_message_attribute(text: str) -> BaseException:
    error = ValueError()
    error.message = text
    return error


def in_details(text: str) -> BaseException:
    return NotFoundError("x", details={"note": text})


def in_facts(text: str) -> BaseException:
    return Stored("x", note=text, facts={"a": [text, {"b": (text,)}]})


def in_cause(text: str) -> BaseException:
    error = NotFoundError("x")
    error.__cause__ = raised(OSError(text))
    error.__cause__.__context__ = raised(KeyError(text))
    return error


def in_note(text: str) -> BaseException:
    error = KeyError("x")
    error.add_note(text)
    return error


def in_group(text: str) -> BaseException:
    return ExceptionGroup(text, [ValueError(text), KeyError(text)])


def in_upstream_answer(text: str) -> BaseException:
    return from_response(
        500, {"content-type": "application/json"}, json.dumps({"code": "X", "message": text}).encode()
    )


PLACES: list[Callable[[str], BaseException]] = [
    in_message,
    in_foreign_message,
    in_arguments,
    in_message_attribute,
    in_details,
    in_facts,
    in_cause,
    in_note,
    in_group,
    in_upstream_answer,
]


# Shown as something else, a text is another one: the redactor's own tests say what it finds there.
UNLIKE_ITSELF: dict[Callable[[str], BaseException], Callable[[str], bool]] = {
    in_message: lambda text: not text.startswith("password: |"),  # lines that belong together are one line
    in_arguments: lambda text: text.isprintable() and "\\" not in text and len(text) < 300,  # a repr
}


class Told:
    """A runtime, and what its store was given."""

    def __init__(self) -> None:
        self.store = KeptStore()
        self.runtime = Runtime.for_tests(log_level="critical", store=self.store)

    def all(self) -> tuple[str, str]:
        """Every byte that the store got, and the statistics."""
        monitor = self.runtime.monitor
        stats = monitor.stats(top=100)
        batches = [
            (attrs.asdict(attrs.evolve(batch, samples=(), counters={})), sorted(map(str, batch.counters)))
            for batch in self.store.batches
        ]
        records = [each.to_json() for batch in self.store.batches for each in batch.samples]
        groups = [group.to_dict() for group in monitor.groups()]
        return json.dumps([batches, records, groups], ensure_ascii=False), json.dumps(
            stats, ensure_ascii=False
        )


@pytest.fixture
def told() -> Iterator[Told]:
    """A store of which nothing is forgotten."""
    made = Told()
    with made.runtime:
        yield made


def forms(text: str) -> set[str]:
    """The text as it is, and as it is written in JSON once and twice."""
    once = json.dumps(text, ensure_ascii=False)[1:-1]
    return {text, once, json.dumps(once, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_secrets_do_not_arrive(place: Callable[[str], BaseException]):
    """Each of the corpus, in a message, details, facts, causes, notes, groups, answers of others; reported and captured."""
    for text, secrets, _ in SECRETS:
        if place in UNLIKE_ITSELF and not UNLIKE_ITSELF[place](text):
            continue
        made = Told()
        with made.runtime as runtime, context.bind(operation=text, note=text):
            runtime.report(raised(place(text)), also=text)
            runtime.monitor.capture(raised(place(text)), also=text)
            parts = made.all()
        assert runtime.monitor.failures == 0
        assert made.store.batches[0].samples
        for secret in secrets:
            shown = [part for part in parts for form in forms(secret) if form in part]
            # A short one may be there by chance; what surrounds it in the corpus says whether it is.
            assert not shown or (len(secret) < 6 and text not in shown[0]), (text, secret)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_canary_does_not_arrive(place: Callable[[str], BaseException], told: Told):
    """Nor in disguise: percent-encoded, escaped, in base64."""
    canary = "cAnary-7Zq+4/x"
    for text in (f"password={canary}", f"postgres://app:{canary}@db/x", f"Authorization: Bearer {canary}"):
        with context.bind(api_key=canary, note=text):
            told.runtime.report(raised(place(text)), token=canary)
            told.runtime.monitor.capture(raised(place("x" * 200 + " " + text)), secret=canary)
    parts = told.all()

    assert_no_secret(*parts, told.store.batches, canary=canary)


def test_look_alikes_survive(told: Told):
    """In samples, as they are."""
    kept = 0
    for text in LOOK_ALIKES:
        cls = type("Made" + str(kept), (Exception,), {})
        told.runtime.monitor.capture(raised(cls(text)))
        told.runtime.monitor.flush()
        message = told.store.batches[-1].samples[0].message
        kept += message.split() == text.split()

    assert kept >= 0.98 * len(LOOK_ALIKES)


def test_long_message(told: Told):
    """A secret beyond what is read, and one that is at the very end of it, are in no variant."""
    for length in range(200, 280):
        with pytest.raises(ValueError) as caught:
            raise ValueError("1 " * (length // 2) + "then AKIA" + "IOSFODNN7EXAMPLE and so on")
        told.runtime.monitor.capture(caught.value)
    everything = "".join(told.all())

    for end in range(4, 16):
        assert ("AKIA" + "IOSFODNN7EXAMPLE")[: 4 + end] not in everything


def test_labels_are_the_codes_own(told: Told):
    """Names of series have no text of a request but the template of a route."""
    with Monitor(told.store, background=False) as monitor:
        monitor.capture(raised(NotFoundError("password=hunter2-Xy7")), route="/a", order="hunter2-Xy7")
        monitor.count_request("/a", 404, 0.1)

    assert {
        series for batch in told.store.batches for series, _ in batch.counters if "latency" not in series
    } == {
        "route:/a",
        "request:client_error:/a",
    }


def test_secret_in_a_route():
    """Of a failure or of a request: who passes a path for a template does not tell the store what is in it."""
    store = KeptStore()
    with Monitor(store, background=False) as monitor:
        monitor.capture(raised(KeyError("k")), route="/reset/password=hunter2")
        monitor.count_request("/reset/password=hunter2", 200, 0.1)
        monitor.count_request("/reset/password=hunter2", 500, 0.1)
        stats = monitor.stats()

    told = json.dumps(
        [stats, [batch.samples[0].to_json() if batch.samples else "" for batch in store.batches]]
    )
    assert "hunter2" not in told + str([sorted(batch.counters) for batch in store.batches])
    assert stats["requests"]["total"] == 2
