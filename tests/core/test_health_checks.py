# SPDX-License-Identifier: MIT
"""Checks: what their results mean, how long those are good, what a hanging one costs, and what cannot be declared."""

from __future__ import annotations

import functools
import sys
import threading
from contextvars import ContextVar

import pytest
from health_seen import component, hanging, returned

from errcore import ConfigurationError, clock
from errcore.monitor.health import Health, HealthChanged, Part, Status, running
from errcore.monitor.health.running import MOST_THREADS
from errcore.testing import FakeClock

SECRET = "postgres://admin:hunter2@db-1.internal:5432/agents"


class Said(Exception):
    """An exception with a text that nobody may read."""


@pytest.mark.parametrize(
    ("result", "status", "code"),
    [
        (None, "pass", None),
        (True, "pass", None),
        (False, "fail", "HEALTH_CHECK_FAILED"),
        (Status.PASS, "pass", None),
        (Status.WARN, "warn", None),
        (Status.FAIL, "fail", "HEALTH_CHECK_FAILED"),
        (1, "fail", "HEALTH_CHECK_UNREADABLE"),
        ("pass", "fail", "HEALTH_CHECK_UNREADABLE"),
        (object(), "fail", "HEALTH_CHECK_UNREADABLE"),
    ],
)
def test_what_a_result_means(health, fake, result, status, code) -> None:
    """Only what clearly says so is well: the response of a client is an object, whatever its status is."""
    health.check("search", lambda: result)
    health.refresh()

    assert (component(health, "search").status, component(health, "search").code) == (status, code)
    assert health.failures == (code == "HEALTH_CHECK_UNREADABLE")


@pytest.mark.parametrize(
    ("problem", "code", "kind"),
    [
        (ConnectionRefusedError(SECRET), "SERVICE_UNAVAILABLE", "unavailable"),
        (TimeoutError(SECRET), "DEADLINE_EXCEEDED", "deadline_exceeded"),
        (Said(SECRET), "INTERNAL_ERROR", "internal"),
        (SystemExit(SECRET), "REQUEST_CANCELLED", "cancelled"),
        (ExceptionGroup(SECRET, [ConnectionResetError(SECRET)]), "SERVICE_UNAVAILABLE", "unavailable"),
    ],
)
def test_of_an_exception_the_verdict_is_told(health, fake, problem, code, kind) -> None:
    """And nothing of its text, in no byte of the detail."""

    @health.check("database")
    def ask():
        raise problem

    health.refresh()
    found = component(health, "database")

    assert (found.status, found.code, found.kind) == (Status.FAIL, code, kind)
    assert (found.document()["output"], found.document()["kind"]) == (code, kind)
    told = repr(health.detail()) + repr(health.detail().document())
    assert not any(part in told for part in ("hunter2", "db-1", "5432", "postgres://", "Said"))


def test_numbers_of_the_detail(health, fake) -> None:
    """Latency, age, since when, how often it failed, and how often in a row."""
    answers = [True, False, False, True]

    @health.check("search", ttl=5, gates_readiness=True)
    def ask():
        fake.advance(0.25)
        return answers.pop(0)

    told = []
    for _ in range(4):
        health.refresh()
        fake.advance(2)
        told.append(component(health, "search"))
        fake.advance(3)

    assert [each.latency_ms for each in told] == [250.0] * 4
    assert [each.age for each in told] == [2.0] * 4
    assert [(each.failures, each.consecutive_failures) for each in told] == [(0, 0), (1, 1), (2, 2), (2, 0)]
    first, second, third, _ = told
    assert third.since == second.since > first.since
    assert third.checked_at > second.checked_at
    assert first.gates_readiness
    assert not first.stale


@pytest.mark.parametrize(("seconds", "stale"), [(3600.0, True), (6.001, True), (6.0, False)])
def test_what_is_old_says_so(health, fake, seconds, stale) -> None:
    """Nobody asked for an hour: the answer is the old one, and it says how old it is. The next one is new.

    While somebody asks, a result may get as old as its TTL and the time limit of the next run.
    """
    held = threading.Event()
    held.set()
    health.check("search", held.wait)
    health.refresh()
    held.clear()
    fake.advance(seconds)
    old = component(health, "search")
    held.set()
    health.refresh()

    assert (old.stale, old.age) == (stale, seconds)
    assert old.document().get("stale", False) is stale
    assert not component(health, "search").stale


