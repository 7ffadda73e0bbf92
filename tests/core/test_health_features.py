# SPDX-License-Identifier: MIT
"""Features: what they need, what is said while they are degraded, and how they come back by themselves."""

from __future__ import annotations

import asyncio
import threading

import pytest
from health_seen import begins, returned

from errcore import ConfigurationError
from errcore.monitor.health import Health, Part, Status


@pytest.fixture
def health():
    """A support desk: three features and what they need."""
    made = Health(answer="Something is down. Can I help with something else?")
    made.feature("knowledge_search", needs=["search_api", "database"], answer="Search is down.")
    made.feature("ticket_creation", needs=["ticket_system", "customer_db"], answer="Tickets are down.")
    made.feature("notification", needs=["email_service", "sms_gateway"])
    return made


def degraded(health):
    """The features that are."""
    return {name for name, state in health.features().items() if state.degraded}


def test_a_marked_dependency_degrades_what_needs_it(health, fake) -> None:
    """And nothing else; the answer is the feature's own, or the general one."""
    health.degrade("search_api")

    assert degraded(health) == {"knowledge_search"}
    assert health.features()["knowledge_search"].because == ("search_api",)
    assert health.is_degraded("knowledge_search")
    assert not health.is_degraded("ticket_creation")
    assert health.answer_for("knowledge_search") == "Search is down."
    assert health.answer_for("notification") == "Something is down. Can I help with something else?"
    assert health.answer_for("nobody knows it") == health.answer_for("notification")
    health.recover("search_api")
    assert degraded(health) == set()


def test_what_a_mark_changes_is_told_at_once(health, fake, changes) -> None:
    """Nobody has to ask how a feature is."""
    health.degrade("search_api")
    health.recover("search_api")

    assert [(each.part, each.name, each.after) for each in changes] == [
        (Part.DEPENDENCY, "search_api", Status.WARN),
        (Part.FEATURE, "knowledge_search", Status.WARN),
        (Part.DEPENDENCY, "search_api", Status.PASS),
        (Part.FEATURE, "knowledge_search", Status.PASS),
    ]


def test_a_feature_may_need_itself(health, fake) -> None:
    """By the name of its only dependency; that is one cause."""
    health.feature("maps", needs=["maps"])
    health.degrade("maps")

    assert health.features()["maps"].because == ("maps",)


def test_a_feature_can_be_marked_itself(health, fake) -> None:
    """And what was never declared answers for itself."""
    health.degrade("notification")
    health.degrade("billing")

    assert health.features()["notification"].because == ("notification",)
    assert health.is_degraded("billing")
    assert not health.is_degraded("shipping")


@pytest.mark.parametrize("way", ["features", "is_degraded"])
def test_whoever_asks_begins_the_checks(way) -> None:
    """As a probe does; here the answer waits for them."""
    made = Health(background=False)
    made.check("database", lambda: False)
    made.feature("search", needs=["database"])

    assert made.features()["search"].degraded if way == "features" else made.is_degraded("search")


def test_a_failing_check_degrades_what_needs_it(health, fake) -> None:
    """A warning does not, nor a check that nobody has heard of yet."""
    answers, held = [False, Status.WARN], threading.Event()
    health.check("database", lambda: held.wait() and answers.pop(0))

    assert degraded(health) == set()
    held.set()
    health.refresh()
    assert degraded(health) == {"knowledge_search"}
    fake.advance(5)
    health.refresh()
    assert degraded(health) == set()


def test_recovery_is_checked_after_a_while(health, fake, changes) -> None:
    """Five minutes after the mark, not earlier, however well the check is; and again after that."""
    answers = []
    health.check("search_api", lambda: not answers or answers.pop(0))
    health.degrade("search_api")
    for _ in range(59):  # probes go on and are well
        health.refresh()
        fake.advance(5)
        assert health.is_degraded("knowledge_search")
    answers.append(False)
    fake.advance(5)
    health.refresh()
    fake.advance(295)
    health.refresh()
    assert health.is_degraded("knowledge_search")
    fake.advance(10)
    health.refresh()

    assert not health.is_degraded("knowledge_search")
    said = [(each.part, each.name, each.after) for each in changes]
    assert said[:2] == [
        (Part.DEPENDENCY, "search_api", Status.WARN),
        (Part.FEATURE, "knowledge_search", Status.WARN),
    ]
    assert said[-2:] == [
        (Part.DEPENDENCY, "search_api", Status.PASS),
        (Part.FEATURE, "knowledge_search", Status.PASS),
    ]
    assert said.count((Part.FEATURE, "knowledge_search", Status.WARN)) == 1


def search_hangs(health, **settings):
    """A check that hangs: what lets go of it, and what counts how often it began."""
    held, begun = threading.Event(), threading.Semaphore(0)

    @health.check("search_api", **settings)
    def ask():
        begun.release()
        held.wait()

    return held, begun


