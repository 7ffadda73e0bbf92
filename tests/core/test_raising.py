# SPDX-License-Identifier: MIT
"""`raises`: which declared errors a function can raise is noted on it, and the function stays what it is."""

from __future__ import annotations

import functools
import inspect

import pytest

from errcore import ConflictError, NotFoundError, RateLimitError, doing, raises
from errcore.errors import raised_by


@raises(NotFoundError)
def find() -> str:
    """Find it."""
    return "found"


@raises(NotFoundError)
async def find_later() -> str:
    return "found"


@raises(NotFoundError)
def each():
    yield "found"


class Finder:
    """Every sort of method, and both orders."""

    @raises(NotFoundError)
    def method(self): ...

    @raises(NotFoundError)
    @classmethod
    def of_class(cls): ...

    @classmethod
    @raises(NotFoundError)
    def of_class_inside(cls): ...

    @raises(NotFoundError)
    @staticmethod
    def static(): ...

    @raises(NotFoundError)
    def __call__(self): ...


class Page:
    """A class that is called to have an object."""

    @raises(NotFoundError)
    def __init__(self) -> None: ...


@raises(NotFoundError)
class Marked:
    """A class with a note of its own."""


CALLED = [
    find, find_later, each, Finder().method, Finder.method, Finder.of_class, Finder().of_class_inside, Finder.static,
    Finder(), Page, Marked, functools.partial(find), functools.partial(functools.partial(find_later)),
    doing("finding")(find), functools.wraps(find)(lambda: None), raises(NotFoundError)(functools.partial(print)),
]  # fmt: skip


@pytest.mark.parametrize("function", CALLED, ids=map(str, range(len(CALLED))))
def test_the_note_is_read_from_whatever_is_called(function):
    """Functions, coroutine functions, generators, methods, partials, callable objects, classes, wrappers."""
    assert raised_by(function) == (NotFoundError,)


def test_the_function_itself_comes_back():
    """No wrapper: the same object, with the name, signature and documentation that it had."""

    def function(key: int) -> str:
        return str(key)

    assert raises(NotFoundError)(function) is function
    assert function(1) == "1"
    assert inspect.iscoroutinefunction(find_later)


def test_notes_add_up():
    """Read from the top down, each error once, in one attribute."""

    @raises(ConflictError, NotFoundError)
    @raises(NotFoundError)
    @raises(RateLimitError)
    def function(): ...

    assert function.__errcore_raises__ == (ConflictError, NotFoundError, RateLimitError)


def test_a_note_on_a_wrapper_leaves_the_function_alone():
    """What wraps a function takes its note along and may add to it."""

    @raises(ConflictError)
    @functools.wraps(find)
    def wrapper(): ...

    assert raised_by(wrapper) == (ConflictError, NotFoundError)
    assert raised_by(find) == (NotFoundError,)


@pytest.mark.parametrize("thing", [print, len, object(), None, Finder.__call__.__code__, lambda: None])
def test_nothing_noted(thing):
    """What has no note raises nothing that anybody declared; asking is harmless."""
    assert raised_by(thing) == ()


@pytest.mark.parametrize("written", ["NotFoundError", None, (ValueError, "x", NotFoundError)])
def test_what_others_write_there_is_sifted(written):
    """An attribute is open to everybody: only declared errors are read from it."""

    def function(): ...

    function.__errcore_raises__ = written

    assert set(raised_by(function)) <= {NotFoundError}


def test_a_partial_around_itself_ends():
    """Reading a note never hangs."""
    function = functools.partial(print)
    function.__setstate__((function, (), {}, {}))

    assert raised_by(function) == ()


class Hostile:
    """What must not be asked for its own words."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (NotFoundError("an instance"), "a NotFoundError"),
        (ValueError, "ValueError"),
        ("NOT_FOUND", "a str"),
        (find, "find"),
        (Hostile(), "a Hostile"),
    ],
    ids=["instance", "foreign", "code", "without-brackets", "hostile"],
)
def test_what_is_no_declared_error_is_refused(error, shown):
    """It says what was given, why that is wrong, and what to write."""
    with pytest.raises(TypeError) as caught:
        raises(error)

    assert str(caught.value) == (
        f"Cannot note that {shown} is raised, because it is no class below errcore.AppError; "
        "pass the classes of declared errors: @raises(NotFoundError)."
    )


@pytest.mark.parametrize(
    ("target", "because"),
    [
        (property(lambda self: None), "a property raises, because it is nothing that is called"),
        (Hostile(), "a Hostile raises, because it is nothing that is called"),
        (len, "len raises, because it takes no attributes"),
        (Finder().method, "Finder.method raises, because it takes no attributes"),
        (int, "int raises, because it takes no attributes"),
    ],
    ids=["property", "object", "builtin", "bound", "type"],
)
def test_what_takes_no_note_is_refused(target, because):
    """It says where to put the decorator instead."""
    with pytest.raises(TypeError, match=f"^Cannot note what {because}; decorate the function"):
        raises(NotFoundError)(target)
