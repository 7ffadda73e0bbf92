# SPDX-License-Identifier: MIT
"""Exceptions that lie, or whose own code fails, have a verdict all the same."""

from __future__ import annotations

import pytest

from errcore import classify
from errcore.errors import (
    Classification,
    InternalError,
    NotFoundError,
    Occurrence,
    RateLimitError,
    StatusError,
)
from errcore.errors.reading import class_attribute, exactly, spec_of


class Refusing(type):
    """A metaclass that answers nothing but what Python itself wants to know."""

    def __getattribute__(cls, name: str) -> object:
        if name.startswith("__"):
            return super().__getattribute__(name)
        raise RuntimeError(name)


class Inventing(type):
    """A metaclass that has every attribute."""

    def __getattr__(cls, name: str) -> object:
        return object() if not name.startswith("__") else super().__getattribute__(name)


class Unhashable(type):
    """A metaclass whose classes cannot be keys."""

    __hash__ = None

    def __eq__(cls, other: object) -> bool:
        raise ZeroDivisionError


class Liar(Exception):
    """Says it is another class, and denies everything."""

    @property
    def __class__(self) -> type:
        return NotFoundError

    spec = "no spec"
    code = 42
    exceptions = ()
    retry_after = property(lambda self: 1 / 0)
    _errcore_verdict = "no verdict"


class Closed(Exception):
    """Refuses to be looked at."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)

    def __setattr__(self, name: str, value: object) -> None:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


class BrokenErrno(OSError):
    """An OSError whose errno fails."""

    errno = property(lambda self: 1 / 0)


class UnhashableErrno(OSError):
    """An OSError whose errno cannot be looked up."""

    errno = []


class Unfindable(Exception, metaclass=Unhashable):
    """Neither hashable nor comparable."""


class Mute(Exception, metaclass=Refusing):
    """Its class says nothing."""


class Inventive(Exception, metaclass=Inventing):
    """Its class says anything."""


HOSTILE = [Liar, Closed, BrokenErrno, UnhashableErrno, Unfindable, Mute, Inventive]


@pytest.mark.parametrize(
    "cls", HOSTILE, ids=["liar", "closed", "errno", "unhashable errno", "unhashable", "mute", "inventive"]
)
def test_a_hostile_exception_is_an_unexpected_one(cls: type[BaseException]):
    """It is told as what it is: a stranger. Asking twice changes nothing."""
    exc = cls()
    for _ in range(2):
        verdict = classify(exc)
        assert (verdict.status, verdict.code, verdict.expected) == (500, "INTERNAL_ERROR", False)
    occurrence = Occurrence.of(exc)
    assert (occurrence.status, occurrence.message, occurrence.details) == (
        500,
        "An internal error occurred.",
        {},
    )
    assert isinstance(occurrence.internal, dict)


@pytest.mark.parametrize(
    "cls", HOSTILE, ids=["liar", "closed", "errno", "unhashable errno", "unhashable", "mute", "inventive"]
)
def test_a_hostile_member_or_cause_does_not_hide_the_rest(cls: type[BaseException]):
    """A group with one in it, and an error caused by one, are told."""
    exc = cls()
    error = NotFoundError("x")
    error.__cause__ = exc

    assert classify(ExceptionGroup("g", [NotFoundError(), exc])).status == 500
    assert len(Occurrence.of(error).internal["causes"]) == 1
    assert len(error.cause_chain) == 1


class Declared(NotFoundError, code="T_HOSTILE_CLASS_NOT_FOUND"):
    """A declared error that refuses to be looked at."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


class DeclaredUnhashable(NotFoundError, metaclass=Unhashable, code="T_HOSTILE_HASH_NOT_FOUND"):
    """A declared error whose class cannot be a key."""


class DeclaredProperty(NotFoundError, code="T_HOSTILE_PROPERTY_NOT_FOUND"):
    """A declared error that hides the waiting time behind code of its own."""

    def __getattribute__(self, name: str) -> object:
        if name == "retry_after":
            raise KeyError(name)
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    "cls",
    [Declared, DeclaredUnhashable, DeclaredProperty],
    ids=lambda cls: type.__getattribute__(cls, "__name__"),
)
def test_a_hostile_declared_error_is_still_declared(cls: type[NotFoundError]):
    """What its class promised counts, whatever the object does."""
    error = cls("m")
    for _ in range(2):
        assert classify(error).status == 404
        assert classify(error).code == cls.code
    assert Occurrence.of(error).message == "m"


def test_an_error_that_never_ran_our_constructor():
    """Made without `__init__`, it has nothing of its own and all of its class."""
    error = RateLimitError.__new__(RateLimitError)

    assert classify(error).status == 429
    assert Occurrence.of(error).details == {}
    assert str(error) == "Too many requests; try again later."


def test_an_error_whose_own_verdict_fails_has_that_of_its_class():
    """A framework's status that was never set."""
    assert classify(StatusError.__new__(StatusError)).status == 500


def test_a_property_named_spec_is_no_spec():
    """Only a spec is a spec; a class that has something else of that name is a stranger."""

    class Specified(Exception):
        spec = NotFoundError("instance")

    class ByProperty(Exception):
        @property
        def spec(self) -> object:
            return NotFoundError.spec

    assert classify(Specified()).status == 500
    assert classify(ByProperty()).status == 500
    assert spec_of(ByProperty) is None
    assert spec_of(Mute) is None
    assert class_attribute(Mute, "nothing") is None


def test_a_type_is_what_it_is():
    """`type` is asked, not the object."""
    assert exactly(Liar, Liar())
    assert not exactly(NotFoundError, Liar())
    assert not exactly(int, True)


def test_verdicts_are_classifications():
    """Even where everything failed."""
    assert all(isinstance(classify(exc), Classification) for exc in (Unfindable(), Closed(), InternalError()))


def refused_number(problem: type[BaseException]) -> OSError:
    """An OSError whose number ends in some exception when it is asked for."""

    class NumberlessError(OSError):
        @property
        def errno(self) -> int:
            raise problem

    return NumberlessError(2, "no")


def test_an_exit_out_of_an_attribute_ends_nothing():
    """A `SystemExit` that the object's own code raises is meant for nobody; Ctrl-C is meant for the program."""
    assert classify(refused_number(SystemExit)) == classify(refused_number(RuntimeError))
    with pytest.raises(KeyboardInterrupt):
        classify(refused_number(KeyboardInterrupt))