def test_whoever_asks_begins_the_recovery(fake) -> None:
    """No thread waits for that; the one who asks does not wait either."""
    health = Health(recheck=60)
    held, begun = search_hangs(health, ttl=3600, timeout=30)
    held.set()
    health.refresh()
    assert begun.acquire(timeout=10)
    held.clear()
    health.ready()  # there is nothing to do for an hour, until something is marked
    health.degrade("search_api")
    assert health.is_degraded("search_api")
    assert not begun.acquire(blocking=False)  # its result is good for an hour
    fake.advance(60)
    assert health.is_degraded("search_api")  # this has begun the check, and did not wait for it
    assert begun.acquire(timeout=10)
    held.set()
    health.refresh()
    assert not health.is_degraded("search_api")


def test_a_check_that_hangs_puts_the_recovery_off(fake) -> None:
    """It is no sign of life."""
    health = Health(recheck=60)
    held, begun = search_hangs(health, timeout=1)
    health.degrade("search_api")
    fake.advance(60)
    health.ready()
    assert begun.acquire(timeout=10)
    fake.advance(1)
    assert health.is_degraded("search_api")
    held.set()
    returned(health)
    fake.advance(59)
    health.refresh()
    assert health.is_degraded("search_api")
    fake.advance(5)
    health.refresh()
    assert not health.is_degraded("search_api")


def test_what_was_too_late_is_no_sign_of_life_either(fake) -> None:
    """It says that it is well, and nobody looked while it was late."""
    health = Health(recheck=60)
    health.check("search_api", lambda: fake.advance(1.5), timeout=1)
    health.degrade("search_api")
    fake.advance(60)
    health.ready()
    returned(health)

    assert Part.DEPENDENCY in {each.part for each in health.detail().components}


def test_nor_is_what_was_late_and_then_lost(fake) -> None:
    """With a loop that ended: the next good run comes too early to take the mark away."""
    health = Health(recheck=60)
    gone, seen = asyncio.new_event_loop(), []

    @health.check("search_api", timeout=1, ttl=5)
    async def ask():
        seen.append(asyncio.get_running_loop())
        if len(seen) == 1:
            await asyncio.sleep(3600)

    async def late():
        await begins(health)
        fake.advance(1)
        health.ready()

    health.degrade("search_api")
    fake.advance(60)
    gone.run_until_complete(late())
    lost = asyncio.all_tasks(gone)
    fake.advance(5)
    health.refresh()
    assert (len(seen), health.is_degraded("search_api")) == (2, True)
    fake.advance(55)
    health.refresh()
    assert not health.is_degraded("search_api")

    health.close()
    for task in lost:
        task.cancel()
    gone.run_until_complete(asyncio.gather(*lost, return_exceptions=True))
    gone.close()


def test_a_warning_is_a_sign_of_life(fake) -> None:
    """What answers is not out, whatever it says of itself."""
    health = Health(recheck=60)
    health.check("search_api", lambda: Status.WARN)
    health.degrade("search_api")
    fake.advance(60)
    health.refresh()

    assert not health.is_degraded("search_api")


def test_a_mark_again_is_no_newer(health, fake) -> None:
    """Else a dependency that fails now and then would never be tried."""
    health.check("search_api", lambda: True)
    for _ in range(6):
        health.degrade("search_api")
        fake.advance(50)
    health.refresh()

    assert not health.is_degraded("search_api")


def test_without_a_check_a_mark_stays(health, fake) -> None:
    """Until the application takes it away."""
    health.degrade("email_service")
    fake.advance(86_400)
    health.refresh()
    assert health.is_degraded("notification")
    health.recover("email_service")
    health.recover("email_service")
    assert not health.is_degraded("notification")


@pytest.mark.parametrize("name", [None, 7, "", "a\nb", "x" * 129, ["search_api"]])
def test_names_that_are_none_are_ignored(health, name) -> None:
    """By everything that a request may come to; it is counted."""
    before = health.failures
    health.degrade(name)
    health.recover(name)

    assert not health.is_degraded(name)
    assert health.answer_for(name) == "Something is down. Can I help with something else?"
    assert health.failures == before + 2
    assert degraded(health) == set()


def test_marks_are_bounded(health, fake) -> None:
    """A name from a request must not make them grow."""
    for number in range(1000):
        health.degrade(f"dependency-{number}")

    assert len(health.detail().components) == 256
    assert not health.is_degraded("dependency-999")
    assert health.failures == 744


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": ""}, "that is no name"),
        ({"needs": "search_api"}, "its needs are one text; pass a list of names, such as \\['search_api'\\]"),
        ({"needs": 7}, "its needs are no list of names"),
        ({"needs": [[]]}, "its needs are no list of names"),
        ({"needs": [""]}, "that is no name"),
        ({"needs": map(str, range(257))}, "it needs 257 things; name at most 256"),
        ({"answer": "  "}, "nobody could be shown it"),
        ({"name": "knowledge_search"}, "it is declared with other needs or another answer"),
    ],
)
def test_features_that_make_no_sense_are_refused(health, settings, message) -> None:
    """Where they are written."""
    with pytest.raises(ConfigurationError, match=message):
        health.feature(**{"name": "chat", "needs": ["llm"], **settings})


def test_features_are_bounded() -> None:
    """The same one again is fine."""
    health = Health()
    for number in range(256):
        health.feature(str(number), needs=[])
    health.feature("7", needs=[])
    with pytest.raises(ConfigurationError, match="there are 256 already; join some"):
        health.feature("more", needs=[])