def test_ages_are_told_in_milliseconds(health, fake) -> None:
    """More would be noise."""
    health.check("search", lambda: True)
    health.refresh()
    fake.advance(0.1234567)

    assert component(health, "search").document()["age"] == 0.123


def test_a_result_is_good_for_its_ttl(health, fake) -> None:
    """However often somebody asks."""
    runs = []
    health.check("search", lambda: runs.append(fake.monotonic()), ttl=5)
    for _ in range(60):
        health.refresh()
        fake.advance(0.5)

    assert runs == [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]


def test_a_probe_during_a_run_puts_nothing_off(health, fake) -> None:
    """The next run is due when the TTL is over, though this one might have taken longer than that."""
    held, begun = threading.Event(), threading.Semaphore(0)

    @health.check("search", timeout=60, ttl=5)
    def ask():
        begun.release()
        held.wait()

    health.ready()
    assert begun.acquire(timeout=10)
    health.ready()
    held.set()
    health.refresh()
    fake.advance(5)
    health.refresh()

    assert begun.acquire(blocking=False)


def test_what_hangs_is_given_up(health, fake, changes) -> None:
    """It has failed when its time is over, is counted once, and is not begun again while it hangs."""
    held, begun = threading.Event(), threading.Semaphore(0)
    runs = []

    @health.check("search", timeout=1, ttl=5, gates_readiness=True)
    def ask():
        runs.append(fake.monotonic())
        begun.release()
        held.wait()

    assert health.ready().note == "starting"
    assert begun.acquire(timeout=10)
    fake.advance(1)
    assert (health.ready().status, health.ready().note, hanging(health)) == ("fail", None, 1)
    for _ in range(20):
        fake.advance(5)
        health.ready()
    found = component(health, "search")

    assert (found.hanging, found.code, found.failures, found.latency_ms) == (
        True,
        "DEADLINE_EXCEEDED",
        1,
        None,
    )
    assert len(runs) == 1
    assert found.document()["hanging"] is True
    held.set()
    returned(health)  # the one that hung, which was well and too late
    health.refresh()
    assert (len(runs), health.ready().status, hanging(health)) == (2, "pass", 0)
    assert changes == [
        HealthChanged(Part.CHECK, "search", None, Status.FAIL, "DEADLINE_EXCEEDED"),
        HealthChanged(Part.CHECK, "search", Status.FAIL, Status.PASS),
    ]


def test_what_was_slow_has_failed(health, fake) -> None:
    """Though it says that it is well, and nobody looked meanwhile."""
    health.check("search", lambda: fake.advance(1.5), timeout=1)
    health.refresh()

    assert component(health, "search").code == "DEADLINE_EXCEEDED"
    assert not component(health, "search").hanging


def test_threads_are_bounded(health, fake) -> None:
    """Though everything hangs; what waits for a thread is not relied on, and comes to its turn."""
    held, begun = threading.Event(), threading.Semaphore(0)

    def hang():
        begun.release()
        held.wait()

    well = functools.partial(bool, 1)
    health.check("last", well, gates_readiness=True, ttl=60)
    health.refresh()
    for number in range(MOST_THREADS):
        health.check(f"hanging-{number}", functools.partial(hang), ttl=60)
    health.ready()
    for _ in range(MOST_THREADS):
        assert begun.acquire(timeout=10)
    fake.advance(60)
    health.ready()
    assert health.ready().status is Status.PASS
    fake.advance(1)
    starved = component(health, "last")

    assert (health.ready().status, starved.status, starved.stale) == ("warn", "warn", True)
    assert health._runner.threads == MOST_THREADS == hanging(health)
    held.set()
    health.refresh()
    assert health.ready().status is Status.PASS
    while threads := [each for each in threading.enumerate() if each.name == "errcore health"]:
        threads[0].join(10)  # each may have started another one meanwhile
        assert not threads[0].is_alive()
    assert health._runner.threads == 0


def test_a_host_without_threads(health, fake, monkeypatch) -> None:
    """What cannot be run leaves what is known as it is, is counted, and is tried again after a while."""
    health.check("search", lambda: True, gates_readiness=True)
    health.refresh()
    before = health.failures

    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    fake.advance(5)
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuse)
        assert health.ready().status is Status.PASS
        assert health.failures > before
        assert health._board.pending() == []
        assert not health._runner._waiting  # else each probe would add to it
    health.refresh()
    assert component(health, "search").age == 0.0


