# SPDX-License-Identifier: MIT
"""Retry-After from end to end: what an upstream says, whether a policy waits for it, and what our own caller is told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from policy_ways import Script, fresh, guarded

from errcore import (
    Breaker,
    CallLimitedError,
    CircuitOpenError,
    RateLimitError,
    RemoteError,
    Retry,
    Runtime,
    UnavailableError,
    from_response,
    policy,
)
from errcore.policies import deadline
from errcore.testing import FakeClock

pytestmark = pytest.mark.usefixtures("fake")


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where this host says it is."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot move")
    monkeypatch.setenv("TZ", str(request.param))
    time.tzset()
    yield str(request.param)
    monkeypatch.undo()
    time.tzset()


def told(runtime: Runtime, error: Exception) -> tuple[int, str | None]:
    """The status and the Retry-After that our own caller gets."""
    reply = runtime.reply(error)
    return reply.status, dict(reply.headers).get("Retry-After")


def test_an_hour_within_a_deadline_of_45_seconds(way: str, fake: FakeClock, runtime: Runtime):
    """Nobody sleeps, the error comes out at once, and our caller is told the hour."""
    body = Script(UnavailableError(retry_after=3600.0), forever=True)
    with deadline(45), pytest.raises(UnavailableError) as caught:
        guarded(way, policy(fresh("retry-after"), retry=3), body)()

    assert (fake.sleeps, fake.monotonic(), len(body.calls)) == ([], 0.0, 1)
    assert told(runtime, caught.value) == (503, "3600")


def test_half_a_minute_is_waited_for_and_not_more(way: str, fake: FakeClock):
    """Thirty seconds are the longest wish that is granted."""
    for wish, sleeps in ((30.0, 1), (30.1, 0)):
        fake.sleeps.clear()
        body = Script(UnavailableError(retry_after=wish), forever=True)
        with pytest.raises(UnavailableError):
            guarded(way, policy(fresh("retry-after"), retry=2), body)()
        assert len(fake.sleeps) == sleeps


def test_a_wait_that_ends_with_the_deadline_is_not_made(way: str, fake: FakeClock):
    """There would be no time left for the attempt after it."""
    body = Script(UnavailableError(), forever=True)
    with deadline(1), pytest.raises(UnavailableError):
        guarded(way, policy(fresh("retry-after"), retry=Retry(2, initial=1, jitter="none")), body)()
    assert fake.sleeps == []


@pytest.mark.parametrize(
    ("header", "waits", "says"),
    [
        ("7", 7.0, "7"),
        ("3600", None, "3600"),
        ("Tue, 14 Nov 2023 22:13:27 GMT", 7.0, "7"),
        ("Tuesday, 14-Nov-23 22:13:27 GMT", 7.0, "7"),
        ("Tue Nov 14 22:13:27 2023", 7.0, "7"),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.1, "0"),
        ("-1", 0.1, None),
        ("nan", 0.1, None),
        ("1e999", 0.1, None),
        ("inf", 0.1, None),
        ("soon", 0.1, None),
        ("", 0.1, None),
        ("\u0667", 0.1, None),
    ],
)
@pytest.mark.usefixtures("host")
def test_what_an_upstream_says(
    header: str, waits: float | None, says: str | None, fake: FakeClock, runtime: Runtime
):
    """Seconds and dates are kept, whatever the zone of this host; what makes no sense is as if it was not said."""
    error = from_response(503, {"Retry-After": header}, b"")
    body = Script(error, forever=True)
    with pytest.raises(RemoteError) as caught:
        policy(fresh("retry-after"), retry=Retry(2, jitter="none"))(body)()

    if waits is None:
        assert fake.sleeps == []
    else:
        assert fake.sleeps == ([pytest.approx(waits, rel=0.11)] if waits else [])
    assert told(runtime, caught.value)[1] == says


def test_refusals_say_when_to_come_back(runtime: Runtime):
    """An open breaker and a limit that is used up are our own caller's 503, with whole seconds rounded up."""
    limited = policy(fresh("retry-after"), limit="1/minute")
    limited.call(len, "text")
    with pytest.raises(CallLimitedError) as refused:
        limited.call(len, "text")
    assert told(runtime, refused.value) == (503, "60")

    broken = policy(fresh("retry-after"), breaker=Breaker(minimum=1, open_for=7.5))
    with pytest.raises(UnavailableError):
        broken.call(Script(UnavailableError()))
    with pytest.raises(CircuitOpenError) as opened:
        broken.call(len, "text")
    status, wait = told(runtime, opened.value)
    assert status == 503
    assert wait in {"7", "8", "9"}


def test_a_limit_of_a_client_is_a_429(runtime: Runtime):
    """Which is another error: the client may come back, and is told when."""
    assert told(runtime, RateLimitError(retry_after=1.2)) == (429, "2")
