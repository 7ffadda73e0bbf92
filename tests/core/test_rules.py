# SPDX-License-Identifier: MIT
"""Saying what a foreign exception means: by class or dotted name, without importing anything."""

from __future__ import annotations

import importlib.util
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from errcore import Kind, NotFoundError, Retriable, catalog, classify, map_exception
from errcore.errors import Cost, Executed, Fault, Occurrence, Outcome, Severity, rules
from errcore.errors.classification import forget_verdicts


class Foreign(Exception):
    """Somebody else's."""


class Nearer(Foreign):
    """A special case of it."""

    class Inner(Exception):
        """A class in a class."""


class Nearest(Nearer):
    """A special case of that."""


@pytest.fixture(autouse=True)
def mappings() -> Iterator[None]:
    """Mappings are the process's: what a test adds is taken away again."""
    before = rules._mapped
    yield
    rules._mapped = before
    forget_verdicts()


def test_by_class():
    """A class and everything below it get the verdict of the kind."""
    assert classify(Foreign()).expected is False
    map_exception(Foreign, kind="deadline_exceeded", code="T_UPSTREAM_TIMEOUT")
    for exc in (Foreign(), Nearer(), Nearest()):
        verdict = classify(exc)
        assert (verdict.kind, verdict.code, verdict.status, verdict.expected) == (
            Kind.DEADLINE_EXCEEDED,
            "T_UPSTREAM_TIMEOUT",
            504,
            True,
        )


@pytest.mark.parametrize("qualname", ["Foreign", "Nearer"])
def test_by_dotted_name(qualname: str):
    """The same by name."""
    map_exception(f"{__name__}:{qualname}", kind=Kind.NOT_FOUND)

    assert classify(Nearer()).status == 404
    assert classify(Nearer()).code == "NOT_FOUND"
    assert classify(Foreign()).status == (404 if qualname == "Foreign" else 500)


def test_by_dotted_name_of_an_inner_class():
    """The name may lead into a class."""
    map_exception(f"{__name__}:Nearer.Inner", kind="unavailable")

    assert classify(Nearer.Inner()).status == 503


def test_every_answer_may_be_given():
    """What is said counts; what is not follows from the kind."""
    map_exception(
        Foreign,
        kind="unavailable",
        code="T_FOREIGN_FAILED",
        status=599,
        fault="environment",
        category="billing",
        severity="critical",
        retriable="no",
        recoverable=True,
        outcome="ok",
        executed="yes",
        cost="slow",
    )
    assert attrs.asdict(classify(Foreign()), filter=lambda a, _: not a.name.startswith("_")) == {
        "kind": Kind.UNAVAILABLE,
        "code": "T_FOREIGN_FAILED",
        "status": 599,
        "grpc_status": 14,
        "category": "billing",
        "fault": Fault.ENVIRONMENT,
        "severity": Severity.CRITICAL,
        "retriable": Retriable.NO,
        "retry_after": None,
        "recoverable": True,
        "expected": True,
        "outcome": Outcome.OK,
        "executed": Executed.YES,
        "cost": Cost.SLOW,
    }


def test_the_nearest_class_wins_and_then_the_last_word():
    """A rule for a class beats one for its parent; a second one for the same class replaces the first."""
    map_exception(Nearer, kind="not_found")
    map_exception(Foreign, kind="unavailable")
    assert [classify(exc).status for exc in (Foreign(), Nearer(), Nearest())] == [503, 404, 404]

    map_exception(Nearer, kind="aborted")
    assert [classify(exc).status for exc in (Foreign(), Nearer(), Nearest())] == [503, 409, 409]
    map_exception(f"{__name__}:Nearer", kind="unauthenticated")
    assert classify(Nearest()).status == 401
    assert len([rule for rule in rules._mapped if rule.target is Nearer]) == 1


def test_a_mapping_beats_our_own_rules():
    """What the application says of a builtin or of a library's class is the last word."""
    map_exception(TimeoutError, kind="not_found")
    map_exception(LookupError, kind="invalid_argument")
    assert classify(TimeoutError()).status == 404
    assert classify(KeyError()).status == 400
    assert classify(ConnectionError()).status == 503

    map_exception(Exception, kind="unavailable")
    assert classify(Foreign()).status == 503
    assert classify(TypeError()).status == 500


def test_a_mapping_takes_effect_at_once():
    """A verdict that was given before does not stick."""
    assert classify(Foreign()).status == 500
    map_exception(Foreign, kind="not_found")
    assert classify(Foreign()).status == 404


