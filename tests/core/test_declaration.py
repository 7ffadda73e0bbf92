# SPDX-License-Identifier: MIT
"""What a class statement declares: fields, keywords, and what is inherited."""

from __future__ import annotations

import abc
import functools
from typing import ClassVar, Generic, TypeVar, get_type_hints

import attrs
import pytest

from errcore import AppError, catalog, internal, public, secret
from errcore.errors import (
    DependencyError,
    Executed,
    Fault,
    InternalError,
    Issue,
    Kind,
    NotFoundError,
    Occurrence,
    Outcome,
    PermissionDeniedError,
    RejectedError,
    Retriable,
    Severity,
    ValidationError,
    Visibility,
    WorkspaceIsolationError,
    classify,
    stock,
)

T = TypeVar("T")


class HealthDataNotFound(NotFoundError, code="T_HEALTH_DATA_NOT_FOUND", message="No health data for {period}."):
    """No records exist for the requested period."""

    period: str = public()
    available: list[str] = public(factory=list)
    user_id: str = internal()
    token: str = secret(default="")
    shard: int = 0


def test_the_class_statement_is_the_declaration():
    """The spec knows the fields, who sees them, and the answers."""
    spec = HealthDataNotFound.spec

    assert (spec.code, spec.kind, spec.status, spec.message) == (
        "T_HEALTH_DATA_NOT_FOUND",
        Kind.NOT_FOUND,
        404,
        "No health data for {period}.",
    )
    assert [(f.name, f.type, f.visibility, f.required, f.optional) for f in spec.fields] == [
        ("period", "str", Visibility.PUBLIC, True, False),
        ("available", "list[str]", Visibility.PUBLIC, False, False),
        ("user_id", "str", Visibility.INTERNAL, True, False),
        ("token", "str", Visibility.SECRET, False, False),
        ("shard", "int", Visibility.INTERNAL, False, False),
    ]
    assert spec.doc == "No records exist for the requested period."
    assert spec.qualname.endswith("test_declaration.HealthDataNotFound")
    assert catalog["T_HEALTH_DATA_NOT_FOUND"] is spec
    assert HealthDataNotFound.code == "T_HEALTH_DATA_NOT_FOUND"


def test_the_place_is_that_of_the_class_statement():
    """File and line lead the reader to the `class` keyword."""
    file, _, line = HealthDataNotFound.spec.place.rpartition(":")

    assert file == __file__
    with open(file, encoding="utf-8") as source:
        assert source.read().splitlines()[int(line) - 1].startswith("class HealthDataNotFound(")


def test_construction_stores_and_nothing_else():
    """Fields by keyword, defaults fresh for each, the message by position."""
    first = HealthDataNotFound(period="june", user_id="u1")
    second = HealthDataNotFound("Nothing there.", period="may", user_id="u2", available=["june"])
    first.available.append("x")

    assert (first.period, first.user_id, first.token, first.shard, first.message) == ("june", "u1", "", 0, None)
    assert (second.message, second.available) == ("Nothing there.", ["june"])
    assert HealthDataNotFound(period="a", user_id="b").available == []
    assert first != HealthDataNotFound(period="june", user_id="u1")
    assert len({first, second}) == 2


@pytest.mark.parametrize(
    "arguments",
    [{}, {"period": "june"}, {"period": "june", "user_id": "u1", "colour": "red"}],
    ids=["nothing", "one missing", "one too many"],
)
def test_wrong_arguments_are_a_type_error(arguments: dict[str, str]):
    """Required fields are required, unknown ones are refused."""
    with pytest.raises(TypeError):
        HealthDataNotFound(**arguments)
    with pytest.raises(TypeError):
        HealthDataNotFound("message", "june", "u1")


def test_a_subclass_without_code_inherits_and_is_not_registered():
    """It is another class with the same promise: the catalogue shows the parent."""

    class Narrower(HealthDataNotFound):
        extra: str | None = public(default=None)

    assert Narrower.code == "T_HEALTH_DATA_NOT_FOUND"
    assert catalog["T_HEALTH_DATA_NOT_FOUND"] is HealthDataNotFound.spec
    assert not Narrower.spec.declares_code
    assert Narrower.spec.message == "No health data for {period}."
    assert str(Narrower(period="june", user_id="u1")) == "No health data for june."
    assert "extra" in Narrower.spec.optional_names


