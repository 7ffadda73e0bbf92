# SPDX-License-Identifier: MIT
"""What answers when the call cannot: chains, verdicts, values, and what happens when a fallback fails as well."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from policy_ways import Heard, Script, fresh, guarded

from errcore import (
    CircuitOpenError,
    ConfigurationError,
    DataIntegrityError,
    DeadlineExceededError,
    NotFoundError,
    UnavailableError,
    ValidationError,
)
from errcore.policies.declare import policy
from errcore.policies.fallback import Fallback
from errcore.policies.happenings import Degraded, FellBack
from errcore.policies.retry import Retry
from errcore.policies.timeout import Timeout
from errcore.testing import FakeClock

pytestmark = pytest.mark.usefixtures("fake")


DOWN = UnavailableError("down")


def call(way: str, fallback: Any, *problems: Exception, **more: Any) -> Any:
    """Call something that fails, with a fallback."""
    body = Script(*(problems or (DOWN,)), forever=True)
    return guarded(way, policy(fresh("fallback"), fallback=fallback, **more), body)


def fails(*_args: object, **_kwargs: object) -> None:
    """A fallback that fails, too."""
    raise OSError("backup is down as well")


def test_a_success_asks_nobody(way: str):
    """The fallback is for failures."""
    guard = policy(fresh("fallback"), fallback=fails)

    assert guarded(way, guard, Script())() == "ok"


def test_a_function_gets_the_arguments(way: str):
    """The short form: a function of the same arguments."""

    def backup(*args: object, **kwargs: object) -> object:
        return args, kwargs

    assert call(way, backup)(1, b=2) == ((1,), {"b": 2})


def test_with_error_it_gets_the_exception_first(way: str):
    """The original one."""
    seen = call(way, Fallback(lambda error, *args: (error, args), with_error=True))("a")

    assert seen == (DOWN, ("a",))


def test_the_chain_is_asked_in_turn(way: str):
    """One that fails hands over to the next one; what follows an answer is not asked."""
    asked: list[str] = []

    def note(name: str, answer: object) -> Any:
        def backup() -> object:
            asked.append(name)
            if answer is None:
                raise OSError
            return answer

        return backup

    chain = Fallback(note("replica", None), note("cache", "cached"), note("never", 1), value="default")
    with Heard(FellBack, Degraded) as heard:
        assert call(way, chain)() == "cached"
    assert asked == ["replica", "cache"]
    assert [type(event) for event in heard] == [Degraded, FellBack]
    assert (heard[0].part, heard[1].place, heard[1].code) == ("fallback", 1, "SERVICE_UNAVAILABLE")


def test_a_value_answers_in_the_end(way: str):
    """None is a value, too."""
    assert call(way, Fallback(fails, value=None))() is None
    assert call(way, Fallback(value=0))() == 0


@pytest.mark.parametrize("value", [[1], {"a": 1}, {1}], ids=itertools.count())
def test_a_value_that_callers_may_change_is_copied(way: str, value: Any):
    """What one caller does to it is not the next one's answer."""
    guard = call(way, Fallback(value=value))
    first = guard()
    first.clear()

    assert guard() == value != first


def test_when_all_fail_the_original_error_comes_out(way: str):
    """With a note for each that failed, and nothing of what they said."""
    problem = UnavailableError("down")
    with pytest.raises(UnavailableError) as caught:
        call(way, Fallback(fails, fails), problem)()

    assert caught.value is problem
    assert problem.__notes__ == ["a fallback failed, too: OSError"] * 2
    assert problem.__context__ is None


@pytest.mark.parametrize(
    ("problem", "answers"),
    [
        (UnavailableError(), True),
        (ConnectionError(), True),
        (TimeoutError(), True),
        (ValueError("unknown"), True),
        (CircuitOpenError(), True),
        (DeadlineExceededError(), True),
        (NotFoundError(), False),
        (ValidationError(), False),
        (TypeError("a bug"), False),
        (AssertionError(), False),
    ],
    ids=itertools.count(),
)
def test_it_answers_for_failures_and_not_for_mistakes(way: str, problem: Exception, answers: bool):
    """A fallback for bugs would hide them."""
    guard = call(way, Fallback(value="instead"), problem)
    if answers:
        assert guard() == "instead"
    else:
        with pytest.raises(type(problem)):
            guard()


def test_on_says_for_what_it_answers(way: str):
    """Classes, kinds, codes or a function, also for mistakes; a function that fails means no."""
    assert call(way, Fallback(value=1, on=NotFoundError), NotFoundError())() == 1
    assert call(way, Fallback(value=1, on="not_found"), NotFoundError())() == 1
    with pytest.raises(UnavailableError):
        call(way, Fallback(value=1, on=NotFoundError))()
    with pytest.raises(UnavailableError):
        call(way, Fallback(value=1, on=lambda error: 1 / 0))()


def test_a_chain_inside_has_its_own_rules(way: str):
    """Failover for what is down, recovery for what is broken, a value for the rest."""

    def replica(*_: object) -> str:
        return "replica"

    def rebuild(error: Exception, *_: object) -> str:
        return f"rebuilt after {type(error).__name__}"

    chain = Fallback(
        Fallback(replica, on="unavailable"),
        Fallback(rebuild, on=DataIntegrityError, with_error=True),
        value="nothing",
    )

    assert call(way, chain)() == "replica"
    assert call(way, chain, DataIntegrityError())() == "rebuilt after DataIntegrityError"
    assert call(way, chain, ValueError())() == "nothing"
    assert call(way, Fallback(chain, on=DataIntegrityError), DataIntegrityError())().startswith("rebuilt")
    with pytest.raises(UnavailableError):
        call(way, Fallback(chain, on=DataIntegrityError))()


