# SPDX-License-Identifier: MIT
"""What type checkers must accept and what they must refuse. Checked by `nox -s typing`, never run.

A line that must be refused carries an ignore comment; both checkers complain about an ignore that nothing needs.
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import assert_type

import errcore
from errcore import (
    AppError,
    Classification,
    DeadlineExceededError,
    Fault,
    Handled,
    Issue,
    Kind,
    NotFoundError,
    Occurrence,
    Outcome,
    Reply,
    RequestFacts,
    Retriable,
    Runtime,
    Severity,
    ValidationError,
    classify,
    internal,
    public,
    secret,
)


class HealthDataNotFound(NotFoundError, code="HEALTH_DATA_NOT_FOUND", message="No health data for {period}."):
    """Markers give the constructor its keywords."""

    period: str = public()
    available: list[str] = public(factory=list)
    user_id: str = internal()
    token: str = secret(default="")


class Narrower(HealthDataNotFound):
    """A subclass adds its fields to those of its parent, without a code of its own."""

    shard: int = internal(default=0)


def a_declared_error_is_built_from_its_fields() -> None:
    """Required and defaulted fields, the settings of the base, the message by position."""
    error = HealthDataNotFound(period="june", user_id="u1")
    assert_type(error.period, str)
    assert_type(error.available, list[str])
    HealthDataNotFound(period="june", user_id="u1", available=["may"], token="t", details={"a": 1})
    assert_type(Narrower(period="june", user_id="u1", shard=2).shard, int)


def a_declared_error_refuses_other_arguments() -> None:
    """A missing field, a wrong type, an unknown keyword."""
    HealthDataNotFound(period="june")  # type: ignore[call-arg]
    HealthDataNotFound(period=6, user_id="u1")  # type: ignore[arg-type]
    HealthDataNotFound(period="june", user_id="u1", colour="red")  # type: ignore[call-arg]
    Narrower(period="june", user_id="u1", shard="2")  # type: ignore[arg-type]


def a_stock_error_is_raised_ad_hoc() -> None:
    """Message by position, the rest by keyword."""
    error = NotFoundError(
        "No such agent.", details={"agent_id": "a1"}, internal={"dsn": "x"}, retry_after=2.5
    )
    assert_type(classify(error), Classification)
    NotFoundError()
    NotFoundError(42)  # type: ignore[arg-type]
    NotFoundError("No such agent.", {"agent_id": "a1"})  # type: ignore[call-arg]


def errors_are_what_their_names_say() -> None:
    """The tree is a tree for checkers too."""
    base: AppError = ValidationError("Email is required")
    timeout: TimeoutError = DeadlineExceededError("Too slow.")
    wrong: NotFoundError = ValidationError("no")  # type: ignore[assignment]
    del base, timeout, wrong


def a_verdict_has_closed_vocabularies(verdict: Classification) -> None:
    """Enums, not strings, and None where nothing is known."""
    assert_type(verdict.kind, Kind)
    assert_type(verdict.fault, Fault)
    assert_type(verdict.retriable, Retriable)
    assert_type(verdict.severity, Severity)
    assert_type(verdict.outcome, Outcome)
    assert_type(verdict.status, int)
    assert_type(verdict.retry_after, float | None)
    verdict.status = 500  # type: ignore[misc]


def the_lazy_facade_is_typed() -> None:
    """Names and rooms reached through the package have their real types, and unknown ones are refused."""
    assert_type(errcore.NotFoundError("x"), NotFoundError)
    assert_type(errcore.errors.classify(ValueError()), Classification)
    _ = errcore.nothing_of_this_name  # type: ignore[attr-defined]


def a_runtime_answers(runtime: Runtime, facts: RequestFacts, exc: Exception) -> None:
    """One call for adapters, its pure half, and reporting alone."""
    handled = runtime.handle(exc, facts)
    assert_type(handled, Handled)
    assert_type(handled.reply, Reply)
    assert_type(handled.reraise, bool)
    assert_type(handled.occurrence, Occurrence)
    assert_type(handled.reply.status, int)
    assert_type(handled.reply.body, bytes)
    assert_type(runtime.reply(exc, facts), Reply)
    assert_type(runtime.report(exc, job="nightly"), Occurrence)
    assert_type(handled.occurrence.issues, tuple[Issue, ...])


def context_is_added_by_with_and_by_decoration() -> None:
    """`doing` keeps the signature of what it decorates, sync and async."""
    with errcore.doing("loading the configuration", path="x"):
        pass

    @errcore.doing("adding")
    def add(left: int, right: int) -> int:
        return left + right

    @errcore.doing("fetching")
    async def fetch(name: str) -> bytes:
        return name.encode()

    assert_type(add(1, 2), int)
    add("1", 2)  # type: ignore[arg-type]
    del fetch