def test_class_keywords_are_inherited_and_overridden():
    """A subclass says what is different and keeps the rest."""

    class Parent(
        DependencyError,
        code="T_PARENT_FAILED",
        category="billing",
        status=599,
        severity="critical",
        recoverable=True,
        fault="environment",
        retriable=False,
        message="Billing is down.",
    ): ...

    class Child(Parent, code="T_CHILD_FAILED", status=598): ...

    spec = Child.spec
    assert (spec.category, spec.status, spec.severity, spec.recoverable, spec.fault, spec.retriable, spec.message) == (
        "billing",
        598,
        Severity.CRITICAL,
        True,
        Fault.ENVIRONMENT,
        Retriable.NO,
        "Billing is down.",
    )


def test_a_new_kind_brings_its_own_answers():
    """Status, fault, severity and retriability follow the kind, not the parent, unless they are said again."""

    class Odd(
        ValidationError, code="T_ODD_INVALID", status=418, fault="self", severity="critical", retriable=True
    ): ...

    class Gone(Odd, code="T_GONE_UNAVAILABLE", kind="unavailable"): ...

    class Said(Odd, code="T_SAID_UNAVAILABLE", kind=Kind.UNAVAILABLE, status=555): ...

    assert (Gone.spec.status, Gone.spec.fault, Gone.spec.severity, Gone.spec.retriable) == (
        503,
        Fault.DEPENDENCY,
        Severity.WARNING,
        Retriable.YES,
    )
    assert Said.spec.status == 555
    assert Gone.spec.message == "The input is not valid."


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (True, Retriable.YES),
        (False, Retriable.NO),
        ("if_idempotent", Retriable.IF_IDEMPOTENT),
        (Retriable.YES, Retriable.YES),
    ],
)
def test_retriable_may_be_said_as_a_boolean(said: object, meant: Retriable):
    """True and False are short for yes and no."""

    class Said(InternalError, retriable=said): ...

    assert Said.spec.retriable is meant


def test_recoverable_follows_the_fault_unless_said():
    """What the caller did wrong, the caller can put right."""

    class Theirs(InternalError, fault="caller"): ...

    class Final(NotFoundError, recoverable=False): ...

    assert Theirs.spec.recoverable
    assert Theirs.spec.outcome is Outcome.DROPPED
    assert not Final.spec.recoverable


def test_a_local_rejection_stays_dropped_below():
    """Nothing was sent, whatever a subclass calls it."""

    class Busy(RejectedError, code="T_BUSY_UNAVAILABLE", kind="resource_exhausted", fault="self"): ...

    assert (Busy.spec.outcome, Busy.spec.executed) == (Outcome.DROPPED, Executed.NO)


def test_escaped_braces_are_text():
    """`{{` and `}}` in a message are braces, also beside placeholders."""

    class Braces(NotFoundError, message="{{{name}}} in {{x}}"):
        name: str = public()

    assert str(Braces(name="n")) == "{n} in {x}"


def test_answers_as_points_to_what_the_client_sees():
    """It is inherited, and an answer that is itself an answer leads to the last one."""

    class Hidden(PermissionDeniedError, code="T_HIDDEN_DENIED", answers_as=WorkspaceIsolationError): ...

    class Below(Hidden): ...

    assert Hidden.spec.answers_as is NotFoundError.spec
    assert Below.spec.answers_as is NotFoundError.spec


def test_fields_redeclared_below_win():
    """A subclass may give a field a default, or show it to others."""

    class Shown(HealthDataNotFound):
        user_id: str = public(default="nobody")

    assert Shown(period="june").user_id == "nobody"
    assert "user_id" in Shown.spec.public_names


def test_fields_of_two_parents_come_together():
    """With two errcore bases the fields of both are there, and the first one's answers count."""

    class Left(NotFoundError, code="T_LEFT_NOT_FOUND"):
        left: int = public()

    class Right(InternalError, code="T_RIGHT_FAILED"):
        right: int = secret()

    class Both(Left, Right): ...

    error = Both(left=1, right=2)
    assert (error.left, error.right, error.code) == (1, 2, "T_LEFT_NOT_FOUND")
    assert Both.spec.secret_names == ("right",)
    assert isinstance(error, Right)


def test_attrs_features_work_on_fields():
    """Validators, converters, private names, class variables and post-init are attrs' own."""

    class Checked(InternalError):
        LIMIT: ClassVar[int] = 3
        count: int = attrs.field(converter=int, validator=attrs.validators.lt(10))
        _hidden: str = internal(default="h")

        def __attrs_post_init__(self) -> None:
            self.double = self.count * 2

    error = Checked(count="4", hidden="x")
    assert (error.count, error.double, error._hidden, Checked.LIMIT) == (4, 8, "x", 3)
    assert [f.name for f in Checked.spec.fields] == ["count", "_hidden"]
    with pytest.raises(ValueError, match="count"):
        Checked(count=11)