def test_a_module_that_is_imported_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A mapping may come before the library, which is not imported for it."""
    map_exception("errcore_later:Late", kind="unavailable")
    map_exception("errcore_never:Never", kind="unavailable")
    (tmp_path / "errcore_later.py").write_text("class Late(Exception): ...")
    monkeypatch.syspath_prepend(tmp_path)

    assert "errcore_later" not in sys.modules
    import errcore_later

    assert classify(errcore_later.Late()).status == 503
    assert "errcore_never" not in sys.modules


def test_a_lazy_module_stays_lazy(monkeypatch: pytest.MonkeyPatch):
    """Looking for a class does not make a module import something in the middle of an error."""

    class Shouting(types.ModuleType):
        def __getattribute__(self, name: str) -> object:
            raise RuntimeError(name)

    lazy = types.ModuleType("errcore_lazy")
    asked: list[str] = []
    lazy.__getattr__ = asked.append
    monkeypatch.setitem(sys.modules, "errcore_lazy", lazy)
    monkeypatch.setitem(sys.modules, "errcore_shouting", Shouting("errcore_shouting"))
    monkeypatch.setitem(sys.modules, "errcore_none", None)
    monkeypatch.setitem(sys.modules, "errcore_object", object())
    for name in ("lazy", "shouting", "none", "object"):
        map_exception(f"errcore_{name}:Foreign.Inner", kind="not_found")
        map_exception(f"errcore_{name}:Foreign", kind="not_found")

    assert classify(Foreign()).status == 500
    assert asked == []


def test_a_module_of_the_lazy_loader_stays_unloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """importlib's own lazy modules are not executed by being asked."""
    (tmp_path / "errcore_idle.py").write_text("raise SystemExit('was loaded')")
    specification = importlib.util.spec_from_file_location("errcore_idle", tmp_path / "errcore_idle.py")
    specification.loader = importlib.util.LazyLoader(specification.loader)
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "errcore_idle", module)
    specification.loader.exec_module(module)
    map_exception("errcore_idle:Foreign", kind="not_found")

    assert classify(Foreign()).status == 500


@pytest.mark.parametrize(
    ("target", "answers", "error", "part"),
    [
        ("httpx.TimeoutException", {}, TypeError, "write 'module:ClassName'"),
        ("httpx:", {}, TypeError, "names no class"),
        (":Timeout", {}, TypeError, "names no class"),
        ("", {}, TypeError, "names no class"),
        (42, {}, TypeError, "is no exception class"),
        (int, {}, TypeError, "is no exception class"),
        (Foreign(), {}, TypeError, "is no exception class"),
        (NotFoundError, {}, TypeError, "because it is declared"),
        (Foreign, {"code": "lower"}, TypeError, "is not of the form"),
        (Foreign, {"code": ""}, TypeError, "3 to 63 are allowed"),
        (Foreign, {"status": 200}, ValueError, "status=200"),
        (Foreign, {"status": True}, ValueError, "status=True"),
        (Foreign, {"kind": "gone"}, ValueError, "gone"),
        (Foreign, {"fault": "nobody"}, ValueError, "nobody"),
        (Foreign, {"severity": "loud"}, ValueError, "loud"),
        (Foreign, {"retriable": "maybe"}, ValueError, "maybe"),
        (Foreign, {"outcome": "fine"}, ValueError, "fine"),
        (Foreign, {"executed": "perhaps"}, ValueError, "perhaps"),
        (Foreign, {"cost": "high"}, ValueError, "high"),
    ],
    ids=range(19),
)
def test_a_wrong_mapping_is_refused(
    target: object, answers: dict[str, object], error: type[Exception], part: str
):
    """At once, saying what would be right; nothing is added."""
    before = rules._mapped
    with pytest.raises(error, match=part):
        map_exception(target, **{"kind": "internal", **answers})

    assert rules._mapped is before


def test_a_mapped_exception_keeps_its_text_to_itself():
    """A mapping says what the client may read: code, status and the kind's sentence, never the text."""
    map_exception(Foreign, kind="not_found", code="T_THING_NOT_FOUND")
    occurrence = Occurrence.of(Foreign("password=hunter2"))

    assert (occurrence.code, occurrence.status, occurrence.message) == (
        "T_THING_NOT_FOUND",
        404,
        "The requested resource was not found.",
    )
    assert occurrence.documented is False
    assert "T_THING_NOT_FOUND" not in catalog


def test_mapping_while_others_classify():
    """Once a mapping is made, nobody gets the verdict from before, whatever the threads did meanwhile."""
    stop = threading.Event()

    def asks() -> None:
        while not stop.is_set():
            classify(Foreign())

    threads = [threading.Thread(target=asks) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(200):
            kind, status = (("not_found", 404), ("unavailable", 503))[number % 2]
            map_exception(Foreign, kind=kind)
            assert classify(Foreign()).status == status
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_verdict_that_is_out_of_date_is_not_kept(monkeypatch: pytest.MonkeyPatch):
    """A rule that was added while one was looked for: the answer is given, and forgotten."""
    found = rules.find

    def finds_late(cls: type[BaseException]) -> rules.Rule:
        rule = found(cls)
        map_exception(Foreign, kind="not_found")
        return rule

    monkeypatch.setattr(rules, "find", finds_late)
    assert classify(Foreign()).status == 500
    monkeypatch.undo()
    assert classify(Foreign()).status == 404
