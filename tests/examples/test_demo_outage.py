# SPDX-License-Identifier: MIT
"""The demo's outage, lived through once for real; then every way to tell it that would not be what a policy promises."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo"
Lie = Callable[[Any, Any], Any]


@pytest.fixture(scope="module")
def demo() -> Iterator[SimpleNamespace]:
    """The demo's own modules; they are forgotten afterwards, for their names are anybody's."""
    before = set(sys.modules)
    sys.path.insert(0, str(DEMO))
    try:
        names = ("lab", "outage", "outage_checks", "server", "timeline")
        yield SimpleNamespace(**{name: import_module(name) for name in names})
    finally:
        sys.path.remove(str(DEMO))
        for name in set(sys.modules) - before:
            if str(DEMO) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]


@pytest.fixture(scope="module")
def lived(demo: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is left of an outage: a real lab, and a real service in front of it."""
    lab = demo.lab.Lab()
    with (
        (tmp_path_factory.mktemp("outage") / "server.log").open("wb") as output,
        demo.server.serving(output, demo.server.RESULTS, LAB_URL=lambda: lab.url) as (url, _),
    ):
        return asyncio.run(demo.outage.live_through(lab, url, lambda: None))


def findings(demo: SimpleNamespace, outage: Any) -> dict[str, list[str]]:
    """What does not hold, by the name of the check."""
    found = {name: list(check(outage)) for name, check in demo.outage_checks.CHECKS.items()}
    return {name: several for name, several in found.items() if several}


def test_policy_keeps_its_promises(demo: SimpleNamespace, lived: Any) -> None:
    """Whatever the lab does, every check holds."""
    assert findings(demo, lived) == {}


def test_timeline_leaves_nothing_out(demo: SimpleNamespace, lived: Any) -> None:
    """Every call and every request that arrived is in one row, and the rows follow the breaker."""
    rows = demo.timeline.rows(lived)

    assert [call.id for row in rows for call in row.calls] == list(
        dict.fromkeys(each["call"] for each in lived.happened)
    )
    assert sorted(request for row in rows for request in row.sent) == sorted(
        receipt.request for receipt in lived.receipts
    )
    assert sum(len(row.calls) for row in rows) == len(lived.calls)
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert [(row.mood, row.state) for row in rows[:3]] == [
        ("well", "closed"),
        ("flaky", "closed"),
        ("down", "closed"),
    ]
    assert (rows[-2].state, rows[-1].state) == ("half_open", "closed")


def test_every_caller_got_what_it_was_promised(demo: SimpleNamespace, lived: Any) -> None:
    """All outcomes are there, and an answer that is not fresh went only to those who take it."""
    got: dict[str, set[str]] = {"/results/a1": set(), "/overview/a1": set()}
    for call in lived.calls:
        got[call.answer.case.path].add(demo.timeline.outcome(lived, call))

    assert got["/results/a1"] | got["/overview/a1"] == set(demo.timeline.OUTCOMES)
    assert got["/results/a1"] >= {"at once", "failed", "refused"}
    assert "last known" not in got["/results/a1"]
    assert not got["/overview/a1"] & {"failed", "refused"}


# --- lies: each gives another outage, in which one promise is broken ---


def told(outage: Any, number: int, answer: Any) -> Any:
    """The same, but for what one call got."""
    calls = list(outage.calls)
    calls[number] = attrs.evolve(calls[number], answer=attrs.evolve(answer, asked=calls[number].answer.asked))
    return attrs.evolve(outage, calls=calls)


def number_of(outage: Any, meant: Callable[[Any], bool]) -> int:
    """The place of the first call of that sort."""
    return next(number for number, call in enumerate(outage.calls) if meant(call))


def a_refusal(outage: Any) -> Any:
    """What a caller got whom the breaker refused."""
    return outage.calls[number_of(outage, lambda call: call.code == "CIRCUIT_OPEN")].answer


def without(outage: Any, what: str) -> Any:
    """The same, but nobody noted that."""
    return attrs.evolve(outage, happened=[each for each in outage.happened if each["what"] != what])


def with_a_request(outage: Any, state: str, later: float = 0.0) -> Any:
    """The same, but one more request left in that state: beside the first of it if there is one."""
    happened = list(outage.happened)
    place = next(at for at, each in enumerate(happened) if each.get("after") == state) + 1
    if state == "half_open":
        place = next(at for at in range(place, len(happened)) if happened[at]["what"] == "Sent") + 1
    before = happened[place - 1]
    sent = {"what": "Sent", "request": "one-more", "call": before["call"], "at": before["at"] + later}
    return attrs.evolve(outage, happened=[*happened[:place], sent, *happened[place:]])


def flaky_error(_demo: Any, outage: Any) -> Any:
    return told(outage, number_of(outage, lambda call: call.mood == "flaky"), a_refusal(outage))


def flaky_without_failures(_demo: Any, outage: Any) -> Any:
    return attrs.evolve(outage, receipts=[attrs.evolve(each, answered=True) for each in outage.receipts])


