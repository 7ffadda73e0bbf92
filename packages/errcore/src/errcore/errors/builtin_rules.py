# SPDX-License-Identifier: MIT
"""Verdicts on Python's own exceptions."""

from __future__ import annotations

import errno

from errcore.errors.classification import Classification, verdict_for
from errcore.errors.kinds import Executed, Fault, Kind, Outcome, Retriable, Severity
from errcore.errors.rules import Rule

__all__ = ["BUILTIN_RULES", "EXHAUSTED", "UNEXPECTED"]

UNEXPECTED = verdict_for(Kind.INTERNAL, expected=False)
"""A bug, until somebody says otherwise."""

_PROGRAMMING = verdict_for(Kind.INTERNAL, expected=False, outcome=Outcome.DROPPED)
_CANCELLED = verdict_for(Kind.CANCELLED)
_CONNECTION = verdict_for(Kind.UNAVAILABLE, retriable=Retriable.IF_IDEMPOTENT)
_NEVER_SENT = verdict_for(Kind.UNAVAILABLE, executed=Executed.NO)


def _exhausted(status: int) -> Classification:
    return verdict_for(
        Kind.RESOURCE_EXHAUSTED,
        code="RESOURCE_EXHAUSTED",
        status=status,
        fault=Fault.ENVIRONMENT,
        severity=Severity.CRITICAL,
        retriable=Retriable.NO,
        executed=Executed.UNKNOWN,
    )


EXHAUSTED = _exhausted(503)
"""Memory or handles of this host are used up."""

_DISK_FULL = _exhausted(507)
_BY_ERRNO = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EMFILE: EXHAUSTED,
    errno.ENFILE: EXHAUSTED,
    errno.ENOMEM: EXHAUSTED,
}


def _by_errno(exc: OSError) -> Classification | None:
    return _BY_ERRNO.get(exc.errno)  # type: ignore[arg-type]


BUILTIN_RULES = (
    Rule(TimeoutError, verdict_for(Kind.DEADLINE_EXCEEDED)),
    Rule(ConnectionRefusedError, _NEVER_SENT),
    Rule("socket:gaierror", _NEVER_SENT),
    Rule(ConnectionError, _CONNECTION),
    # A file of ours is never the client's 403 or 404.
    Rule(OSError, UNEXPECTED, _by_errno),
    Rule(MemoryError, EXHAUSTED),
    *(
        Rule(programming, _PROGRAMMING)
        for programming in (
            *(TypeError, NameError, AttributeError, AssertionError, NotImplementedError, ImportError),
            RecursionError,
        )
    ),
    Rule("asyncio.exceptions:CancelledError", _CANCELLED),
    Rule("concurrent.futures._base:CancelledError", _CANCELLED),
    *(Rule(ending, _CANCELLED) for ending in (KeyboardInterrupt, SystemExit, GeneratorExit)),
    Rule(BaseException, UNEXPECTED),
)
