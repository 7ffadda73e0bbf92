# SPDX-License-Identifier: MIT
"""The verdict on exception groups: one leaf answers for itself, of several the most severe."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import classify
from errcore.errors import (
    AlreadyExistsError,
    Executed,
    InternalError,
    Kind,
    NotFoundError,
    Occurrence,
    Outcome,
    RateLimitError,
    RemoteError,
    Retriable,
    UnavailableError,
    ValidationError,
    WorkspaceIsolationError,
)
from errcore.errors.classification import leaves_of, worst_leaf


def group(*members: BaseException) -> BaseExceptionGroup[BaseException]:
    """A group of these."""
    return BaseExceptionGroup("g", members)


@pytest.mark.parametrize(
    "leaf",
    [NotFoundError(), ValueError(), TimeoutError(), asyncio.CancelledError(), RateLimitError(retry_after=3)],
    ids=lambda leaf: type(leaf).__name__,
)
def test_one_leaf_answers_for_itself(leaf: BaseException):
    """However deep it lies, and however often it is listed."""
    assert classify(group(leaf)) == classify(leaf)
    assert classify(group(group(group(leaf)))) == classify(leaf)
    assert classify(group(leaf, leaf, group(leaf))) == classify(leaf)
    assert worst_leaf(group(group(leaf))) is leaf


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ((NotFoundError(), ValueError()), 500),
        ((ValueError(), NotFoundError()), 500),
        ((NotFoundError(), ValidationError()), 422),
        ((NotFoundError(), UnavailableError()), 503),
        ((UnavailableError(), InternalError()), 500),
        ((InternalError(), ValueError()), 500),
        ((MemoryError(), InternalError()), 503),
        ((WorkspaceIsolationError(), NotFoundError()), 404),
    ],
    ids=lambda value: (
        "+".join(type(member).__name__ for member in value) if isinstance(value, tuple) else str(value)
    ),
)
def test_the_most_severe_answers(members: tuple[BaseException, ...], status: int):
    """An unexpected one first, then by severity, then by status."""
    assert classify(group(*members)).status == status
    assert classify(group(group(members[0]), group(group(members[1])))).status == status


@pytest.mark.parametrize(
    ("members", "retriable"),
    [
        ((UnavailableError(), UnavailableError()), Retriable.YES),
        ((UnavailableError(), TimeoutError()), Retriable.IF_IDEMPOTENT),
        ((UnavailableError(), NotFoundError()), Retriable.NO),
        ((UnavailableError(), asyncio.CancelledError()), Retriable.NO),
    ],
    ids=["all", "all, some if idempotent", "not all", "cancelled"],
)
def test_a_group_is_retriable_only_if_all_are(members: tuple[BaseException, ...], retriable: Retriable):
    """One that will fail again makes the retry of all pointless."""
    assert classify(group(*members)).retriable is retriable


def test_a_group_failed_if_any_did():
    """A failure is not hidden by what says nothing."""
    assert classify(group(NotFoundError(), UnavailableError())).outcome is Outcome.FAILED
    assert classify(group(NotFoundError(), ValidationError())).outcome is Outcome.DROPPED
    assert classify(group(TypeError(), TimeoutError())).outcome is Outcome.FAILED


def test_a_group_was_not_executed_only_if_none_was():
    """Refused connections beside a broken one: the work may have happened."""
    assert classify(group(ConnectionRefusedError(), ConnectionRefusedError())).executed is Executed.NO
    assert classify(group(ConnectionRefusedError(), ConnectionResetError())).executed is Executed.UNKNOWN


def test_a_group_waits_for_the_longest():
    """Sooner, one of them would fail again."""
    members = [RateLimitError(retry_after=seconds) for seconds in (1, 30, 2)]

    assert classify(group(*members)).retry_after == 30
    assert classify(group(members[0], RateLimitError())).retry_after == 1


@pytest.mark.parametrize(
    "error", [NotFoundError(), ValueError(), UnavailableError()], ids=lambda e: type(e).__name__
)
@pytest.mark.parametrize("ending", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
def test_what_was_cancelled_with_others_does_not_answer(ending: type[BaseException], error: Exception):
    """It says nothing: the real failure answers, wherever it stands."""
    for members in ((ending(), error), (error, ending())):
        verdict = classify(group(*members))
        assert verdict.kind is not Kind.CANCELLED
        assert verdict.status == classify(error).status
        assert worst_leaf(group(*members)) is error


def test_only_cancellations_are_a_cancellation():
    """Nothing else was there."""
    verdict = classify(group(asyncio.CancelledError(), KeyboardInterrupt()))

    assert (verdict.kind, verdict.outcome) == (Kind.CANCELLED, Outcome.DROPPED)


async def test_a_task_group_with_one_failure_is_that_failure():
    """asyncio's own groups: the cancelled siblings are not among the members."""

    async def fails() -> None:
        raise NotFoundError("x")

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails())
            tasks.create_task(asyncio.sleep(3600))

    assert classify(caught.value).status == 404


