# SPDX-License-Identifier: MIT
"""The timeline of an outage: a row for each time in which neither the lab nor the breaker changed.

Its order is that in which the service noted what happened, in one process and one thread, so no clocks are compared.
"""

from __future__ import annotations

from collections import Counter

import attrs
from outage import Call, Outage

CIRCUIT_OPEN = "CIRCUIT_OPEN"

AT_ONCE, RETRIED, LAST_KNOWN, FAILED, REFUSED = "at once", "retried", "last known", "failed", "refused"
OUTCOMES = (AT_ONCE, RETRIED, LAST_KNOWN, FAILED, REFUSED)
"""What a caller may get; refused is that code, failed any other error."""


@attrs.define
class Row:
    """A time in which nothing changed.

    Attributes:
        at: Seconds from the first call to its beginning.
        mood: What the lab was like.
        state: What the breaker was like.
        calls: The calls that began in it.
        sent: The requests that the policy let through, by id.
        said: What the policy said, by the type of event, and its reason where it has one.
    """

    at: float
    mood: str
    state: str
    calls: list[Call] = attrs.field(factory=list)
    sent: list[str] = attrs.field(factory=list)
    said: Counter[str] = attrs.field(factory=Counter)


def outcome(outage: Outage, call: Call) -> str:
    """What a caller got in the end."""
    if call.fresh is None:
        return REFUSED if call.code == CIRCUIT_OPEN else FAILED
    if not call.fresh:
        return LAST_KNOWN
    return AT_ONCE if len(outage.requests[call.id]) == 1 else RETRIED


def rows(outage: Outage) -> list[Row]:
    """The timeline."""
    calls = {call.id: call for call in outage.calls}
    state, found, begun = "closed", list[Row](), set[str]()
    for each in outage.happened:
        call = calls[each["call"]]
        state = each["after"] if each["what"] == "Transition" else state
        if not found or (found[-1].mood, found[-1].state) != (call.mood, state):
            found.append(Row(each["at"] - outage.happened[0]["at"], call.mood, state))
        row = found[-1]
        if call.id not in begun:
            begun.add(call.id)
            row.calls.append(call)
        if each["what"] == "Sent":
            row.sent.append(each["request"])
        else:
            row.said[each["what"] + (f" ({each['reason']})" if "reason" in each else "")] += 1
    return found
