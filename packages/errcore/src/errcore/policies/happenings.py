# SPDX-License-Identifier: MIT
"""What policies say on `errcore.events`: one frozen value per thing that happened, with reasons from closed sets.

Names and keys come from declarations, codes from the catalogue: nothing in an event grows with what requests contain,
except the key of a policy that was told to have one instance per key.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = [
    "Attempted",
    "Degraded",
    "DegradedPart",
    "FellBack",
    "GaveUp",
    "GaveUpReason",
    "Rejected",
    "RejectedBy",
    "Retried",
    "Transition",
]


class GaveUpReason(StrEnum):
    """Why a failed call is not tried again."""

    NOT_RETRIABLE = "not_retriable"
    ATTEMPTS = "attempts"
    DEADLINE = "deadline"
    RETRY_AFTER = "retry_after"
    BUDGET = "budget"
    NESTED = "nested"
    REJECTED = "rejected"


class RejectedBy(StrEnum):
    """Which part refused a call before it started."""

    BREAKER = "breaker"
    LIMIT = "limit"
    BULKHEAD = "bulkhead"
    DEADLINE = "deadline"


@attrs.frozen
class Attempted:
    """An attempt ended in an error.

    Attributes:
        policy: Its name.
        key: Its key, if it has one instance per key.
        number: Which attempt of the call, from 1.
        code: The code of the verdict.
        outcome: What the policy made of it: failed, ok or dropped.
    """

    policy: str
    key: str | None
    number: int
    code: str
    outcome: str


@attrs.frozen
class Retried:
    """A call is tried again.

    Attributes:
        policy: Its name.
        key: Its key, if it has one instance per key.
        number: Which attempt failed, from 1.
        code: The code of the verdict on it.
        wait: Seconds until the next one.
    """

    policy: str
    key: str | None
    number: int
    code: str
    wait: float


@attrs.frozen
class GaveUp:
    """A call that may be tried again in general was not, or not any more.

    Attributes:
        policy: Its name.
        key: Its key, if it has one instance per key.
        attempts: How many were made.
        code: The code of the verdict on the last failure.
        reason: Why it ended.
    """

    policy: str
    key: str | None
    attempts: int
    code: str
    reason: GaveUpReason


@attrs.frozen
class Rejected:
    """A call was refused before it started.

    Attributes:
        policy: Its name.
        key: Its key, if it has one instance per key.
        by: Which part refused it.
        retry_after: Seconds after which it may be let through, if known.
    """

    policy: str
    key: str | None
    by: RejectedBy
    retry_after: float | None


@attrs.frozen
class Transition:
    """A breaker changed its state; whoever asks it sees the new one already.

    Attributes:
        policy: Its name.
        key: Its key, if it has one instance per key.
        before: The state that it left.
        after: The state that it is in.
    """

    policy: str
    key: str | None
    before: str
    after: str


@attrs.frozen
class FellBack:
    """A call that failed was answered by a fallback.

    Attributes:
        policy: Its name.
        key: Its key, if it has one instance per key.
        code: The code of the verdict on what failed.
        place: Which fallback of the chain, from 0.
    """

    policy: str
    key: str | None
    code: str
    place: int


class DegradedPart(StrEnum):
    """What goes on with less than it should have."""

    FALLBACK = "fallback"
    SYNC_BACK = "sync_back"
    WORKER = "worker"


@attrs.frozen
class Degraded:
    """A fallback or what saves its answer failed, or a thread runs on although nobody waits; or all of these have ended.

    Attributes:
        policy: Its name.
        key: Its key, if it has one instance per key. Threads belong to the policy.
        part: Which part.
        recovered: Whether it is whole again; of threads only.
    """

    policy: str
    key: str | None
    part: DegradedPart
    recovered: bool = False