def flaky_without_retries(_demo: Any, outage: Any) -> Any:
    first = {requests[0] for requests in outage.requests.values()}
    happened = [each for each in outage.happened if each.get("request", "") in {"", *first}]
    return attrs.evolve(outage, happened=happened)


def never_open(_demo: Any, outage: Any) -> Any:
    return without(outage, "Transition")


def open_too_early(_demo: Any, outage: Any) -> Any:
    calls = [attrs.evolve(call, mood="flaky" if call.mood == "down" else call.mood) for call in outage.calls]
    return attrs.evolve(outage, calls=calls)


def leak(_demo: Any, outage: Any) -> Any:
    return with_a_request(outage, "open")


def sent_past_the_policy(_demo: Any, outage: Any) -> Any:
    return attrs.evolve(outage, receipts=[*outage.receipts, outage.receipts[-1]])


def two_probes(_demo: Any, outage: Any) -> Any:
    return with_a_request(outage, "half_open")


def relapse(_demo: Any, outage: Any) -> Any:
    return told(outage, len(outage.calls) - 1, a_refusal(outage))


def never_closed(_demo: Any, outage: Any) -> Any:
    happened = [each for each in outage.happened if each.get("after") != "closed"]
    return attrs.evolve(outage, happened=happened)


def earned_nothing(_demo: Any, outage: Any) -> Any:
    return attrs.evolve(outage, parts={**outage.parts, "budget": {"ratio": 0.0}})


def no_retry_after(_demo: Any, outage: Any) -> Any:
    refusal = a_refusal(outage)
    bare = tuple(pair for pair in refusal.headers if pair[0].lower() != b"retry-after")
    return told(
        outage,
        number_of(outage, lambda call: call.answer is refusal),
        attrs.evolve(refusal, headers=bare),
    )


def nobody_refused(_demo: Any, outage: Any) -> Any:
    failed = outage.calls[number_of(outage, lambda call: call.code == "SERVICE_UNAVAILABLE")].answer
    for number, call in enumerate(outage.calls):
        if call.code == "CIRCUIT_OPEN":
            outage = told(outage, number, failed)
    return outage


def content_refused(demo: Any, outage: Any) -> Any:
    content = number_of(outage, lambda call: call.fresh is False)
    assert outage.calls[content].answer.case is demo.outage.CONTENT
    return told(outage, content, a_refusal(outage))


def no_fallback(_demo: Any, outage: Any) -> Any:
    return without(outage, "FellBack")


@pytest.mark.parametrize(
    ("lie", "check", "finding"),
    [
        (flaky_error, "retries hid", "although the lab was only flaky"),
        (flaky_without_failures, "retries hid", "the flaky lab has failed nobody"),
        (flaky_without_retries, "retries hid", "answered at once, although the lab has not answered"),
        (never_open, "the breaker opened", "the breaker went nowhere"),
        (open_too_early, "the breaker opened", "it did not open when the lab was down"),
        (leak, "while the breaker was open", "1 requests left while the breaker was open"),
        (sent_past_the_policy, "while the breaker was open", "1 times more than it was let through"),
        (two_probes, "probes went", "one-more was a probe beside another one"),
        (relapse, "after the recovery", "refused after the recovery"),
        (never_closed, "after the recovery", "in the end the lab was well, and the breaker half_open"),
        (earned_nothing, "retries stayed", "retries, where"),
        (no_retry_after, "every refused call", "Retry-After is missing"),
        (nobody_refused, "every refused call", "nobody was refused"),
        (content_refused, "who takes", "/overview/a1: refused"),
        (no_fallback, "who takes", "nobody got the last results"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_broken_promise_is_found(
    demo: SimpleNamespace, lived: Any, lie: Lie, check: str, finding: str
) -> None:
    """The check that the promise belongs to says what is wrong."""
    (name,) = (name for name in demo.outage_checks.CHECKS if name.startswith(check))
    found = findings(demo, lie(demo, lived))

    assert any(finding in each for each in found[name]), found


def test_a_probe_may_follow_one_that_hangs(demo: SimpleNamespace, lived: Any) -> None:
    """Whose lease is over has lost its turn, so another probe is no broken promise."""
    late = with_a_request(lived, "half_open", later=lived.parts["breaker"]["open_for"])

    assert not [name for name in findings(demo, late) if name.startswith("probes")]


def test_a_phase_ends_although_nothing_is_seen(
    demo: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A breaker that never opens keeps nobody waiting for ever; the checks say that it has not opened."""
    lab = demo.lab.Lab()
    monkeypatch.setattr(demo.outage, "PATIENCE", 0.5)
    monkeypatch.setattr(lab, "_serves", lambda _call: True)
    with (
        (tmp_path / "server.log").open("wb") as output,
        demo.server.serving(output, demo.server.RESULTS, LAB_URL=lambda: lab.url) as (url, _),
    ):
        outage = asyncio.run(demo.outage.live_through(lab, url, lambda: None))

    assert "the breaker went nowhere" in [
        each for several in findings(demo, outage).values() for each in several
    ]
