# SPDX-License-Identifier: MIT
"""What a class statement declares: fields, keywords, and what is inherited."""

from __future__ import annotations

import functools
from typing import TypeVar, get_type_hints

import pytest

from errcore import AppError, catalog, errors, internal, public, secret
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
    stock,
)

T = TypeVar("T")


class HealthDataNotFound(
    NotFoundError, code="T_HEALTH_DATA_NOT_FOUND", message="No health data for {period}."
):
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

    assert (first.period, first.user_id, first.token, first.shard, first.message) == (
        "june",
        "u1",
        "",
        0,
        None,
    )
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
    assert (
        spec.category,
        spec.status,
        spec.severity,
        spec.recoverable,
        spec.fault,
        spec.retriable,
        spec.message,
    ) == (
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


def test_the_room_lists_its_names():
    """Names are fetched when asked for, and `dir` knows them before; others are no attributes."""
    assert set(errors.__all__) <= set(dir(errors))
    assert errors.NotFoundError is NotFoundError
    with pytest.raises(AttributeError, match="NoSuchError"):
        _ = errors.NoSuchError


@pytest.mark.parametrize("name", stock.__all__)
def test_every_stock_error_is_declared(name: str):
    """Each has a code of its own, a docstring, and is made without arguments."""
    cls = getattr(stock, name)

    assert issubclass(cls, AppError)
    assert cls.spec.declares_code
    assert catalog[cls.code] is cls.spec
    assert cls.spec.doc
    assert isinstance(cls(), cls)
