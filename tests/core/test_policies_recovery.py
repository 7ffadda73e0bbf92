# SPDX-License-Identifier: MIT
"""Recovery in one line: one policy per service, one decorator per operation, and no stray exceptions."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from policy_ways import Heard, Script, fresh

import errcore
from errcore import (
    AppError,
    CircuitOpenError,
    ConfigurationError,
    InternalError,
    NotFoundError,
    Occurrence,
    Outcome,
    UnavailableError,
    classify,
    clock,
)
from errcore.policies import registry
from errcore.policies.breaking.breaker import Breaker
from errcore.policies.declare import policy
from errcore.policies.fallback import Fallback
from errcore.policies.happenings import Retried
from errcore.policies.presets import StrayError, handle_errors, llm_policy, recovery
from errcore.testing import FakeClock

DOWN = UnavailableError()


pytestmark = pytest.mark.usefixtures("fake")


@pytest.fixture(params=["function", "coroutine"])
def decorated(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Decorate a body as a function or as a coroutine function, and call it."""

    def decorate(decorator: Any, body: Callable[..., Any]) -> Callable[..., Any]:
        if request.param == "function":
            return decorator(body)

        async def abody(*args: Any, **kwargs: Any) -> Any:
            return body(*args, **kwargs)

        guarded = decorator(abody)
        return lambda *args, **kwargs: asyncio.run(guarded(*args, **kwargs))

    return decorate


# --- recovery


def test_a_policy_made_by_recovery_is_of_the_line_that_asked():
    """Whoever uses the name with other settings is told where it was made, which is no file of errcore."""
    name = fresh("recovery")
    recovery(name, "upload")

    with pytest.raises(ConfigurationError, match=r"test_policies_recovery\.py:\d+ has made it"):
        policy(name, breaker=0.2)
    assert "test_policies_recovery.py" in llm_policy(fresh("recovery")).place


def test_an_operation_is_tried_again(decorated: Any):
    """`max_retries` counts what comes after the first attempt."""
    name = fresh("recovery")
    body = Script(DOWN, forever=True)
    with Heard(Retried) as heard, pytest.raises(UnavailableError):
        decorated(recovery(name, "creating a session", max_retries=2), body)(5)

    assert body.calls == [(5,)] * 3
    assert {event.policy for event in heard} == {name}


def test_the_error_says_which_operation_it_was(decorated: Any):
    """As a note, for the log."""
    name = fresh("recovery")
    with pytest.raises(NotFoundError) as caught:
        decorated(recovery(name, "creating a session"), Script(NotFoundError()))()

    assert caught.value.__notes__ == [f"while creating a session (service={name!r})"]


def test_a_fallback_answers_in_the_end(decorated: Any):
    """With the arguments of the call."""
    assert (
        decorated(
            recovery(fresh("recovery"), "x", fallback=lambda path: "local " + path),
            Script(DOWN, forever=True),
        )("p")
        == "local p"
    )
    assert (
        decorated(recovery(fresh("recovery"), "x", fallback=Fallback(value=1)), Script(DOWN, forever=True))()
        == 1
    )


def test_operations_of_a_service_share_its_breaker(decorated: Any):
    """When uploads find it down, downloads do not try."""
    name = fresh("recovery")
    upload = decorated(recovery(name, "uploading", max_retries=0), Script(DOWN, forever=True))
    download = decorated(recovery(name, "downloading"), Script())
    for _ in range(20):
        with pytest.raises(UnavailableError):
            upload()
    with pytest.raises(CircuitOpenError):
        download()
    assert registry.get(name).state == "open"
    registry.get(name).reset()
    assert download() == "ok"


def test_a_policy_that_is_there_is_taken_as_it_is(decorated: Any):
    """Its breaker and limits are not ours to change."""
    mine = policy(fresh("recovery"), breaker=Breaker(minimum=1), limit="1000/second")
    with pytest.raises(UnavailableError):
        decorated(recovery(mine.name, "x", max_retries=0), Script(DOWN))()

    assert mine.state == "open"
    assert registry.get(mine.name) is mine


def test_what_must_not_be_repeated(decorated: Any):
    """`idempotent=False` is for payments."""
    body = Script(ConnectionResetError(), forever=True)
    with pytest.raises(ConnectionResetError):
        decorated(recovery(fresh("recovery"), "paying", idempotent=False), body)()

    assert len(body.calls) == 1


def test_many_threads_get_one_policy():
    """Get or create is one step."""
    name = fresh("recovery")
    barrier = threading.Barrier(8)
    made: list[object] = []

    def work() -> None:
        barrier.wait(20)
        recovery(name, "x")
        made.append(registry.get(name))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(map(id, made))) == 1


@pytest.mark.parametrize("retries", [-1, 1.5, "3", True, None], ids=str)
def test_nonsense_is_refused(retries: Any):
    """A count."""
    with pytest.raises(ConfigurationError, match="max_retries="):
        recovery(fresh("recovery"), "x", max_retries=retries)


def test_it_keeps_what_functions_say_of_themselves():
    """Signatures, names, and what they are."""

    async def fetch(a: int, *, b: str = "x") -> bytes:
        """Fetch."""
        return b""

    guarded = recovery(fresh("recovery"), "fetching")(fetch)
    assert inspect.iscoroutinefunction(guarded)
    assert inspect.signature(guarded) == inspect.signature(fetch)
    assert guarded.__doc__ == "Fetch."


