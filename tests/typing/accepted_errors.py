# SPDX-License-Identifier: MIT
"""Declarations and uses of errors that mypy and pyright, both strict, must accept without a comment. Never run."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar, assert_type

import attrs

import errcore
from errcore import (
    AppError,
    Classification,
    DeadlineExceededError,
    DependencyError,
    InternalError,
    Issue,
    Kind,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    Retriable,
    ValidationError,
    WorkspaceIsolationError,
    internal,
    public,
    secret,
)
from errcore.errors import Cause, ErrorSpec, Occurrence, Severity, error_for_status, verdict_on_answer

T = TypeVar("T")


class HealthDataNotFound(NotFoundError, code="HEALTH_DATA_NOT_FOUND", message="No health data for {period}."):
    """No records exist for the requested period. Remedy: choose one of `available`."""

    period: str = public()
    available: list[str] = public(factory=list)
    counts: dict[str, int] = public(factory=dict)
    tags: set[str] = internal(factory=set)
    parts: tuple[str, ...] = secret(default=())
    user_id: str = internal()
    token: str = secret(default="")
    hint: str | None = public(default=None)
    attempt: int = 0
    LIMIT: ClassVar[int] = 3


class Everything(
    DependencyError,
    code="EVERYTHING_SERVICE_FAILED",
    kind=Kind.UNAVAILABLE,
    message="Everything failed.",
    status=599,
    fault="dependency",
    category="billing",
    severity=Severity.CRITICAL,
    retriable=True,
    recoverable=False,
):
    """Every class keyword there is."""


class ByStrings(InternalError, kind="data_loss", retriable="if_idempotent"):
    """Kinds and answers by their values."""


class Hidden(PermissionDeniedError, answers_as=NotFoundError):
    """Another class's answer."""


class Narrower(HealthDataNotFound):
    """Fields come together along the bases."""

    shard: int = internal(default=0)


class Wrapping(InternalError, Generic[T], code="WRAPPING_VALUE_FAILED"):
    """A generic error."""

    value: T = internal()


class OfText(Wrapping[str]):
    """One of its specialisations."""


class WithKey(NotFoundError, KeyError):
    """Caught as a builtin, too."""


class WithValidator(ValidationError):
    """attrs' own fields."""

    count: int = attrs.field(default=1, validator=attrs.validators.lt(10))


class OwnInit(NotFoundError):
    """A constructor of its own."""

    def __init__(self, month: int) -> None:
        super().__init__(f"No data for {month}.", details={"month": month})


def errors_are_built() -> None:
    """Required and defaulted fields by keyword, the message by position, settings of the base."""
    error = HealthDataNotFound(period="june", user_id="u1")
    HealthDataNotFound(
        "Nothing.", period="june", user_id="u1", available=["may"], token="t", attempt=2, hint="h"
    )
    assert_type(error.period, str)
    assert_type(error.available, list[str])
    assert_type(error.counts, dict[str, int])
    assert_type(error.hint, str | None)
    assert_type(error.attempt, int)
    assert_type(error.message, str | None)
    assert_type(error.code, str)
    assert_type(error.spec, ErrorSpec)
    assert_type(error.cause_chain, tuple[Cause, ...])
    assert_type(HealthDataNotFound.code, str)
    assert_type(Narrower(period="june", user_id="u1", shard=2).shard, int)
    Everything()
    ByStrings("x")
    Hidden("x")
    WithKey("x")
    WithValidator(count=3)
    OwnInit(6)


def stock_errors_take_their_settings() -> None:
    """Each with what its class declares."""
    NotFoundError("m", details={"a": object()}, internal={"b": 1}, headers={"c": "d"})
    RateLimitError(limit=10, remaining=0, reset_after=1.5, retry_after=2)
    ValidationError(
        "m", field="email", issues=(Issue("/a", "REQUIRED", "Needed."),), field_errors={"a": ["b"]}
    )
    WorkspaceIsolationError(attempted_workspace="w1", authorized_workspaces=("w2",))
    timeout: TimeoutError = DeadlineExceededError("slow")
    base: AppError = Hidden()
    del timeout, base


def generics_keep_their_parameter() -> None:
    """Also through a subclass."""
    assert_type(Wrapping(value=3).value, int)
    assert_type(Wrapping[bytes](value=b"x").value, bytes)
    assert_type(OfText(value="x").value, str)


def doing_keeps_signatures() -> None:
    """Of functions, coroutine functions and generator functions; with and without facts."""

    @errcore.doing("adding", kind="numbers")
    def add(left: int, /, *, right: int = 1) -> int:
        return left + right

    @errcore.doing("fetching")
    async def fetch(name: str, *, retries: int = 3) -> bytes:
        return name.encode() * retries

    @errcore.doing("producing")
    def produce(count: int) -> Iterator[int]:
        yield from range(count)

    class Service:
        @errcore.doing("serving")
        def serve(self, name: str) -> list[str]:
            return [name]

    async def awaits() -> None:
        assert_type(await fetch("x", retries=1), bytes)

    assert_type(add(1, right=2), int)
    assert_type(produce(3), Iterator[int])
    assert_type(Service().serve("x"), list[str])
    del awaits
    with errcore.doing("loading", path="x", size=3) as nothing:
        assert_type(nothing, None)


def verdicts_and_occurrences(error: Exception) -> None:
    """What is known of any exception."""
    verdict = errcore.classify(error)
    assert_type(verdict, Classification)
    assert_type(verdict.retriable, Retriable)
    assert_type(verdict_on_answer(503, "7"), Classification)
    assert_type(error_for_status(404, "m", details={"a": 1}, headers={"Allow": "GET"}), AppError)
    occurrence = Occurrence.of(error, method="GET", statuses={"NOT_FOUND": 410}, expose_messages=True)
    assert_type(occurrence.issues, tuple[Issue, ...])
    assert_type(occurrence.headers, tuple[tuple[str, str], ...])
    assert_type(errcore.catalog["NOT_FOUND"].status, int)
    errcore.map_exception(
        "httpx:TimeoutException", kind="deadline_exceeded", code="UPSTREAM_TIMEOUT", status=504
    )
    errcore.map_exception(KeyError, kind=Kind.NOT_FOUND, retriable=Retriable.NO)


def errors_travel(error: HealthDataNotFound) -> None:
    """Copies have the same type."""
    assert_type(copy.copy(error), HealthDataNotFound)
    assert_type(copy.deepcopy(error), HealthDataNotFound)
    pickle.dumps(error)
