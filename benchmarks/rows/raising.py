# SPDX-License-Identifier: MIT
"""Raise and catch a declared error with three fields.

The limit is the class that one writes without errcore: an `__init__` that stores the fields and the settings that an
errcore error can be given. Both are raised with two fields; the third, a secret, has its default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from benchmarks.case import Case, Column
from benchmarks.peers import available
from errcore import NotFoundError, internal, public, secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["raising"]


class HealthDataMissing(  # noqa: N818 - named like an error of an application
    NotFoundError, code="BENCH_HEALTH_DATA_MISSING", message="No health data for {period}."
):
    """What an application declares."""

    period: str = public()
    user_id: str = internal()
    token: str = secret(default="")


class HandWritten(Exception):  # noqa: N818
    """The same by hand."""

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, object] | None = None,
        internal: Mapping[str, object] | None = None,
        field_errors: Mapping[str, Sequence[str]] | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        period: str,
        user_id: str,
        token: str = "",
    ) -> None:
        self.message = message
        self.details = details
        self.internal = internal
        self.field_errors = field_errors
        self.retry_after = retry_after
        self.headers = headers
        self.period = period
        self.user_id = user_id
        self.token = token

    def __str__(self) -> str:
        return self.message if self.message is not None else f"No health data for {self.period}."


@attrs.define(auto_exc=True, kw_only=True)
class AttrsException(Exception):  # noqa: N818
    """attrs' own way to write an exception."""

    period: str
    user_id: str
    token: str = attrs.field(default="", repr=False)


def _declared() -> HealthDataMissing:
    try:
        raise HealthDataMissing(period="last_30_days", user_id="u-77")
    except HealthDataMissing as error:
        return error


def _by_hand() -> HandWritten:
    try:
        raise HandWritten(period="last_30_days", user_id="u-77")
    except HandWritten as error:
        return error


def _attrs() -> AttrsException:
    try:
        raise AttrsException(period="last_30_days", user_id="u-77")
    except AttrsException as error:
        return error


def _seen(error: Any) -> dict[str, object]:
    """What a caller can read of the error."""
    return {**error.__dict__, "str": str(error), "args": error.args}


def raising() -> Case:
    """The row."""
    peers = [Column("attrs auto_exc", _attrs, differs="the three fields, no settings")]
    if available("fastapi"):
        from fastapi import HTTPException

        def http_exception() -> HTTPException:
            try:
                raise HTTPException(404, "No health data for last_30_days.")
            except HTTPException as error:
                return error

        peers.append(Column("fastapi.HTTPException", http_exception, differs="a status and a text"))
    return Case(
        "raise and catch",
        limit=Column("hand-written class", _by_hand, outcome=lambda: _seen(_by_hand())),
        ours=Column("errcore", _declared, outcome=lambda: _seen(_declared())),
        gate=1.3,
        peers=tuple(peers),
    )