def test_generic_errors():
    """An error may be generic, and a class may be declared below one of its specialisations."""

    class Wrapping(InternalError, Generic[T], code="T_WRAPPING_FAILED"):
        value: T = internal()

    class OfInt(Wrapping[int]):
        more: int = public(default=0)

    assert Wrapping[str](value="x").value == "x"
    assert OfInt(value=1, more=2).value == 1
    assert classify(OfInt(value=1)).code == "T_WRAPPING_FAILED"


def test_an_own_init_is_kept():
    """A hand-written constructor is the class's business, whether it calls ours or not."""

    class Calls(NotFoundError):
        period: str = public()

        def __init__(self, month: int) -> None:
            super().__init__(f"No data for {month}.")
            self.period = str(month)

    class Silent(NotFoundError):
        def __init__(self, what: str) -> None:
            self.what = what

    class Below(Silent): ...

    assert (str(Calls(6)), Calls(6).period) == ("No data for 6.", "6")
    assert str(Silent("x")) == str(Below("y")) == "The requested resource was not found."
    assert (Silent("x").message, Silent("x").retry_after, Silent("x").args) == (None, None, ())
    assert Occurrence.of(Calls(6)).details == {"period": "6"}


def test_an_init_of_a_mixin_is_kept():
    """Its arguments stay out of `args`, too."""

    class Tokened:
        def __init__(self, token: str) -> None:
            self.token = token
            super().__init__()

    class Expired(Tokened, NotFoundError): ...

    error = Expired("hunter2")
    assert (error.token, error.args) == ("hunter2", ())


def test_an_init_subclass_of_the_user_is_called():
    """Intermediate classes may take class keywords of their own; the place is still that of the class statement."""
    seen: list[str] = []

    class Tabled(NotFoundError):
        def __init_subclass__(cls, *, table: str, **keywords: object) -> None:
            super().__init_subclass__(**keywords)
            seen.append(table)

    class Row(Tabled, table="rows", code="T_ROW_NOT_FOUND"): ...

    assert seen == ["rows"]
    assert Row.code == "T_ROW_NOT_FOUND"
    assert Row.spec.place.startswith(__file__)


def test_a_metaclass_of_the_user_is_used():
    """Declared errors may be abstract, or made by any metaclass that makes classes."""

    class Abstract(InternalError, metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def hint(self) -> str: ...

    class Concrete(Abstract, code="T_CONCRETE_FAILED"):
        def hint(self) -> str:
            return "h"

    assert Concrete().hint() == "h"
    assert Concrete.spec.place.startswith(__file__)


@pytest.mark.parametrize("builtin", [KeyError, OSError, UnicodeDecodeError, StopIteration, TimeoutError, MemoryError])
def test_builtin_exceptions_are_mixed_in(builtin: type[Exception]):
    """Whoever catches the builtin catches the error; it still is ours in every other respect."""
    mixed = type(NotFoundError)("Mixed", (NotFoundError, builtin), {"__annotations__": {"x": "int"}, "x": public()})
    error = mixed(x=1)

    assert isinstance(error, builtin)
    assert str(error) == "The requested resource was not found."
    assert classify(error).status == 404
    assert Occurrence.of(error).details == {"x": 1}
    with pytest.raises(TypeError):
        mixed("utf-8", b"", 0, 1, "x")


def test_functions_and_properties_may_use_any_name():
    """Only fields are checked: a method or a cached property is not one."""

    class Methods(NotFoundError):
        @property
        def hint(self) -> str:
            return "h"

        @functools.cached_property
        def long_hint(self) -> str:
            return "hh"

    assert (Methods().hint, Methods().long_hint) == ("h", "hh")


def test_file_errors_may_have_a_filename():
    """What only OSError reserves is free for others."""

    class Unreadable(stock.FileError):
        filename: str = public()

    assert Occurrence.of(Unreadable(filename="a.txt")).details == {"filename": "a.txt"}


def test_type_hints_of_stock_errors_resolve():
    """Tools that read annotations find the names."""
    assert get_type_hints(ValidationError)["issues"] == tuple[Issue, ...]


@pytest.mark.parametrize("name", stock.__all__)
def test_every_stock_error_is_declared(name: str):
    """Each has a code of its own, a docstring, and is made without arguments."""
    cls = getattr(stock, name)

    assert issubclass(cls, AppError)
    assert cls.spec.declares_code
    assert catalog[cls.code] is cls.spec
    assert cls.spec.doc
    assert isinstance(cls(), cls)
