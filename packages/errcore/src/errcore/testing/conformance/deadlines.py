# SPDX-License-Identifier: MIT
"""The conversations about deadlines: requests that say how long they are waited for, and what is none of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.policies import DEADLINE_HEADER
from errcore.testing.conformance.checks import envelope, holds, same

if TYPE_CHECKING:
    from errcore.testing.answers import Answer
    from errcore.testing.conformance.checks import Check
    from errcore.testing.conformance.driver import Driver
    from errcore.testing.records import Records

__all__ = ["expired", "forgotten", "timed", "untimed"]


def _waited(driver: Driver, sent: list[str], request_id: str, path: str = "/timed") -> Answer:
    """The answer to a request that says how long it is waited for."""
    headers = [("X-Request-ID", request_id), *((DEADLINE_HEADER, value) for value in sent)]
    return driver.request("GET", path, headers)


def timed(sent: str) -> Check:
    """The handler has at most the time that its caller still waits, and some of it."""

    def check(driver: Driver, _records: Records) -> None:
        answer = _waited(driver, [sent], "cf-timed")
        same(answer.status, 200, "status")
        left = answer.document()["remaining"]
        holds(
            left is not None and 0 < left <= int(sent) / 1000,
            f"{left!r} seconds are some of {sent} milliseconds",
        )

    return check


def untimed(sent: list[str]) -> Check:
    """The handler has no deadline, whatever was sent."""

    def check(driver: Driver, _records: Records) -> None:
        answer = _waited(driver, sent, "cf-untimed")
        same((answer.status, answer.document()), (200, {"remaining": None}), "status and what is left")

    return check


def expired(path: str, sent: str = "0") -> Check:
    """A request without time is answered with 504 and recorded once, as its caller's; no handler has run."""

    def check(driver: Driver, records: Records) -> None:
        envelope(_waited(driver, [sent], "cf-expired", path), "cf-expired", 504, "DEADLINE_EXCEEDED")
        verdict = records.the_one("cf-expired").verdict
        same((verdict.fault, verdict.executed, verdict.expected), ("caller", "no", True), "what was recorded")

    return check


def forgotten(driver: Driver, records: Records) -> None:
    """The next request, and one after a failure, have no deadline of their predecessor's."""
    for path in ("/timed", "/domain", "/unknown"):
        _waited(driver, ["60000"], "cf-before", path)
        untimed([])(driver, records)
