# SPDX-License-Identifier: MIT
"""Pickle, copy and deepcopy keep an error, whatever it holds; only secrets stay at home."""

from __future__ import annotations

import copy
import pickle
import pickletools
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import AppError, NotFoundError, internal, public, secret
from errcore.errors import (
    Cause,
    InternalError,
    Occurrence,
    UnavailableError,
    ValidationError,
    classify,
    stock,
)

SECRET = "hunter2-Zx81"
T = TypeVar("T")
WAYS: dict[str, Callable[[AppError], AppError]] = {
    **{
        f"pickle {protocol}": (lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol)))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "python pickle": lambda error: pickle.loads(pickle._dumps(error)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
way = pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))


class Declared(NotFoundError, code="T_PICKLED_JOB_NOT_FOUND", message="No job {job}."):
    """No such job."""

    job: str = public()
    owner: str = internal(default="o")
    token: str = secret(default="")


class OwnInit(NotFoundError):
    """A constructor that pickle could not call."""

    first: str = internal()

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} or {second}")
        self.first = first
        self.second = second


class OwnNew(OwnInit):
    """A `__new__` that wants arguments."""

    def __new__(cls, first: str, second: str) -> OwnNew:  # noqa: PYI034
        return super().__new__(cls)


class WrongNew(NotFoundError):
    """A `__new__` that makes something else unless it is asked nicely."""

    def __new__(cls, *arguments: object) -> object:
        return super().__new__(cls) if arguments else "not an error"


class WithKey(NotFoundError, KeyError):
    """With a builtin of the same layout."""


class WithSystem(UnavailableError, KeyError, OSError):
    """With two builtins, the second of another layout."""


class WithUnicode(UnavailableError, UnicodeDecodeError):
    """With a builtin whose constructor wants five arguments."""


class WithStop(UnavailableError, StopIteration):
    """With a builtin that has a value."""


class Slotted(NotFoundError):
    """With a slot of its own."""

    __slots__ = ("extra", "unset")


class Generics(InternalError, Generic[T]):
    """A generic error."""

    value: T = internal()


class Frozen(NotFoundError):
    """Refuses to be changed."""

    job: str = public(default="j")

    def __setattr__(self, name: str, value: object) -> None:
        if name in {"args", "__notes__", "__cause__"}:
            raise AttributeError(name)
        super().__setattr__(name, value)


def system() -> AppError:
    """An error with what only an OSError has."""
    error = WithSystem("m")
    error.errno, error.filename = 28, "/tmp/x"
    return error


def stopped() -> AppError:
    """An error with what only a StopIteration has."""
    error = WithStop("m")
    error.value = 7
    return error


def slotted() -> AppError:
    """An error with a filled and an empty slot."""
    error = Slotted("m")
    error.extra = [1]
    return error


MADE: dict[str, Callable[[], AppError]] = {
    "declared": lambda: Declared(job="j1"),
    "settings": lambda: ValidationError(
        "m",
        details={"a": 1},
        internal={"b": [2]},
        field_errors={"c": ["d"]},
        retry_after=2.0,
        headers={"e": "f"},
    ),
    "own init": lambda: OwnInit("a", "b"),
    "own new": lambda: OwnNew("a", "b"),
    "wrong new": lambda: WrongNew("m"),
    "key": lambda: WithKey("k"),
    "system": system,
    "unicode": lambda: WithUnicode("m"),
    "stop": stopped,
    "slots": slotted,
    "generic": lambda: Generics[int](value=3),
    "frozen": lambda: Frozen("m"),
}
made = pytest.mark.parametrize("make", MADE.values(), ids=list(MADE))


def public_side(error: AppError) -> tuple[object, ...]:
    """What a client reads of an error."""
    occurrence = Occurrence.of(error)
    return (
        occurrence.code,
        occurrence.status,
        occurrence.message,
        occurrence.details,
        occurrence.issues,
        occurrence.retry_after,
        occurrence.headers,
        occurrence.verdict,
        occurrence.type_name,
    )


def caused(error: AppError) -> AppError:
    """The error with a cause and a note."""
    error.__dict__["__notes__"] = ["n1", "n2"]
    BaseException.__setattr__(error, "__cause__", ValueError("postgres://u:pw@db"))
    return error