def one_hangs(health, monkeypatch):
    """A check that has the only thread there may be, and what lets go of it."""
    held, begun = threading.Event(), threading.Event()

    @health.check("hangs", timeout=60)
    def hang():
        begun.set()
        held.wait()

    monkeypatch.setattr(running, "MOST_THREADS", 1)
    health.ready()
    assert begun.wait(10)
    return held


def test_a_host_without_more_threads(health, fake, monkeypatch) -> None:
    """What waits is left to the thread there is, whatever it is doing now."""
    held, ran = one_hangs(health, monkeypatch), threading.Event()
    health.check("search", ran.set, gates_readiness=True, timeout=60)
    with monkeypatch.context() as without:
        without.setattr(running, "MOST_THREADS", 2)
        without.setattr(threading.Thread, "start", lambda _: 1 / 0)
        assert health.ready().note == "starting"
    held.set()
    assert ran.wait(10)  # nobody had to ask again
    health.refresh()

    assert health.ready().status is Status.PASS


def test_waiting_for_a_thread_is_no_latency(health, fake, monkeypatch) -> None:
    """It says nothing about the dependency."""
    held = one_hangs(health, monkeypatch)
    health.check("search", lambda: fake.advance(0.25), timeout=60)
    health.ready()
    fake.advance(2)
    held.set()
    health.refresh()

    assert component(health, "search").latency_ms == 250.0


def test_what_failed_is_no_better_for_waiting(health, fake, monkeypatch) -> None:
    """A run that gets no thread makes a warning of what was well, and of nothing else."""
    health.check("search", lambda: False, gates_readiness=True, ttl=5, timeout=1)
    health.refresh()
    monkeypatch.setattr(running, "MOST_THREADS", 0)
    fake.advance(5)
    health.ready()
    fake.advance(1)

    assert (health.ready().status, component(health, "search").stale) == (Status.FAIL, True)


def test_nothing_of_a_check_reaches_the_next(health, fake, monkeypatch) -> None:
    """Which may run in the same thread: not what it has bound, and left bound."""
    bound, seen = ContextVar("bound", default=None), []

    def ask():
        seen.append(bound.get())
        bound.set("by a check")

    held = one_hangs(health, monkeypatch)
    for name in ("search", "mail"):
        health.check(name, ask, timeout=60)
    health.ready()
    held.set()
    health.refresh()

    assert seen == [None, None]


def test_what_was_declared_anew_is_not_run_as_it_was(health, fake, monkeypatch) -> None:
    """Its turn had not come."""
    held, ran = one_hangs(health, monkeypatch), []

    def declare(value):
        def ask():
            ran.append(value)

        return ask

    health.check("search", declare("old"))
    health.ready()
    health.check("search", declare("new"))
    held.set()
    health.refresh()
    health.refresh()

    assert ran == ["new"]


def test_changes_are_told_once(health, fake, changes) -> None:
    """Well from the beginning is no news; what follows is, each change once."""
    answers = [True, True, ConnectionRefusedError(), ConnectionRefusedError(), Status.WARN, True]

    @health.check("told once")
    def ask():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    while answers:
        health.refresh()
        fake.advance(5)

    assert [(each.before, each.after, each.code) for each in changes if each.name == "told once"] == [
        (Status.PASS, Status.FAIL, "SERVICE_UNAVAILABLE"),
        (Status.FAIL, Status.WARN, None),
        (Status.WARN, Status.PASS, None),
    ]


def test_nothing_of_the_request_reaches_a_check(health, fake) -> None:
    """Whoever asked first only happened to: not their ids, and not their deadline."""
    from errcore import context

    seen = []
    health.check("search", lambda: seen.append((context.current().ids, clock.current())))
    with context.bind(ids=context.RequestIds("req_1")):
        health.refresh()

    assert seen == [(None, fake)]


def test_without_a_background_who_asks_waits(fake) -> None:
    """As tests like it: the first answer knows everything, and a result is still good for its TTL."""
    runs = []
    health = Health(background=False)
    health.check("search", lambda: runs.append(1), gates_readiness=True)

    assert [health.ready().status for _ in range(5)] == [Status.PASS] * 5
    assert len(runs) == 1
    fake.advance(5)
    health.ready()
    assert len(runs) == 2


def test_without_a_background_what_hangs_has_failed() -> None:
    """In the first answer already, which has waited for as long as it may take."""
    held, health = threading.Event(), Health(background=False)
    health.check("slow", held.wait, gates_readiness=True, timeout=0.05)
    told = health.ready()
    held.set()

    assert (told.status, told.note) == (Status.FAIL, None)