def test_an_answer_is_saved_where_the_call_had_not_found_it(way: str):
    """`sync_back` gets what a function gave; not a value, nor what another chain gave."""
    saved: list[object] = []
    chain = Fallback(Fallback(lambda: "state", sync_back=saved.append), lambda: "new", value="none")

    assert call(way, chain)() == "state"
    assert saved == ["state"]
    assert call(way, Fallback(Fallback(fails, sync_back=saved.append), lambda: "new"))() == "new"
    assert call(way, Fallback(fails, value="none", sync_back=saved.append))() == "none"
    assert saved == ["state"]


def test_what_saves_an_answer_knows_what_it_answers(way: str):
    """It gets the arguments of the call after the answer, for a cache wants a key."""
    cache: dict[str, object] = {}

    def save(answer: object, key: str, *, region: str) -> None:
        cache[f"{region}/{key}"] = answer

    assert call(way, Fallback(lambda key, region: key * 2, sync_back=save))("k", region="eu") == "kk"
    assert cache == {"eu/k": "kk"}


def test_a_failure_to_save_is_an_event(way: str):
    """And nothing that the caller sees."""
    with Heard(Degraded) as heard:
        assert call(way, Fallback(lambda: "state", sync_back=fails))() == "state"
    assert [event.part for event in heard] == ["sync_back"]


def test_it_answers_after_retries_and_outside_of_the_deadline(way: str, fake: FakeClock):
    """It is the outermost part: it has the time that the caller gave, not what the attempts left."""
    from errcore.policies.deadlines import remaining

    body = Script(DOWN, forever=True)
    guard = policy(
        fresh("fallback"),
        retry=Retry(9, initial=1, factor=1, jitter="none"),
        budget=None,
        timeout=Timeout(2.5, sync="cooperative"),
        fallback=lambda: remaining(),
    )
    assert guarded(way, guard, body)() is None
    assert len(body.calls) == 3


def test_cancellations_have_no_fallback():
    """Nor has Ctrl-C."""
    for problem in (KeyboardInterrupt(), asyncio.CancelledError(), SystemExit()):
        with pytest.raises(type(problem)):
            policy(fresh("fallback"), fallback=Fallback(value=1, on=BaseException))(Script(problem))()

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        policy(fresh("fallback"), fallback=interrupted)(Script(DOWN))()


# --- coroutines


async def abackup(*args: object) -> object:
    """A fallback that is a coroutine function."""
    return ("backup", *args)


def test_a_coroutine_may_fall_back_on_one(fake: FakeClock):
    """Coroutine functions and functions in one chain, and a coroutine that saves."""
    saved: list[object] = []

    async def save(answer: object, *arguments: object) -> None:
        saved.append((answer, arguments))

    assert call("coroutine", Fallback(fails, abackup, sync_back=save))(7) == ("backup", 7)
    assert saved == [(("backup", 7), (7,))]


async def test_a_coroutine_that_fails_later_hands_over():
    """When it is awaited, and not only when it is called."""

    async def later() -> None:
        raise OSError

    async def body() -> None:
        raise DOWN

    async def unsaved(answer: object) -> None:
        raise OSError

    with Heard(Degraded) as heard:
        assert (
            await policy(fresh("fallback"), fallback=Fallback(later, lambda: 5, sync_back=unsaved))(body)()
            == 5
        )
    assert [event.part for event in heard] == ["fallback", "sync_back"]


@pytest.mark.parametrize(
    "fallback",
    [abackup, Fallback(abackup), Fallback(len, sync_back=abackup), Fallback(Fallback(abackup), value=1)],
    ids=itertools.count(),
)
def test_a_function_cannot_fall_back_on_a_coroutine(fallback: Any):
    """It is refused where it is decorated."""
    guard = policy(fresh("fallback"), fallback=fallback)

    with pytest.raises(ConfigurationError, match="cannot await its fallback"):
        guard(Script())
    with pytest.raises(ConfigurationError, match="cannot await its fallback"):
        guard.call(Script())


def test_a_coroutine_in_disguise_is_a_fallback_that_failed():
    """A function that gives a coroutine where nobody can await it; the coroutine is closed."""
    saved: list[object] = []

    assert call("function", Fallback(lambda: abackup(), value="v"))() == "v"
    with Heard(Degraded) as heard:
        assert call("function", Fallback(lambda: 1, sync_back=lambda answer: abackup()))() == 1
    assert [event.part for event in heard] == ["sync_back"]
    assert saved == []


# --- settings


@pytest.mark.parametrize(
    ("chain", "more"),
    [
        ((), {}),
        ((5,), {}),
        (([len],), {}),
        ((None,), {}),
        ((len,), {"with_error": 1}),
        ((len,), {"sync_back": "save"}),
        ((len,), {"on": 5}),
    ],
    ids=itertools.count(),
)
def test_nonsense_is_refused(chain: tuple[Any, ...], more: dict[str, Any]):
    """Functions, or a value."""
    with pytest.raises(ConfigurationError):
        Fallback(*chain, **more)


def test_settings_are_values():
    """Equal if they say the same, and they show what they say."""
    assert Fallback(len, value=1) == Fallback(len, value=1) != Fallback(len, value=2)
    assert "value=1" in repr(Fallback(len, value=1))