def test_a_group_class_of_the_user_is_a_group():
    """Also one that lies about its members."""

    class Mine(ExceptionGroup):
        @property
        def exceptions(self) -> tuple[Exception, ...]:
            raise ZeroDivisionError

    assert classify(Mine("g", [NotFoundError()])).status == 404


def test_a_deep_group_is_walked_without_recursion():
    """Ten thousand levels are no problem."""
    exc: Exception = NotFoundError()
    for _ in range(10_000):
        exc = ExceptionGroup("g", [exc])

    assert classify(exc).status == 404
    assert Occurrence.of(exc).status == 404


def test_a_group_that_is_in_two_groups_is_walked_once():
    """Sixty levels with two references each would otherwise be more than the age of the universe."""
    exc: Exception = NotFoundError()
    for _ in range(60):
        exc = ExceptionGroup("g", [exc, exc])

    assert classify(exc).status == 404
    assert len(leaves_of(exc)) == 1


def test_a_wide_group_is_bounded_and_not_retriable():
    """At what is beyond the bound nobody looked, so nothing is promised, and a bug may be among it."""
    few, many = ([UnavailableError() for _ in range(count)] for count in (4095, 10_000))

    assert classify(group(*few)).retriable is Retriable.YES
    assert classify(group(*many)).retriable is Retriable.NO
    assert (classify(group(*many)).status, classify(group(*many)).expected) == (500, False)
    assert len(leaves_of(group(*many))) == 4096


def test_a_bug_behind_many_foreseen_errors_is_a_bug():
    """However many members say that nothing was found, the one that nobody foresaw answers."""
    verdict = classify(group(*(NotFoundError() for _ in range(256)), ValueError("a bug")))

    assert (verdict.status, verdict.expected) == (500, False)


def test_who_answers_does_not_tell_what_an_error_hides():
    """One that answers as another ranks as that other, whatever its own severity; the log line stays as loud."""
    for other in (AlreadyExistsError(), InternalError(), TimeoutError(), asyncio.CancelledError()):
        hidden, plain = (group(error, other) for error in (WorkspaceIsolationError(), NotFoundError()))

        assert classify(hidden).status == classify(plain).status
        assert (worst_leaf(hidden) is other) == (worst_leaf(plain) is other)

    alone = classify(WorkspaceIsolationError())
    assert classify(group(WorkspaceIsolationError(), AlreadyExistsError())).severity is alone.severity


members = st.recursive(
    st.sampled_from(
        [NotFoundError, ValueError, TimeoutError, KeyboardInterrupt, RemoteError, MemoryError]
    ).map(lambda cls: cls()),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda listed: group(*listed)),
    max_leaves=12,
)


@given(members)
def test_laws_of_groups(exc: BaseException):
    """The verdict is one member's in kind, code and status; retriable only if all are; failed if any is."""
    verdict = classify(exc)
    verdicts = (
        [classify(leaf) for leaf in leaves_of(exc)]
        if isinstance(exc, BaseExceptionGroup)
        else [classify(exc)]
    )

    assert (verdict.kind, verdict.code, verdict.status) in {(v.kind, v.code, v.status) for v in verdicts}
    assert bool(verdict.retriable) == all(v.retriable for v in verdicts)
    assert (verdict.outcome is Outcome.FAILED) == any(v.outcome is Outcome.FAILED for v in verdicts)
    assert classify(worst_leaf(exc)).status == verdict.status
