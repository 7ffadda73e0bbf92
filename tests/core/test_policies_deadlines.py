# SPDX-License-Identifier: MIT
"""One deadline for everything that happens in a context, and what travels of it between hosts."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import threading
from collections.abc import Generator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_ways import WAYS, Script, fresh, guarded

from errcore import (
    ConfigurationError,
    DeadlineExceededError,
    Retry,
    Timeout,
    UnavailableError,
    classify,
    clock,
    context,
    policy,
)
from errcore.errors import Fault, Outcome, Severity
from errcore.policies import ATTEMPT_HEADER, DEADLINE_HEADER, deadlines, incoming_deadline, outgoing_headers
from errcore.policies.deadlines import (
    ExpiredRequestError,
    OutOfTimeError,
    current_deadline,
    deadline,
    deadline_from_header,
    deadline_to_header,
    remaining,
)
from errcore.testing import FakeClock


@pytest.fixture(autouse=True)
def fake() -> Iterator[FakeClock]:
    """Time that takes none."""
    with clock.using(FakeClock(monotonic=1000.0)) as now:
        yield now


def test_what_is_left_shrinks_to_nothing(fake: FakeClock):
    """And never below."""
    assert remaining() is None
    with deadline(5):
        assert remaining() == 5
        fake.advance(2)
        assert remaining() == 3
        fake.advance(20)
        assert remaining() == 0
    assert remaining() is None


def test_the_earlier_of_nested_deadlines_counts(fake: FakeClock):
    """A shorter one inside holds there, a longer one does not extend anything."""
    with deadline(5):
        with deadline(2):
            assert remaining() == 2
        with deadline(50):
            assert remaining() == 5
        assert current_deadline() == 1005.0


@pytest.mark.parametrize("seconds", [float("nan"), "5", None, True, [1]], ids=itertools.count())
def test_nonsense_is_no_deadline(seconds):
    """It is refused where it is written."""
    with (
        pytest.raises(ConfigurationError, match="because it is no number of seconds; pass one"),
        deadline(seconds),
    ):
        pass


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(-1, 0), (-(10**400), 0), (10**400, 1e9), (float("inf"), 1e9)],
    ids=itertools.count(),
)
def test_any_number_is_a_deadline(seconds, left):
    """Less than nothing is nothing, and nobody waits for a thousand years."""
    with deadline(seconds):
        assert remaining() == left


def test_it_ends_also_with_an_exception():
    """The block is left whichever way."""
    with pytest.raises(KeyError), deadline(5):
        raise KeyError
    assert remaining() is None


async def test_tasks_take_it_along_and_threads_do_not():
    """A task sees the deadline of where it was started; a bare thread has none."""
    seen: list[float | None] = []

    async def ask() -> None:
        seen.append(remaining())

    with deadline(5):
        await asyncio.gather(ask(), ask())
        thread = threading.Thread(target=lambda: seen.append(remaining()))
        thread.start()
        thread.join()
    assert seen == [5, 5, None]


def test_no_time_left_says_nothing_about_a_dependency():
    """It is a deadline for the client, and dropped by policies."""
    verdict = classify(OutOfTimeError())

    assert verdict.outcome is Outcome.DROPPED
    assert verdict.executed == "no"
    assert verdict.status == classify(DeadlineExceededError()).status == 504
    assert verdict.code == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize(
    ("seconds", "header"),
    [
        (0.0, "0"),
        (-3.0, "0"),
        (0.0009, "0"),
        (1.9999, "1999"),
        (60, "60000"),
        (999_999.999, "999999999"),
        (1e6, None),
        (float("nan"), None),
        (float("inf"), None),
        (float("-inf"), None),
        (None, None),
    ],
    ids=itertools.count(),
)
def test_what_is_sent(seconds: float | None, header: str | None):
    """Whole milliseconds, rounded down; nothing where there is no deadline worth the name."""
    assert deadline_to_header(seconds) == header


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "1_000",
        " 5",
        "5 ",
        "0x10",
        "nan",
        "inf",
        "9" * 10,
        "9" * 100_000,
        "\u0663\u0660",
        "\u00b2",
        "5\n",
        "5,6",
        b"5",
        5,
        None,
        object(),
    ],
    ids=itertools.count(),
)
def test_what_makes_no_sense_is_no_deadline(text: object):
    """Hostile headers are quietly ignored."""
    assert deadline_from_header(text) is None


@given(st.floats(0, 999_999))
def test_a_deadline_survives_the_way(seconds: float):
    """The receiver has at most a millisecond less, and never more."""
    header = deadline_to_header(seconds)
    assert header is not None
    found = deadline_from_header(header)

    assert found is not None
    assert seconds - 0.001001 <= found <= seconds + 1e-9


@given(st.text())
def test_any_text_is_a_deadline_or_none(text: str):
    """Total, and never negative."""
    found = deadline_from_header(text)

    assert found is None or 0 <= found < 1_000_000


def test_caller_is_waited_for_no_longer_than_it_waits(fake: FakeClock):
    """Its time runs from when the request came, and ends with the block."""
    request = incoming_deadline("1500")
    fake.advance(1)
    with request:
        assert remaining() == 0.5
        fake.advance(9)
        assert remaining() == 0
    assert remaining() is None


@pytest.mark.parametrize(("ours", "left"), [(5, 1.5), (1, 1)])
def test_earlier_of_the_callers_deadline_and_ours_counts(ours: float, left: float):
    """Whichever is outside."""
    with deadline(ours), incoming_deadline("1500"):
        assert remaining() == left
    with incoming_deadline("1500"), deadline(ours):
        assert remaining() == left
        assert current_deadline() == 1000 + left


@pytest.mark.parametrize(("inner", "left"), [("5000", 1.5), ("1000", 1), (None, 1.5), ("nonsense", 1.5)])
def test_request_within_a_request(inner: str | None, left: float):
    """As where one application calls another in its process: nobody's time is moved out."""
    with incoming_deadline("1500"):
        with incoming_deadline(inner):
            assert remaining() == left
        assert remaining() == 1.5


