# SPDX-License-Identifier: MIT
"""What does not pickle, or pickles and does not come back, costs itself and never the error."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
import types

import pytest

from errcore import NotFoundError, internal, public
from errcore.errors import InternalError, Occurrence, UnavailableError
from errcore.errors.pickling import MARK, rebuild


class Holding(InternalError, code="T_HOLDING_FAILED"):
    """Holds anything."""

    value: object = internal(default=None)


class WithUnicode(UnavailableError, UnicodeDecodeError):
    """Has slots that take numbers only."""


class Unpicklable:
    """Refuses to be pickled and copied."""

    def __reduce_ex__(self, protocol: object) -> object:
        raise ZeroDivisionError


class Unloadable:
    """Pickles, and raises when it is to be rebuilt."""

    def __reduce__(self) -> object:
        return _fails, ()


class Deep:
    """Leads back to a list without end."""

    def __reduce__(self) -> object:
        return Deep, (Deep(),)


class Lying(str):  # noqa: SLOT000
    """Says it is another class."""

    __class__ = int

    def __reduce__(self) -> object:
        raise TypeError


def _fails() -> None:
    raise RuntimeError


def nested(depth: int) -> list[object]:
    """A list in a list in a list."""
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (threading.Lock(), "<_thread.lock: not pickled>"),
        (Unpicklable(), f"<{__name__}.Unpicklable: not pickled>"),
        (lambda: 1, "<function: not pickled>"),
        ((x for x in ()), "<generator: not pickled>"),
        (Deep(), f"<{__name__}.Deep: not pickled>"),
        (nested(100_000), "<list: not pickled>"),
        (Lying("x"), f"<{__name__}.Lying: not pickled>"),
        (sys, "<module: not pickled>"),
        (Unloadable(), "<not unpickled: RuntimeError>"),
        ({"lock": threading.Lock(), "kept": [1]}, {"lock": "<_thread.lock: not pickled>", "kept": [1]}),
        ({"deep": {"lock": threading.Lock()}}, {"deep": "<dict: not pickled>"}),
        ({5: threading.Lock()}, {}),
        ({str(n): threading.Lock() for n in range(65)}, "<dict: not pickled>"),
    ],
    ids=[
        "lock",
        "refusing",
        "lambda",
        "generator",
        "endless",
        "deep",
        "lying",
        "module",
        "unloadable",
        "lock in a dict",
        "lock deeper",
        "other keys",
        "large dict",
    ],
)
def test_a_value_that_cannot_travel_costs_itself(value: object, told: object):
    """A placeholder stands in its place; everything else is as it was."""
    error = Holding("m", value=value, details={"kept": 1})
    again = pickle.loads(pickle.dumps(error))

    assert again.value == told
    assert (str(again), again.details, again.code) == ("m", {"kept": 1}, "T_HOLDING_FAILED")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize(
    "value", [threading.Lock(), Unpicklable(), (x for x in ())], ids=["lock", "refusing", "generator"]
)
def test_a_value_that_cannot_be_copied_is_shared(copied: object, value: object):
    """A copy in the same process has the very same lock."""
    assert copied(Holding(value=value)).value is value


def test_arguments_that_cannot_travel():
    """`args` fall back to none; the message is a field and stays."""
    error = Holding("m")
    error.args = (threading.Lock(),)
    again = pickle.loads(pickle.dumps(error))

    assert (again.args, str(again)) == ((), "m")


def test_notes_that_cannot_travel():
    """Notes that are no list of texts are left out rather than break the error."""
    error = Holding("m")
    error.__notes__ = threading.Lock()
    again = pickle.loads(pickle.dumps(error))
    again.add_note("later")

    assert again.__notes__ == ["later"]
    assert copy.copy(error).__notes__ is error.__notes__


def test_a_cause_that_cannot_travel():
    """Causes travel as text, so it does not matter what they hold."""

    class Strange(Exception):
        def __init__(self) -> None:
            self.lock = threading.Lock()

        def __str__(self) -> str:
            raise ZeroDivisionError

        def __getattribute__(self, name: str) -> object:
            raise RuntimeError(name)

    error = Holding("m")
    error.__cause__ = Strange()
    again = pickle.loads(pickle.dumps(error))

    assert [cause.message for cause in again.cause_chain] == ["<Strange>"]


def test_an_error_that_holds_itself():
    """A circle ends in a placeholder, and in a copy in the copy."""
    error = Holding("m", details={})
    error.value, error.details = error, {"list": [error]}
    again = pickle.loads(pickle.dumps(error))
    deep = copy.deepcopy(error)

    assert again.value == f"<{__name__}.Holding: not pickled>"
    assert again.details == {"list": [again.value]}
    assert deep.value is deep
    assert deep.details["list"][0] is deep
    assert pickle.loads(pickle.dumps(error)).value == again.value


def test_a_local_class_comes_back_as_its_parent():
    """The nearest class that can be imported stands in, and a note says which one it was."""

    class Local(Holding, code="T_LOCAL_HOLDING_FAILED"):
        extra: str = public(default="e")

    error = Local("m", value=1)
    error.add_note("n")
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is Holding
    assert (again.value, again.extra, str(again)) == (1, "e", "m")
    assert again.__notes__ == [
        "n",
        f"This was a {__name__}.{Local.__qualname__}, which cannot be imported here.",
    ]
    assert type(copy.deepcopy(error)) is Local


def packed_by(module: str, qualname: str) -> bytes:
    """The pickle of an error whose class the other process does not have."""
    made = type("Elsewhere", (Holding,), {"__module__": module, "__qualname__": qualname})
    return pickle.dumps(made("m", value=1))


@pytest.mark.parametrize(
    ("module", "qualname"),
    [
        ("no_such_module", "Elsewhere"),
        ("no.such.module", "Elsewhere"),
        ("json", "NoSuchClass"),
        ("json", "JSONDecodeError"),
        ("json", "dumps"),
        ("os", "path.sep"),
        ("", "x"),
        ("builtins", "ValueError"),
        ("exits_at_import", "Elsewhere"),
        ("breaks_at_import", "Elsewhere"),
    ],
)
def test_a_class_that_is_missing_elsewhere(
    module: str, qualname: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
):
    """Not installed, renamed, replaced by something else, or a script: the parent class stands in."""
    (tmp_path / "exits_at_import.py").write_text("raise SystemExit(3)")
    (tmp_path / "breaks_at_import.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    again = pickle.loads(packed_by(module, qualname))

    assert type(again) is Holding
    assert (again.value, str(again), len(again.__notes__)) == (1, "m", 1)


def test_a_slot_does_not_take_a_placeholder():
    """A value that comes back as text does not fit a number's slot of C; the error comes back without it."""
    fields = {"start": pickle.dumps("text"), "message": pickle.dumps("m")}
    again = rebuild(((__name__, "WithUnicode"),), fields, pickle.dumps("no tuple"), pickle.dumps(()))

    assert (str(again), again.args, type(again.start)) == ("m", (), int)


def test_a_chain_that_is_no_chain_is_ignored():
    """What others put under our private name is not believed."""
    for chain in ("text", ("a", 1), [1], None, 5):
        error = Holding("m")
        error.__dict__["_errcore_chain"] = chain
        assert error.cause_chain == ()
        assert "causes" not in Occurrence.of(error).internal


def test_the_mark_of_a_report_stays_behind():
    """A copy was not reported."""
    error = Holding("m")
    error.__dict__[MARK] = "mark"
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert MARK not in vars(again)


def test_a_class_of_a_module_that_is_gone(monkeypatch: pytest.MonkeyPatch):
    """An error of a plugin that was unloaded still travels."""
    module = types.ModuleType("plugin_errors")
    monkeypatch.setitem(sys.modules, "plugin_errors", module)
    exec("from errcore import NotFoundError\nclass Gone(NotFoundError): ...", module.__dict__)
    error = module.Gone("m")
    monkeypatch.delitem(sys.modules, "plugin_errors")
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is NotFoundError
    assert "plugin_errors.Gone" in again.__notes__[0]
