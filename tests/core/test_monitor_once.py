# SPDX-License-Identifier: MIT
"""One exception object is one failure in each request, however many layers it passes; copies and pickles are others."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable

import pytest
from monitored import raised

from errcore import ConflictError, NotFoundError, RequestFacts, Runtime, context
from errcore.context import RequestIds
from errcore.errors.groups import MOST_LEAVES
from errcore.monitor import Monitor

FIRST, SECOND = RequestIds("req_1"), RequestIds("req_2")


def capture(runtime: Runtime, exc: BaseException) -> None:
    runtime.monitor.capture(exc)


def report(runtime: Runtime, exc: BaseException) -> None:
    runtime.report(exc)


def handle(runtime: Runtime, exc: BaseException) -> None:
    runtime.handle(exc, RequestFacts(method="GET", route="/a", ids=context.current().ids))


WAYS = {"capture": capture, "report": report, "handle": handle}
ORDERS = list(itertools.permutations(WAYS))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: " ".join(order))
def test_in_any_order(order: tuple[str, ...], runtime: Runtime):
    """Captured, reported and handled in one request: one; and one more in the next."""
    exc = raised(ValueError("x"))
    for ids in (FIRST, SECOND):
        with context.bind(ids=ids):
            for name in (*order, *order):
                WAYS[name](runtime, exc)

    assert runtime.monitor.stats()["total"] == 2
    assert runtime.failures == 0


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: " ".join(order))
def test_outside_of_requests(order: tuple[str, ...], runtime: Runtime):
    """Without ids, too, it is one."""
    exc = raised(ConflictError("x"))
    for name in order:
        WAYS[name](runtime, exc)

    assert runtime.monitor.stats()["by_code"] == {"CONFLICT": 1}


def test_counted_without_ids_belongs_to_the_first_request():
    """A thread that does not know the request counts for the request that asks first, and for no other one."""
    exc = raised(ValueError("x"))
    with Monitor(background=False) as monitor:
        monitor.capture(exc)
        for ids in (FIRST, RequestIds("req_1"), None, SECOND, SECOND):
            with context.bind(ids=ids):
                monitor.capture(exc)

        assert monitor.stats()["total"] == 2


def pickled(exc: BaseException) -> BaseException:
    found: BaseException = pickle.loads(pickle.dumps(exc))
    return found


@pytest.mark.parametrize("make", [NotFoundError, ValueError], ids=["declared", "foreign"])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_copies_are_failures_of_their_own(
    copied: Callable[[BaseException], BaseException], make: Callable[[str], Exception]
):
    """What was counted stays behind, also where the first one is gone and another object has its place."""
    with Monitor(background=False) as monitor, context.bind(ids=FIRST):
        exc = raised(make("x"))
        monitor.capture(exc)
        other = copied(exc)
        monitor.capture(other)
        monitor.capture(other)
        monitor.capture(exc)
        assert monitor.stats()["total"] == 2

        text = pickle.dumps(exc)
        del exc, other
        for _ in range(20):  # at one address after another, which may be that of the first one
            monitor.capture(pickle.loads(text))
        assert monitor.stats()["total"] == 22


def test_pickle_says_nothing_of_the_request():
    """A foreign exception that was counted can be read where there is no errcore, and has no ids of a request."""
    exc = raised(ValueError("x"))
    with Monitor(background=False) as monitor, context.bind(ids=RequestIds("req_in_question")):
        monitor.capture(exc)

    text = pickle.dumps(exc)
    assert b"req_in_question" not in text
    assert b"RequestIds" not in text
    assert b"errcore.monitor" not in text


def test_each_monitor_counts():
    """Two of them do not take anything from each other."""
    exc = raised(ValueError("x"))
    with Monitor(background=False) as one, Monitor(background=False) as other:
        for monitor in (one, other, one, other):
            monitor.capture(exc)

        assert (one.stats()["total"], other.stats()["total"]) == (1, 1)


def test_each_monitor_remembers():
    """Though the other one has learned since in which request it was."""
    exc = raised(ValueError("x"))
    with Monitor(background=False) as one, Monitor(background=False) as other:
        one.capture(exc)
        other.capture(exc)
        with context.bind(ids=FIRST):
            one.capture(exc)
        other.capture(exc)

        assert (one.stats()["total"], other.stats()["total"]) == (1, 1)


def test_child_counts_what_its_parent_has_counted():
    """A forked worker is another one: an object that is raised for ever is a failure of each."""
    exc = raised(ValueError("x"))
    with Monitor(background=False) as monitor:
        monitor.capture(exc)
        monitor.flush()
        monitor.renew()  # what a child does, whose memory is its own
        for _ in range(2):
            monitor.capture(exc)

        assert monitor.stats()["total"] == 1


def test_many_monitors():
    """One exception that is raised for ever does not collect a mark of each monitor that there ever was."""
    exc = ValueError("x")
    for _ in range(100):
        monitor = Monitor(background=False)
        for _ in range(2):
            monitor.capture(exc)
        assert monitor.stats()["total"] == 1

    assert len(vars(exc)["_errcore_counted"]) <= 16


def test_group_is_its_members():
    """A group of failures that were all counted is none of its own, and one that was counted counts for its worst member."""
    one, other = raised(ValueError("a")), raised(NotFoundError("b"))
    with Monitor(background=False) as monitor:
        monitor.capture(one)
        monitor.capture(raised(ExceptionGroup("tasks", [one])))
        assert monitor.stats()["total"] == 1

        group = raised(ExceptionGroup("tasks", [one, other]))
        monitor.capture(group)
        monitor.capture(group)
        assert monitor.stats()["total"] == 2

        monitor.capture(other)
        assert monitor.stats()["by_code"] == {"INTERNAL_ERROR": 2, "NOT_FOUND": 1}

    fresh = raised(ValueError("c"))
    with Monitor(background=False) as monitor:
        monitor.capture(raised(ExceptionGroup("tasks", [fresh, other])))
        monitor.capture(fresh)
        assert monitor.stats()["by_code"] == {"INTERNAL_ERROR": 1}


def test_group_of_a_request_is_not_that_of_another():
    """Its members were counted in another request: here it is new."""
    exc = raised(ValueError("a"))
    with Monitor(background=False) as monitor:
        for ids in (FIRST, SECOND):
            with context.bind(ids=ids):
                monitor.capture(exc)
        with context.bind(ids=RequestIds("req_3")):
            monitor.capture(raised(ExceptionGroup("tasks", [exc])))

        assert monitor.stats()["total"] == 3


def test_group_of_more_than_anybody_looks_at():
    """Where not all members were looked at, nobody says that all of them were counted."""
    counted = [raised(ValueError("a")) for _ in range(MOST_LEAVES)]
    with Monitor(background=False) as monitor:
        for exc in counted:
            monitor.capture(exc)
        monitor.capture(raised(ExceptionGroup("tasks", [*counted, *[KeyError(n) for n in range(500)]])))

        assert monitor.stats()["total"] == MOST_LEAVES + 1


@pytest.mark.parametrize("first", ["original", "answer"])
def test_answer_that_stands_for_another(first: str, runtime: Runtime):
    """An error that was made from another one for the answer is the same failure."""
    original, answer = raised(KeyError("k")), NotFoundError("No.")
    if first == "original":
        runtime.monitor.capture(original)
    runtime.handle(answer, RequestFacts(ids=FIRST), stands_for=(original,))
    runtime.monitor.capture(original)
    runtime.monitor.capture(answer)

    assert runtime.monitor.stats()["total"] == 1


def test_dictionary_that_takes_nothing(runtime: Runtime):
    """Whatever an exception has for a dictionary: it is handled once."""

    class Frozen(dict[str, object]):
        def __setitem__(self, *_: object) -> None:
            raise TypeError("frozen")

    exc = ValueError("x")
    exc.__dict__ = Frozen()
    handled = runtime.handle(exc)

    assert handled.reply.status == 500
    assert runtime.handle(exc).occurrence is handled.occurrence
    assert runtime.monitor.stats()["total"] == 1


@pytest.mark.parametrize("exc", [KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_what_is_nobodys_failure_is_not_counted_by_a_runtime(exc: BaseException, runtime: Runtime):
    """It is neither logged nor counted; who captures it means it."""
    runtime.report(exc)
    assert runtime.monitor.stats()["total"] == 0

    runtime.monitor.capture(exc)
    assert runtime.monitor.stats()["total"] == 1
