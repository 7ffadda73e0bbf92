# SPDX-License-Identifier: MIT
"""Probes: who lives, who is ready, what it costs to ask a thousand times, and what the public reads."""

from __future__ import annotations

import json
import threading

import pytest

from errcore import Runtime, clock, events, policies, policy
from errcore.monitor.health import Health, HealthChanged, Status
from errcore.runtime import answer_health
from errcore.testing import FakeClock

HOST = "db-1.internal"


def status(health, name):
    """That of a part of the detail."""
    return {each.name: each.status for each in health.detail().components}[name]


def test_discipline_while_everything_hangs(fake) -> None:
    """All is answered while the checks are held: live well, ready as marked, no host in any public byte.

    And a thousand probes make one run.
    """
    held, begun, runs = threading.Event(), threading.Semaphore(0), []

    def hang(name):
        def ask():
            runs.append(name)
            begun.release()
            held.wait()
            raise ConnectionRefusedError(f"{HOST}:5432 refused")

        return ask

    runtime = Runtime(service="agents")
    for name in ("database", "cache"):
        runtime.health.check(name, hang(name), gates_readiness=name == "database")
    starting = answer_health(runtime, "ready")
    assert begun.acquire(timeout=10)
    assert begun.acquire(timeout=10)
    fake.advance(1)
    told = [answer_health(runtime, what) for _ in range(500) for what in ("live", "ready")]

    assert sorted(runs) == ["cache", "database"]
    assert not held.is_set()
    assert {(each.status, each.body) for each in (starting, *told)} == {
        (200, b'{"status":"pass"}'),
        (503, b'{"status":"fail"}'),
    }
    assert not any(HOST in repr(each) for each in (starting, *told))
    assert answer_health(runtime, "detail", authorized=True).status == 503
    held.set()
    runtime.close()


def test_ready_is_by_marking(fake) -> None:
    """What does not gate readiness has no say in it; the detail tells."""
    health = Health(background=False)
    health.check("cache", lambda: False)

    assert health.ready().status is Status.PASS
    assert (health.detail().status, health.detail().http_status) == (Status.WARN, 200)
    health.check("database", lambda: Status.WARN, gates_readiness=True)
    assert (health.ready().status, health.ready().http_status) == (Status.WARN, 200)
    health.check("queue", lambda: False, gates_readiness=True)
    assert (health.ready().status, health.detail().http_status) == (Status.FAIL, 503)


@pytest.mark.parametrize("clock_of", [FakeClock, clock.SystemClock])
def test_a_thousand_probes_from_many_threads(clock_of) -> None:
    """One run of the check in each TTL."""
    now, begun, probing = clock_of(), threading.Barrier(9), []
    health = Health()
    runs = []
    health.check("database", lambda: runs.append(1), ttl=3600, gates_readiness=True)

    def probe():
        begun.wait(10)
        with clock.using(now):
            for _ in range(125):
                health.ready()
                health.detail()

    for _ in range(8):
        probing.append(threading.Thread(target=probe))
        probing[-1].start()
    begun.wait(10)
    for each in probing:
        each.join(10)
    with clock.using(now):
        health.refresh()
        assert (len(runs), health.ready().status) == (1, Status.PASS)
        if clock_of is FakeClock:
            now.advance(3600)
            health.refresh()
            assert len(runs) == 2


def test_an_open_breaker_is_a_warning(fake, monkeypatch) -> None:
    """And degrades what needs it; the service goes on taking traffic."""

    def ours() -> dict[str, str]:
        # Other tests have left hundreds of policies behind, more than are listed.
        return {name: state for name, state in policies.states().items() if name.startswith("t-health")}

    monkeypatch.setattr("errcore.runtime.parts.states", ours)
    with Runtime.for_tests() as runtime:
        stripe = policy("t-health-stripe", breaker=0.5)
        runtime.health.feature("checkout", needs=["t-health-stripe"])
        try:
            stripe.isolate()
            ready = runtime.health.ready()
            detail = runtime.health.detail()
            assert (ready.status, ready.http_status, detail.status) == (Status.WARN, 200, Status.WARN)
            assert status(runtime.health, "t-health-stripe") is Status.WARN
            assert detail.features["checkout"].because == ("t-health-stripe",)
        finally:
            stripe.reset()
        assert status(runtime.health, "t-health-stripe") is Status.PASS
        assert not runtime.health.is_degraded("checkout")
        assert "t-health-stripe" in policies.states()