@way
@pytest.mark.parametrize("name", stock.__all__)
def test_every_stock_error_is_kept(name: str, way: Callable[[AppError], AppError]):
    """Class, fields, text, notes, verdict and cause chain, by every protocol and by copying."""
    error = caused(getattr(stock, name)("m", details={"a": [1]}, retry_after=3))
    again = way(error)

    assert again is not error
    assert type(again) is type(error)
    assert {name: value for name, value in vars(again).items() if name != "_errcore_chain"} == vars(error)
    assert (str(again), repr(again), again.args) == (str(error), repr(error), error.args)
    assert public_side(again) == public_side(error)
    assert again.cause_chain == error.cause_chain == (Cause("ValueError", None, "postgres://[redacted]@db"),)


@way
@made
def test_every_sort_of_error_is_kept(make: Callable[[], AppError], way: Callable[[AppError], AppError]):
    """However it is made and whatever it inherits from."""
    error = caused(make())
    again = way(error)

    assert type(again) is type(error)
    assert (str(again), again.args, again.__notes__) == (str(error), error.args, ["n1", "n2"])
    assert public_side(again) == public_side(error)
    assert again.cause_chain == error.cause_chain
    assert classify(again) == classify(error)
    for name in ("first", "second", "errno", "filename", "value", "extra"):
        if hasattr(error, name):
            assert getattr(again, name) == getattr(error, name)
    assert not hasattr(again, "unset")


@made
def test_it_may_be_done_again_and_again(make: Callable[[], AppError]):
    """A second trip, with a new cause on the way, adds to the chain."""
    once = pickle.loads(pickle.dumps(caused(make())))
    BaseException.__setattr__(once, "__cause__", KeyError("later"))
    twice = pickle.loads(pickle.dumps(copy.deepcopy(once)))

    assert [cause.type_name for cause in twice.cause_chain] == ["KeyError", "ValueError"]
    assert twice.__notes__ == ["n1", "n2"]


def test_a_secret_does_not_travel():
    """It is in no pickle of any protocol; the traveller knows that there was one."""
    error = Declared(job="j1", token=SECRET)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        packed = pickle.dumps(error, protocol)
        assert SECRET.encode() not in packed
        assert SECRET not in "".join(map(repr, pickletools.genops(packed)))
        assert pickle.loads(packed).token == "[redacted]"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_keeps_its_secret(copied: Callable[[AppError], AppError]):
    """A copy is in the same process: code may go on reading it."""
    assert copied(Declared(job="j1", token=SECRET)).token == SECRET


def test_copies_keep_the_living_causes():
    """In one process the causes are still there as exceptions."""
    error = Declared(job="j1")
    error.__cause__, context = ValueError("x"), KeyError("y")
    error.__context__ = context
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert again.__cause__ is error.__cause__
        assert again.__context__ is context
        assert again.__suppress_context__


def test_a_copy_is_shallow_and_a_deep_copy_is_deep():
    """Notes are always the copy's own; values only in a deep copy."""
    error = InternalError("m", details={"a": [1]})
    error.add_note("n")
    shallow, deep = copy.copy(error), copy.deepcopy(error)
    shallow.add_note("s")
    deep.add_note("d")
    deep.details["a"].append(2)

    assert error.__notes__ == ["n"]
    assert shallow.details is error.details
    assert error.details == {"a": [1]}


def test_an_error_inside_an_error_is_kept():
    """Also inside of containers and groups."""
    inner = Declared(job="j1", token=SECRET)
    error = InternalError("m", details={"inner": inner, "list": [inner]})
    again = pickle.loads(pickle.dumps([error, ExceptionGroup("g", [inner])]))

    assert again[0].details["inner"].job == "j1"
    assert again[0].details["list"][0] is again[0].details["inner"]
    assert again[1].exceptions[0].token == "[redacted]"


def test_many_threads_pickle_the_same_error():
    """One that is being pickled in one thread is not mistaken for a circle in another."""
    error, results = InternalError("m", details={"a": list(range(2000))}), []
    start = threading.Barrier(4)

    def works() -> None:
        start.wait()
        results.extend(pickle.loads(pickle.dumps(error)).details for _ in range(50))

    threads = [threading.Thread(target=works) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [error.details] * 200


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    message=st.none() | st.text(),
    details=plain,
    job=plain,
    retry_after=st.none() | st.floats(),
    headers=plain,
)
def test_a_round_trip_keeps_the_public_side(
    message: object, details: object, job: object, retry_after: object, headers: object
):
    """Whatever the fields hold, the client of the other process reads the same."""
    error = Declared(message, details=details, job=job, retry_after=retry_after, headers=headers)

    assert public_side(pickle.loads(pickle.dumps(error))) == public_side(error)
