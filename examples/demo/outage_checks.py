# SPDX-License-Identifier: MIT
"""What a policy promises about a dependency that fails, checked against what its callers and the lab have seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from lab import DOWN, FLAKY, WELL
from outage import CONTENT, Outage
from timeline import FAILED, LAST_KNOWN, REFUSED, outcome, rows

_OPENED = ("closed", "open")
_PROBES_FAILED = [("open", "half_open"), ("half_open", "open")]
_CLOSED = [("open", "half_open"), ("half_open", "closed")]

_OWN_REFILL = 0.05  # retries a second, of the purse that is full at birth
_COIN = 1  # a purse that holds less than a whole retry is staked, and may win


def _retries_hide(outage: Outage) -> Iterator[str]:
    failed = {receipt.call for receipt in outage.receipts if receipt.mood == FLAKY and not receipt.answered}
    if not failed:
        yield "the flaky lab has failed nobody"
    for call in outage.calls:
        if call.mood == FLAKY and not call.fresh:
            yield f"{call.answer.label}: {outcome(outage, call)}, although the lab was only flaky"
        elif call.id in failed and len(outage.requests[call.id]) < 2:
            yield f"{call.answer.label}: answered at once, although the lab has not answered"


def _opens_and_closes(outage: Outage) -> Iterator[str]:
    moods = {call.id: call.mood for call in outage.calls}
    changes = [
        (each["before"], each["after"], moods[each["call"]])
        for each in outage.happened
        if each["what"] == "Transition"
    ]
    states = [change[:2] for change in changes]
    story = [_OPENED, *_PROBES_FAILED * ((len(states) - 3) // 2), *_CLOSED]
    if states != story or len(states) < 5:
        yield f"the breaker went {', '.join('-'.join(each) for each in states) or 'nowhere'}"
    if [mood for _, _, mood in (*changes[:1], *changes[-1:])] != [DOWN, WELL]:
        yield "it did not open when the lab was down, and close when it was well again"


def _open_is_closed_to_all(outage: Outage) -> Iterator[str]:
    for row in rows(outage):
        if row.state == "open" and row.sent:
            yield f"{len(row.sent)} requests left while the breaker was open"
    sent = [request for requests in outage.requests.values() for request in requests]
    for request, count in (Counter(receipt.request for receipt in outage.receipts) - Counter(sent)).items():
        yield f"the lab got {request} {count} times more than it was let through"


def _probes_take_turns(outage: Outage) -> Iterator[str]:
    """One at a time; whose lease is over may be followed by another one, as the breaker says."""
    lease = outage.parts["breaker"]["open_for"]
    state, probing = "closed", dict[str, float]()
    for each in outage.happened:
        if each["what"] == "Transition":
            state, probing = each["after"], {}
        elif each["what"] == "Ended":
            probing.pop(each["request"], None)
        elif each["what"] == "Sent" and state == "half_open":
            if any(each["at"] < began + lease for began in probing.values()):
                yield f"{each['request']} was a probe beside another one"
            probing[each["request"]] = each["at"]


def _recovers(outage: Outage) -> Iterator[str]:
    last = rows(outage)[-1]
    if (last.mood, last.state) != (WELL, "closed") or not last.calls:
        yield f"in the end the lab was {last.mood}, and the breaker {last.state}"
    for call in last.calls:
        if not call.fresh:
            yield f"{call.answer.label}: {outcome(outage, call)} after the recovery"


def _within_budget(outage: Outage) -> Iterator[str]:
    """A tenth of a retry for each call that worked at once, and what a process is born with."""
    at_once = sum(1 for call in outage.calls if call.fresh and len(outage.requests[call.id]) == 1)
    seconds = outage.happened[-1]["at"] - outage.happened[0]["at"]
    born_with = outage.parts["retry"]["attempts"] - 1
    most = outage.parts["budget"]["ratio"] * at_once + born_with + _OWN_REFILL * seconds + _COIN
    retries = sum(len(requests) - 1 for requests in outage.requests.values())
    if retries > most:
        yield f"{retries} retries, where {most:.1f} were earned"


def _says_when_to_come_back(outage: Outage) -> Iterator[str]:
    refused = [call.answer for call in outage.calls if outcome(outage, call) == REFUSED]
    if not refused:
        yield "nobody was refused"
    for answer in refused:
        told = answer.header("retry-after")
        if not (told and told[0].isdigit() and int(told[0])) or told != [
            str((answer.problem or {}).get("retry_after"))
        ]:
            yield f"{answer.label}: Retry-After {', '.join(told) or 'is missing'}"


def _falls_back(outage: Outage) -> Iterator[str]:
    fell_back = {each["call"] for each in outage.happened if each["what"] == "FellBack"}
    for call in outage.calls:
        got = outcome(outage, call)
        if call.answer.case is CONTENT and got in {FAILED, REFUSED}:
            yield f"{call.answer.label}: {got}"
        elif (got == LAST_KNOWN) != (call.id in fell_back):
            yield f"{call.answer.label}: {got}, and the policy says something else"
    if not fell_back:
        yield "nobody got the last results"


CHECKS: dict[str, Callable[[Outage], Iterator[str]]] = {
    "retries hid every failure of the flaky lab": _retries_hide,
    "the breaker opened when the lab was down, probed in vain, and closed when it was back": _opens_and_closes,
    "while the breaker was open no request left, and the lab got none that was not let through": _open_is_closed_to_all,
    "probes went one at a time": _probes_take_turns,
    "after the recovery every call worked": _recovers,
    "retries stayed within the budget": _within_budget,
    "every refused call was told when to come back": _says_when_to_come_back,
    "who takes the last known results had an answer at all times": _falls_back,
}