# --- the preset


def test_a_language_model_is_called_with_care(fake: FakeClock):
    """One retry, a total, and a breaker that opens after three failures and stays so for a minute."""
    model = llm_policy(fresh("model"), total=30)
    body = Script(DOWN, forever=True)

    async def ask(prompt: str) -> Any:
        return body(prompt)

    for _ in range(3):
        with pytest.raises(UnavailableError):
            asyncio.run(model(ask)("hello"))
    assert model.state == "open"
    assert 3 <= len(body.calls) <= 4
    fake.advance(50)
    with pytest.raises(CircuitOpenError):
        asyncio.run(model(ask)("hello"))


def test_a_model_that_hangs_is_cut_off(fake: FakeClock):
    """After the total, with a smaller one as a fallback; functions run in threads."""

    async def ask(prompt: str) -> str:
        await clock.current().asleep(1000)
        return "never"

    smaller = llm_policy(fresh("model"), total=30, fallback=lambda prompt: "smaller: " + prompt)
    assert asyncio.run(smaller(ask)("hello")) == "smaller: hello"
    assert fake.monotonic() == 30
    assert smaller(lambda prompt: prompt)("in a thread") == "in a thread"


def test_a_model_is_one_policy():
    """Asked for again it is a variant of what is there."""
    name = fresh("model")
    first, again = llm_policy(name), llm_policy(name, total=5)

    assert again._own is first._own
    assert again.settings.timeout is not None
    assert again.settings.timeout.total == 5
    assert registry.get(name) is first


# --- handle_errors


@pytest.mark.parametrize(
    "problem",
    [ValueError("secret"), KeyError("x"), TypeError("bug"), OSError(5, "io")],
    ids=itertools.count(),
)
def test_a_stray_exception_becomes_an_internal_error(decorated: Any, problem: Exception):
    """Of the category that was said, raised from the original, and with nothing of it for the client."""
    with pytest.raises(InternalError) as caught:
        decorated(handle_errors(category="billing"), Script(problem))()

    error = caught.value
    assert error.__cause__ is problem
    verdict = classify(error)
    assert (verdict.category, verdict.code, verdict.status) == ("billing", "INTERNAL_ERROR", 500)
    assert verdict.expected
    occurrence = Occurrence.of(error)
    assert "secret" not in str((occurrence.message, occurrence.details, str(error), repr(error)))
    assert occurrence.verdict.category == "billing"


@pytest.mark.parametrize(
    "problem",
    [
        NotFoundError(),
        UnavailableError(),
        TimeoutError(),
        ConnectionError(),
        KeyboardInterrupt(),
        SystemExit(),
    ],
    ids=itertools.count(),
)
def test_what_somebody_foresaw_passes(problem: BaseException):
    """Declared and known exceptions, and what ends the process."""
    with pytest.raises(type(problem)) as caught:
        handle_errors(category="billing")(Script(problem))()

    assert caught.value is problem


async def test_cancellations_pass():
    """A task that is cancelled is cancelled."""

    @handle_errors(category="billing")
    async def hang() -> None:
        await asyncio.Event().wait()

    task = asyncio.ensure_future(hang())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_known_exceptions_of_coroutines_pass(decorated: Any):
    """As they are."""
    with pytest.raises(NotFoundError):
        decorated(handle_errors(), Script(NotFoundError()))()
    assert decorated(handle_errors(), Script())(1) == "ok"


def test_bugs_stay_bugs_for_policies(decorated: Any):
    """A TypeError of ours opens no breaker, also after it was given a category; another failure does."""
    guard = policy(fresh("recovery"), breaker=Breaker(minimum=1))
    for problem, outcome, state in (
        (TypeError(), Outcome.DROPPED, "closed"),
        (ValueError(), Outcome.FAILED, "open"),
    ):
        with pytest.raises(InternalError) as caught:
            guard(handle_errors(category="billing")(Script(problem)))()
        assert classify(caught.value).outcome is outcome
        assert guard.state == state


def test_a_stray_error_survives_a_worker_pool():
    """With its category and its cause as text."""
    error = StrayError(area="billing", dropped=True)
    error.__cause__ = ValueError("x")
    found = pickle.loads(pickle.dumps(error))

    assert type(found) is StrayError
    assert classify(found) == classify(error)
    assert [cause.type_name for cause in found.cause_chain] == ["ValueError"]
    assert "StrayError" not in {spec.qualname for spec in errcore.catalog}
    assert issubclass(StrayError, AppError)


def test_generators_are_refused():
    """They have not run when they return."""

    def generator() -> Iterator[int]:
        yield 1

    async def agenerator() -> Any:
        yield 1

    for wrong in (generator, agenerator):
        with pytest.raises(ConfigurationError, match="is a generator"):
            handle_errors(category="x")(wrong)


def test_the_decorated_keep_what_they_say_of_themselves():
    """Signatures, names, and what they are."""

    def charge(amount: int) -> int:
        """Charge."""
        return amount

    async def acharge(amount: int) -> int:
        return amount

    handled = handle_errors(category="x")
    assert inspect.signature(handled(charge)) == inspect.signature(charge)
    assert handled(charge).__doc__ == "Charge."
    assert inspect.iscoroutinefunction(handled(acharge))