@pytest.mark.parametrize(
    ("state", "expected", "degraded"),
    [
        ("closed", "pass", False),
        ("half_open", "pass", False),
        ("open", "warn", True),
        ("isolated", "warn", True),
        ({"a": "open", "b": "closed"}, "warn", False),
        ({"a": "open", "b": "isolated"}, "warn", True),
        ({"a": "closed", "b": "half_open"}, "pass", False),
        ({}, "pass", False),
    ],
)
def test_states_of_breakers(state, expected, degraded) -> None:
    """With one for each key the worst is told, without its key; a feature is degraded where none lets anything through."""
    health = Health(breakers=lambda: {"maps": state})

    assert health.ready().status == status(health, "maps") == expected
    assert health.is_degraded("maps") is degraded
    assert '"a"' not in json.dumps(health.detail().document())


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ({"a": "open", "b": "isolated", "c": "closed"}, "isolated"),
        ({"a": "closed", "b": "half_open"}, "half_open"),
        ({"a": "x\n" * 1000}, "x x x"),
        ("x\n" * 1000, "x x x"),
    ],
)
def test_what_is_told_of_breakers_is_short(states, told) -> None:
    """The worst state of several; names and states are one line each, whoever made them."""
    (found,) = Health(breakers=lambda: {"maps\n" * 100: states}).detail().components

    assert found.state.startswith(told)
    assert len(found.state) <= 32
    assert len(found.name) <= 128
    assert (found.name + found.state).isprintable()


def test_names_that_are_alike_when_they_are_short(fake) -> None:
    """Nothing is left out for that."""
    states = {"maps" * 100 + end: "closed" for end in "ab"}
    (told,) = Health(breakers=lambda: states).detail().document()["checks"].values()

    assert len(told) == 2


def test_names_of_the_service_are_short() -> None:
    """One line each."""
    detail = Health(service="agents\n" * 100, release="1.2.3\n" * 100).detail()

    assert all(len(each) <= 200 and each.isprintable() for each in (detail.service, detail.release))


def test_breakers_fail_if_they_are_told_to() -> None:
    """Not by default: that would make an outage of everything out of one of a dependency."""
    health = Health(breakers=lambda: {"maps": "open"}, breakers_gate_readiness=True)

    assert (health.ready().status, status(health, "maps")) == (Status.FAIL, Status.FAIL)


def test_too_many_breakers_are_counted() -> None:
    """Those in trouble are listed first."""
    states = {f"p{number}": "closed" for number in range(300)} | {"z": "open"}
    detail = Health(breakers=lambda: states).detail()

    assert len(detail.components) == 256
    assert detail.components[0].name == "z"
    assert detail.document()["notes"] == ["45 breakers are not listed"]


@pytest.mark.parametrize(
    ("told", "expected"), [(True, "pass"), (False, "warn"), (1, "warn"), (OSError("disk"), "warn")]
)
def test_a_store_that_takes_nothing_is_a_warning(told, expected) -> None:
    """Whatever it says instead of yes."""

    def ask():
        if isinstance(told, Exception):
            raise told
        return told

    health = Health(store_is_well=ask)

    assert health.ready().status == expected
    assert health.failures == isinstance(told, Exception)
    assert status(health, "monitor") == expected
    assert health.detail().document()["checks"]["monitor:store"][0]["status"] == expected


@pytest.mark.parametrize("states", [None, 7, {"maps": 7}, {"maps": [1]}, OSError("no")])
def test_whoever_knows_of_breakers_may_fail(states) -> None:
    """Then nothing is known of them, which is counted."""

    def ask():
        if isinstance(states, Exception):
            raise states
        return states

    health, other = Health(breakers=ask), Health()
    assert health.ready().status is other.ready().status is Status.PASS
    assert health.failures > other.failures == 0


