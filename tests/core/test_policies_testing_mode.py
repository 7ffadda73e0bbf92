# SPDX-License-Identifier: MIT
"""`errcore.testing.policies`: off, instant, another number of attempts; for this context only, and put back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest
from policy_ways import Heard, Script, fresh, guarded

from errcore import CircuitOpenError, ConfigurationError, UnavailableError
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.declare import policy
from errcore.policies.fallback import Fallback
from errcore.policies.happenings import Attempted
from errcore.policies.mode import NORMAL, current_mode
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout
from errcore.testing import FakeClock, policies

pytestmark = pytest.mark.usefixtures("fake")


@pytest.fixture
def instant() -> Iterator[None]:
    """How it is used as a fixture."""
    with policies(instant=True):
        yield


DOWN = UnavailableError()


def test_off_means_as_if_nothing_guarded_it(way: str):
    """Nothing is retried, replaced or refused, nothing is counted, and the error is as it was."""
    problem = UnavailableError()
    body = Script(problem, forever=True)
    guard = policy(
        fresh("mode"),
        retry=3,
        breaker=Breaker(minimum=1),
        fallback=Fallback(value=1),
        bulkhead=1,
        limit="1/day",
    )
    with policies(off=True), Heard(Attempted) as heard:
        for _ in range(5):
            with pytest.raises(UnavailableError) as caught:
                guarded(way, guard, body)()
            assert caught.value is problem
        assert guarded(way, guard, Script())() == "ok"

    assert len(body.calls) == 5
    assert heard == []
    assert guard.state == "closed"
    assert not hasattr(problem, "__notes__")


def test_off_calls_through_an_open_breaker(way: str):
    """What another test has left behind does not matter."""
    guard = policy(fresh("mode"), retry=2, breaker=Breaker(minimum=1), budget=None)
    guard.isolate()
    with pytest.raises(CircuitOpenError):
        guarded(way, guard, Script())()
    with policies(off=True):
        assert guarded(way, guard, Script())() == "ok"


@pytest.mark.parametrize(
    "parts", [{"breaker": Breaker(minimum=1)}, {"limit": "1/day"}, {}], ids=["breaker", "limit", "none"]
)
def test_off_is_off_for_every_shape_of_wrapper(way: str, parts: dict[str, object]):
    """Also where nothing is tried again."""
    guard = policy(fresh("mode"), **parts)
    with policies(off=True):
        for _ in range(3):
            with pytest.raises(UnavailableError):
                guarded(way, guard, Script(DOWN))()
            assert guarded(way, guard, Script())() == "ok"
    assert guard.state == "closed"


def test_instant_takes_no_time(way: str, fake: FakeClock, instant: None):
    """The same attempts, without the waits, also where the upstream asked for them."""
    body = Script(UnavailableError(retry_after=20.0), DOWN)

    assert guarded(way, policy(fresh("mode"), retry=Retry(3, initial=5)), body)() == "ok"
    assert fake.sleeps == []
    assert len(body.calls) == 3


@pytest.mark.parametrize("attempts", [1, 2, 5, 40])
def test_attempts_replace_the_policys(way: str, attempts: int):
    """Fewer or more; a `stop` strategy is not asked."""
    body = Script(DOWN, forever=True)
    guard = policy(fresh("mode"), retry=Retry(3, stop=lambda state: True), budget=None)
    with policies(attempts=attempts, instant=True), pytest.raises(UnavailableError):
        guarded(way, guard, body)()

    assert len(body.calls) == attempts


def test_attempts_are_for_those_that_try_again(way: str):
    """A policy without `retry=` makes one."""
    body = Script(DOWN, forever=True)
    with policies(attempts=5), pytest.raises(UnavailableError):
        guarded(way, policy(fresh("mode")), body)()

    assert len(body.calls) == 1


def test_nested_use_restores():
    """One inside changes what it names, and everything is as before afterwards, whichever way it is left."""
    with policies(attempts=2):
        with policies(instant=True):
            assert (current_mode().attempts, current_mode().instant) == (2, True)
            with pytest.raises(KeyError), policies(off=True, instant=False, attempts=7):
                assert (current_mode().attempts, current_mode().instant, current_mode().off) == (
                    7,
                    False,
                    True,
                )
                raise KeyError
            assert (current_mode().attempts, current_mode().instant, current_mode().off) == (2, True, False)
        assert not current_mode().instant
    assert current_mode() is NORMAL


def test_one_object_can_be_entered_again():
    """Also within itself."""
    mode = policies(instant=True)
    with mode, mode:
        assert current_mode().instant
    assert current_mode() is NORMAL


async def test_tasks_do_not_know_of_each_other():
    """Two tests at the same time in one loop."""
    seen: dict[str, int | None] = {}

    async def test(name: str, attempts: int | None) -> None:
        if attempts is None:
            await asyncio.sleep(0)
            seen[name] = current_mode().attempts
            return
        with policies(attempts=attempts):
            for _ in range(3):
                await asyncio.sleep(0)
            seen[name] = current_mode().attempts

    await asyncio.gather(test("a", 1), test("b", 2), test("c", None))
    assert seen == {"a": 1, "b": 2, "c": None}
    assert current_mode() is NORMAL


def test_threads_do_not_know_of_each_other():
    """A bare thread is outside; one that takes the context along is inside, and what it changes stays there."""
    seen: list[bool] = []

    def work() -> None:
        seen.append(current_mode().off)
        with policies(off=False):
            seen.append(current_mode().off)

    with policies(off=True):
        for target in (work, lambda: copy_context().run(work)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
        context = copy_context()
        thread = threading.Thread(target=lambda: context.run(work))
        thread.start()
        thread.join()
        assert current_mode().off
    assert seen == [False, False, False, False, True, False]


def test_threads_of_a_timeout_follow(fake: FakeClock):
    """They take the context along."""
    with policies(instant=True):
        inside = policy(fresh("mode"), timeout=Timeout(1, sync="thread")).call(lambda: current_mode().instant)
    assert inside


@policies(attempts=2)
def test_it_decorates_functions():
    """For the time of each call."""
    assert current_mode().attempts == 2


@policies(instant=True)
async def test_it_decorates_coroutine_functions():
    """Until they are done, and not only until they are called."""
    await asyncio.sleep(0)

    assert current_mode().instant


def test_what_it_decorates_keeps_its_name_and_answer():
    """And gets its arguments."""

    @policies(off=True)
    def body(a: int, *, b: int) -> tuple[int, int, bool]:
        """A docstring."""
        return a, b, current_mode().off

    assert body(1, b=2) == (1, 2, True)
    assert (body.__name__, body.__doc__) == ("body", "A docstring.")
    assert current_mode() is NORMAL


@pytest.mark.parametrize("attempts", [0, -1, 1.5, "2", True], ids=str)
def test_nonsense_is_refused(attempts: object):
    """At least one attempt."""
    with pytest.raises(ConfigurationError, match="attempts="):
        policies(attempts=attempts)


def test_what_other_tests_have_spent_does_not_matter(way: str) -> None:
    """A budget is of the process and outlives a test: where waits or attempts are the test's, retries need none."""
    guard = policy(fresh("mode"), retry=Retry(3, initial=0))
    for _ in range(5):
        for mode in (policies(instant=True), policies(attempts=3)):
            body = Script(UnavailableError(), forever=True)
            with mode, pytest.raises(UnavailableError):
                guarded(way, guard, body)()
            assert len(body.calls) == 3


def test_a_class_of_tests_is_refused() -> None:
    """It would be called in place of being found."""

    class TestSomething:
        def test_it(self) -> None:
            """Never run."""

    with pytest.raises(
        ConfigurationError, match="because it is a class, whose tests would not be found; decorate"
    ):
        policies(instant=True)(TestSomething)