@pytest.mark.parametrize(
    "value", [None, "", "-1", "1e9", "1,2", "9" * 20, "\u0663", 5, b"5"], ids=itertools.count()
)
def test_nonsense_of_a_caller_is_no_deadline(value: object):
    """Nothing is refused for it, and our own deadlines stay."""
    with incoming_deadline(value):
        assert remaining() is None
    with deadline(5), incoming_deadline(value):
        assert remaining() == 5


@pytest.mark.parametrize("value", ["0", "000000000"])
def test_request_that_nobody_waits_for_is_refused(value: str):
    """Before anything of it is done, and as the caller's: the caller has counted it already."""
    with pytest.raises(DeadlineExceededError) as caught, incoming_deadline(value):
        pytest.fail("it was begun")
    verdict = classify(caught.value)

    assert type(caught.value) is ExpiredRequestError
    assert (verdict.status, verdict.code) == (504, "DEADLINE_EXCEEDED")
    assert (verdict.fault, verdict.severity, verdict.expected) == (Fault.CALLER, Severity.INFO, True)
    assert (verdict.outcome, verdict.executed) == (Outcome.DROPPED, "no")
    assert remaining() is None


def test_nor_is_one_begun_for_which_we_have_no_time(fake: FakeClock):
    """A deadline around it may be over where its own is not."""
    with deadline(5):
        fake.advance(5)
        with pytest.raises(OutOfTimeError), incoming_deadline("1000"):
            pytest.fail("it was begun")
    with incoming_deadline("1000"):
        fake.advance(1)
        with pytest.raises(OutOfTimeError), incoming_deadline("1000"):
            pytest.fail("it was begun")