def test_refresh_ends_though_nobody_turns_the_clock(health, fake) -> None:
    """And a check that hangs has not failed by a clock that stands."""
    held = threading.Event()
    health.check("search", held.wait, timeout=0.05)
    health.refresh()

    assert component(health, "search").state == "starting"
    assert component(health, "search").document()["state"] == "starting"
    held.set()


def test_refresh_by_the_clock_of_the_system(health) -> None:
    """It waits as long as the checks may take, and not for those that hang."""
    held = threading.Event()
    health.check("slow", held.wait, timeout=0.05)
    health.check("well", lambda: True)
    health.refresh()
    slow, well = component(health, "slow"), component(health, "well")
    held.set()

    assert (slow.code, slow.hanging, well.status) == ("DEADLINE_EXCEEDED", True, "pass")


def test_the_same_function_again_replaces_itself(health, fake) -> None:
    """As when its module is loaded again; another function does not, nor a callable of another sort."""

    def declare(answer):
        def ask():
            return answer

        return ask

    health.check("search", declare(False))
    health.check("search", declare(True))
    health.refresh()

    assert component(health, "search").status is Status.PASS
    with pytest.raises(
        ConfigurationError, match="another function has that name; choose one that is not taken"
    ):
        health.check("search", functools.partial(declare, True))


def test_one_of_another_module_is_another(health) -> None:
    """Though it has the same name there: two modules with a check each would replace one by the other."""

    def declare(module):
        def ask():
            return True

        ask.__module__ = module
        health.check("search", ask)

    declare("shop.search")
    declare("shop.search")
    with pytest.raises(ConfigurationError, match="another function has that name"):
        declare("shop.mail")


def test_a_decorator_gives_the_function_back(health) -> None:
    """It can be called as before, by tests for example."""

    @health.check("search")
    def ask():
        return True

    assert ask() is True
    assert health.check("mail", ask) is ask


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("", {}, "that is no name"),
        ("a\nb", {}, "that is no name"),
        ("x" * 129, {}, "that is no name"),
        (7, {}, "Cannot declare a check named 7"),
        ("a", {"function": 7}, "7 cannot be called; pass a function without arguments"),
        (
            "a",
            {"timeout": 0},
            "timeout=0, because that cannot be waited; pass a number of seconds from 0.001",
        ),
        ("a", {"timeout": True}, "that cannot be waited"),
        ("a", {"timeout": float("nan")}, "that cannot be waited"),
        ("a", {"ttl": -1.0}, "ttl=-1.0, because that cannot be waited"),
        ("a", {"ttl": "5"}, "ttl='5'"),
        ("a", {"ttl": 1e99}, "pass a number of seconds from 0.001 to 10000000"),
        ("a", {"gates_readiness": "yes"}, "it is a yes or a no; pass True or False"),
    ],
)
def test_what_makes_no_sense_is_refused(health, name, settings, message) -> None:
    """Where it is written."""
    with pytest.raises(ConfigurationError, match=message):
        health.check(name, **{"function": print, **settings})


def test_what_just_makes_sense_is_not(health) -> None:
    """The limits are the last values that serve."""
    health.check("x" * 128, print, timeout=0.001, ttl=10_000_000)
    health.feature("chat", needs=map(str, range(256)), answer="x" * 4096)

    assert health.answer_for("chat") == "x" * 4096


def test_checks_are_bounded(health) -> None:
    """Of one application, by hundreds."""

    def ask():
        return True

    for number in range(256):
        health.check(str(number), ask)
    with pytest.raises(ConfigurationError, match="there are 256 already; join some that ask one dependency"):
        health.check("more", ask)
    health.check("7", ask)


@pytest.mark.parametrize("settings", [{"recheck": 0}, {"answer": ""}, {"answer": 7}, {"answer": "x" * 5000}])
def test_settings_that_make_no_sense_are_refused(settings) -> None:
    """Of the whole."""
    with pytest.raises(ConfigurationError, match="Cannot declare Health with"):
        Health(**settings)


@pytest.mark.parametrize("wall", [sys.float_info.max, 1e12])
def test_no_calendar_goes_that_far(wall) -> None:
    """A wall clock that nobody can write down is left out."""
    with clock.using(FakeClock(wall=wall)):
        health = Health(background=False)
        health.check("search", lambda: True)

        assert "time" not in health.detail().document()["checks"]["search:responseTime"][0]