def test_what_has_failed_already_is_not_starting(fake) -> None:
    """Of two checks one has failed, and nobody has heard of the other."""
    held, health = threading.Event(), Health()
    health.check("redis", lambda: False, gates_readiness=True)
    health.refresh()
    health.check("llm", held.wait, gates_readiness=True)
    told = health.ready()
    held.set()

    assert (told.status, told.note) == (Status.FAIL, None)


def test_shutting_down() -> None:
    """A service that drains lives, is not ready, and can be started again."""
    health = Health()
    health.drain()

    assert (health.live().status, health.live().note) == (Status.PASS, "shutting down")
    assert (health.ready().status, health.ready().note) == (Status.FAIL, "shutting down")
    assert health.detail().document()["notes"] == ["shutting down"]
    assert health.live().document() == {"status": "pass", "notes": ["shutting down"]}
    assert health.ready().document() == {"status": "fail"}
    health.start()
    assert (health.live().note, health.ready().status) == (None, Status.PASS)


def test_the_words_of_others() -> None:
    """Healthy, degraded, unhealthy: with them and the latency a service answers as it always has."""
    health = Health(background=False)
    health.check("redis", lambda: True)
    health.check("llm", lambda: False)
    detail = health.detail()
    components = {
        each.name: {"status": each.status.alias, "latency_ms": each.latency_ms} for each in detail.components
    }

    assert detail.status.alias == "degraded"
    assert components["redis"]["status"] == "healthy"
    assert components["llm"]["status"] == "unhealthy"
    assert components["redis"]["latency_ms"] >= 0


def test_the_document_of_the_detail(fake) -> None:
    """health+json, with members of ours; what is not known is left out."""
    health = Health(service="agents", release="1.2.3", background=False, breakers=lambda: {"maps": "closed"})
    health.check("redis", lambda: fake.advance(0.002), gates_readiness=True)
    health.check("llm", lambda: False)
    health.feature("chat", needs=["llm", "redis"])
    health.degrade("mail")
    moment = "2023-11-14T22:13:20.002Z"

    # In which order the two run is theirs to know; both are done at the same moment of a clock that stands.
    health.refresh()
    document = health.detail().document()
    assert document["checks"].pop("llm:responseTime")[0]["output"] == "HEALTH_CHECK_FAILED"
    assert document == {
        "status": "warn",
        "serviceId": "agents",
        "releaseId": "1.2.3",
        "checks": {
            "redis:responseTime": [
                {
                    "status": "pass",
                    "observedValue": 2.0,
                    "observedUnit": "ms",
                    "failures": 0,
                    "consecutiveFailures": 0,
                    "time": moment,
                    "since": moment,
                    "age": 0.0,
                    "gatesReadiness": True,
                }
            ],
            "maps:breaker": [{"status": "pass", "observedValue": "closed"}],
            "mail:dependency": [
                {"status": "warn", "observedValue": "degraded", "since": "2023-11-14T22:13:20.000Z"}
            ],
        },
        "features": {"chat": {"degraded": True, "because": ["llm"]}},
    }
    json.dumps(document, allow_nan=False)


def test_a_listener_that_asks_back(fake) -> None:
    """Is answered: nothing is said under a lock."""
    health = Health(background=False)
    health.check("redis", lambda: False, gates_readiness=True)
    asked = []
    with events.stream.subscribe(HealthChanged, lambda _: asked.append(health.ready().status)):
        health.ready()

    assert asked == [Status.FAIL]


def test_errors_of_our_own_are_no_answer(fake, monkeypatch) -> None:
    """A look that fails leaves what is known."""
    health = Health()
    health.check("redis", lambda: True, gates_readiness=True)
    health.refresh()
    before = health.failures
    monkeypatch.setattr(health._board, "claim", lambda: 1 / 0)

    assert health.ready().status is Status.PASS
    assert health.failures == before + 1