async def test_what_goes_on_after_the_answer_is_free():
    """A task that the request started sees its deadline until the caller has its answer, and our own ones for ever."""
    answered = asyncio.Event()

    async def follow_up() -> tuple[float | None, float | None]:
        before = remaining()
        await answered.wait()
        return before, remaining()

    with incoming_deadline("1500"):
        free = asyncio.create_task(follow_up())
        with deadline(1):
            bound = asyncio.create_task(follow_up())
        await asyncio.sleep(0)
    answered.set()

    assert await free == (1.5, None)
    assert await bound == (1, 1)


def test_lifted_deadline_is_no_deadline():
    """Also inside of the block: a server may send the answer before the application is done."""
    with incoming_deadline("1500") as request, deadline(5):
        request.lift()
        assert remaining() == 5
    with incoming_deadline("1500") as request:
        request.lift()
        assert (remaining(), outgoing_headers()) == (None, {})


def test_request_in_steps(fake: FakeClock):
    """A body is sent by whichever thread; each step has what is left, and time that ran out stops no step by itself."""
    request = incoming_deadline("1500")
    seen: list[float | None] = []

    def step() -> None:
        token = request.enter()
        seen.append(remaining())
        request.leave(token)
        seen.append(remaining())

    for _ in range(3):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(step,))
        thread.start()
        thread.join()
        fake.advance(1)

    assert seen == [1.5, None, 0.5, None, 0, None]


def test_it_may_end_in_another_context():
    """A generator is finished by whoever likes; what is not in effect there is not ended there."""

    def stream(kind: str) -> Generator[float | None]:
        with incoming_deadline("1500") if kind == "caller" else deadline(1.5):
            yield remaining()

    for kind in ("caller", "own"):
        chunks = stream(kind)
        assert contextvars.copy_context().run(next, chunks) == 1.5
        assert list(chunks) == []
        assert remaining() is None


def test_nothing_to_send_along():
    """Without a deadline and in a first attempt a request is like any other."""
    assert outgoing_headers() == {}


@given(st.integers(1, 999_999_999), st.floats(0, 2_000_000))
def test_deadline_goes_on_to_the_next_process(sent: int, passed: float):
    """However many there are, each has at most what its caller has, and less by no more than a millisecond."""
    with clock.using(FakeClock(monotonic=1000.0)) as now:
        with incoming_deadline(str(sent)):
            now.advance(passed)
            left = remaining()
            headers = outgoing_headers()
        assert left is not None
        assert list(headers) == [DEADLINE_HEADER]
        found = deadline_from_header(headers[DEADLINE_HEADER])

    assert found is not None
    assert left - 0.001001 <= found <= left + 1e-9
    assert 0 <= found <= sent / 1000


@given(st.text() | st.text("0123456789,. -+e_", max_size=12))
def test_no_header_breaks_a_request(value: str):
    """Whatever a stranger sends: the request runs, under a deadline or without one, or it is out of time."""
    try:
        with incoming_deadline(value):
            left = remaining()
    except DeadlineExceededError:
        assert not value.strip("0")
    else:
        assert left is None or 0 < left < 1_000_000


async def test_attempts_are_numbered_from_the_second_on():
    """As far as they are known to be retries; the first is like any request."""
    sent: list[dict[str, str]] = []

    @policy("numbered", retry=Retry(3, initial=1, jitter="none"), budget=None)
    def ask() -> None:
        sent.append(outgoing_headers())
        raise UnavailableError

    @policy("numbered-async", retry=Retry(3, initial=1, jitter="none"), budget=None, timeout=60)
    async def aask() -> None:
        sent.append(outgoing_headers())
        raise UnavailableError

    with pytest.raises(UnavailableError):
        ask()
    with pytest.raises(UnavailableError):
        await aask()

    assert sent[:3] == [{}, {ATTEMPT_HEADER: "2"}, {ATTEMPT_HEADER: "3"}]
    assert sent[3:] == [
        {DEADLINE_HEADER: "60000"},
        {DEADLINE_HEADER: "59000", ATTEMPT_HEADER: "2"},
        {DEADLINE_HEADER: "57000", ATTEMPT_HEADER: "3"},
    ]
    assert outgoing_headers() == {}


