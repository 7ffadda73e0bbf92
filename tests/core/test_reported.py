# SPDX-License-Identifier: MIT
"""The mark of a reported exception: on the object itself, in its graph, and never in the way."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import pytest

from errcore import NotFoundError, Occurrence
from errcore.context import ErrorContext, RequestIds
from errcore.errors.groups import MOST_LEAVES, leaves_of
from errcore.errors.reported import ErrorReported, in_graph, mark, reported, reported_in, settled


class Hostile(Exception):
    """Refuses attribute access altogether."""

    def __getattribute__(self, name):
        raise RuntimeError("hands off")

    def __setattr__(self, name, value):
        raise RuntimeError("hands off")


class Pretender(Exception):
    """Claims to have another dictionary and other causes."""

    __dict__ = property(lambda self: 1 / 0)
    __cause__ = property(lambda self: 1 / 0)


class Slotted(Exception):
    """Has slots; the base class has a dictionary all the same."""

    __slots__ = ("a",)


def marked(error: BaseException, ids: RequestIds | None = None) -> Occurrence:
    occurrence = Occurrence.of(ValueError("x"), ErrorContext(ids))
    mark(error, occurrence)
    return occurrence


@pytest.mark.parametrize(
    "make",
    [ValueError, NotFoundError, Hostile, Pretender, Slotted, lambda: ExceptionGroup("g", [OSError()])],
    ids=["foreign", "declared", "hostile", "pretender", "slotted", "group"],
)
def test_mark_is_found_on_the_object(make):
    """Whatever the class does with attributes, the mark is set and found."""
    error = make()
    assert reported(error) is None

    occurrence = marked(error)

    assert reported(error) is occurrence
    assert in_graph(error) is occurrence
    assert settled(error) is occurrence


def test_the_latest_mark_counts():
    """A second report replaces the first."""
    error = ValueError("x")
    marked(error)

    assert marked(error) is reported(error)


@pytest.mark.parametrize("error", [ValueError("x"), NotFoundError("x")])
@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],
    ids=["copy", "deep", "pickle"],
)
def test_the_mark_stays_behind(error, again):
    """A copy was not reported, and a marked exception still pickles."""
    marked(error)

    other = again(error)

    assert type(other) is type(error)
    assert reported(other) is None
    assert reported(again(other)) is None


def test_the_mark_keeps_nothing_alive():
    """Neither mark nor occurrence refers to the exception: it goes as soon as the last user lets go."""

    class Own(Exception):
        pass

    error = Own()
    marked(error)
    gone = weakref.ref(error)
    gc.disable()
    try:
        del error

        assert gone() is None
    finally:
        gc.enable()


def test_something_else_under_the_name_is_no_mark():
    """Whoever sets the private name does not make an exception reported."""
    error = ValueError("x")
    error.__dict__["_errcore_reported"] = "me"

    assert reported(error) is None


def test_the_mark_says_what_it_is():
    """In a debugger the mark shows the id and nothing of the error."""
    error = ValueError("hunter2")
    occurrence = marked(error)

    assert repr(error.__dict__["_errcore_reported"]) == f"<reported as {occurrence.id}>"


def test_graph_looks_at_causes_contexts_and_members():
    """A reported exception is found wherever it hangs."""
    inner = ValueError("x")
    occurrence = marked(inner)
    caused, during, unrelated = RuntimeError("a"), RuntimeError("b"), RuntimeError("c")
    caused.__cause__ = inner
    during.__context__ = caused
    group = ExceptionGroup("g", [KeyError("k"), during])

    assert in_graph(caused) is occurrence
    assert in_graph(during) is occurrence
    assert in_graph(group) is occurrence
    assert in_graph(unrelated) is None
    assert reported(group) is None


def test_graph_may_be_a_circle():
    """Two exceptions that caused each other end the walk."""
    one, two = ValueError("1"), ValueError("2")
    one.__context__, two.__context__ = two, one

    assert in_graph(one) is None


def test_graph_is_bounded():
    """A chain of thousands and a group of thousands are looked at in part."""
    error = last = ValueError("0")
    for _ in range(5000):
        last.__cause__ = ValueError("n")
        last = last.__cause__
    marked(last)
    many = [ValueError(str(n)) for n in range(5000)]
    for each in many:
        marked(each)
    group = ExceptionGroup("g", many)

    assert in_graph(error) is None
    assert len(leaves_of(group)) == MOST_LEAVES
    assert settled(group) is None


def test_group_is_settled_if_every_member_is():
    """One member that nobody reported keeps the group open."""
    one, two = ValueError("1"), ValueError("2")
    group = ExceptionGroup("g", [one, ExceptionGroup("h", [two])])
    first = marked(one)

    assert settled(group) is None
    marked(two)
    assert settled(group) is first
    assert settled(ValueError("3")) is None


REQUEST, OTHER = RequestIds("req_1"), RequestIds("req_2")


@pytest.mark.parametrize(
    ("ids", "asked", "known"),
    [
        (REQUEST, REQUEST, True),
        (REQUEST, RequestIds("req_1"), True),
        (REQUEST, OTHER, False),
        (REQUEST, None, True),
        (None, None, True),
        (None, REQUEST, True),
    ],
)
def test_report_belongs_to_a_request(ids, asked, known):
    """The same object in another request is another failure; a report or a question without a request fits any."""
    error = ValueError("x")
    marked(error, ids)

    assert (reported_in(error, asked) is not None) is known


@pytest.mark.parametrize(
    "wrap", [lambda error: error, lambda error: ExceptionGroup("g", [error])], ids=["itself", "in a group"]
)
def test_report_without_a_request_becomes_that_of_the_first(wrap):
    """A thread without ids reported it: that was this request's failure, with its id, and no other's."""
    error = ValueError("x")
    occurrence = marked(error)

    known = reported_in(wrap(error), REQUEST)

    assert known is not None
    assert (known.id, known.context.ids) == (occurrence.id, REQUEST)
    assert known.internal == occurrence.internal
    assert occurrence.context.ids is None
    assert reported_in(error, REQUEST) is known
    assert reported_in(error, OTHER) is None


def test_group_of_one_is_its_member():
    """A task group around one reported failure is that failure; around two it is a failure of its own."""
    one, two = ValueError("1"), ValueError("2")
    occurrence = marked(one)
    marked(two)

    assert reported_in(ExceptionGroup("g", [one]), None) is occurrence
    assert reported_in(ExceptionGroup("g", [one, two]), None) is None


def test_event_carries_the_occurrence():
    """The event is a plain value."""
    occurrence = Occurrence.of(ValueError("x"))

    assert ErrorReported(occurrence).occurrence is occurrence