def test_attempts_inside_of_a_retry_are_numbered_by_it():
    """The inner policy makes one attempt each time: to the service it is the second one all the same."""
    sent: list[dict[str, str]] = []

    @policy(fresh("numbered"), retry=3, timeout=Timeout(60, sync="cooperative"))
    def inner() -> None:
        sent.append({name: text for name, text in outgoing_headers().items() if name == ATTEMPT_HEADER})
        raise UnavailableError

    with pytest.raises(UnavailableError):
        policy(fresh("numbered"), retry=2, timeout=Timeout(60, sync="cooperative"), budget=None)(inner)()

    assert sent == [{}, {ATTEMPT_HEADER: "2"}]


def test_the_id_of_the_request_goes_along():
    """So that the logs of both services have it."""
    with context.bind(ids=context.RequestIds("req_1")):
        assert outgoing_headers() == {"X-Request-ID": "req_1"}
    assert outgoing_headers() == {}


def test_a_header_that_makes_no_sense_costs_other_calls_nothing(monkeypatch: pytest.MonkeyPatch):
    """Nor does a request without one: guarded calls look for a deadline from the first one on."""
    monkeypatch.setattr(deadlines, "seen", False)
    for value in (None, "soon"):
        with incoming_deadline(value):
            assert not deadlines.seen
    with incoming_deadline("5"):
        assert deadlines.seen


async def test_number_ends_with_the_call():
    """A task that outlives the attempt which started it is no attempt."""
    over = asyncio.Event()
    tasks: list[asyncio.Task[dict[str, str]]] = []

    async def later() -> dict[str, str]:
        await over.wait()
        return outgoing_headers()

    @policy("outlived", retry=Retry(2, initial=1), budget=None)
    async def ask() -> None:
        tasks.append(asyncio.create_task(later()))
        raise UnavailableError

    with pytest.raises(UnavailableError):
        await ask()
    over.set()

    assert await asyncio.gather(*tasks) == [{}, {}]


def test_policies_have_no_more_time_than_the_caller(fake: FakeClock):
    """Two seconds of our own in a request of 300 ms are 300 ms, and no retry is begun that could not end."""
    seen: list[float | None] = []

    @policy(
        "slow",
        retry=Retry(3, initial=0.2, jitter="none"),
        budget=None,
        timeout=Timeout(2.0, sync="cooperative"),
    )
    def ask() -> None:
        seen.append(remaining())
        fake.advance(0.05)
        raise UnavailableError

    with incoming_deadline("300"), pytest.raises(UnavailableError):
        ask()

    assert [None if left is None else round(left, 6) for left in seen] == [0.3, 0.05]


def test_policies_refuse_work_for_which_the_time_ran_out(fake: FakeClock):
    """While the handler ran; after the answer they do not."""
    calls: list[int] = []
    ask = policy("late", timeout=Timeout(2.0, sync="cooperative"))(lambda: calls.append(1))
    with incoming_deadline("300") as request:
        ask()
        fake.advance(0.3)
        with pytest.raises(OutOfTimeError):
            ask()
        assert outgoing_headers() == {DEADLINE_HEADER: "0"}
        request.lift()
        ask()

    assert len(calls) == 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"retry": 3},
        {"retry": 3, "budget": None},
        {"breaker": 0.5},
        {"limit": "9/second"},
        {"retry": 3, "breaker": 0.5, "limit": "9/second"},
        {"bulkhead": 3},
        {"fallback": lambda: "instead"},
    ],
    ids=itertools.count(),
)
def test_work_whose_time_is_up_is_refused_before_it_starts(parts, way: str, fake: FakeClock):
    """Whatever the policy has, also after calls that worked; a fallback answers for it as for any deadline."""
    body = Script()
    call = guarded(way, policy(fresh("deadline"), **parts), body)
    assert call() == "ok"

    with deadline(1):
        assert call() == "ok"
        fake.advance(1)
        if "fallback" in parts:
            assert call() == "instead"
        else:
            with pytest.raises(OutOfTimeError):
                call()
    assert len(body.calls) == 2
    assert call() == "ok"
