# SPDX-License-Identifier: MIT
"""Ids from outside and the facts of a request: which are accepted, and who sees what was bound."""

from __future__ import annotations

import asyncio
import contextvars
import string
import threading

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errcore import clock, context
from errcore.context import ErrorContext, RequestIds, accept_request_id, ids_from_headers, parse_traceparent
from errcore.testing import FakeClock

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
ALLOWED = string.ascii_letters + string.digits + "._-"


def headers(**values: list[str]):
    """The `get_all` of a request with these headers."""
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return lambda name: named.get(name, [])


@given(st.text(ALLOWED, min_size=1, max_size=128))
def test_an_id_in_the_narrow_shape_is_kept_as_it_is(value: str):
    """1 to 128 letters, digits, dots, underscores and dashes are echoed unchanged."""
    assert accept_request_id([value]) == value


@given(st.text(max_size=300))
def test_whatever_is_accepted_has_the_narrow_shape(value: str):
    """No text outside of the shape gets through, whatever the alphabet."""
    accepted = accept_request_id([value])

    assert (accepted == value) == (0 < len(value) <= 128 and set(value) <= set(ALLOWED))
    assert accepted in {None, value}


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "a" * 129,
        "a" * 9000,
        "a b",
        "a\r\nSet-Cookie: x=1",
        "a\x00",
        "a\x1b[31m",
        "a\x7f",
        "é",
        "\u0430bc",  # a Cyrillic letter that looks like an a
        "\u0661\u0662",  # digits, for `isdigit`
        "\uff21",  # a fullwidth letter
        "a\u200b",
        "\ud800",
        "a/b",
        "a:b",
        "<script>",
        "a\n",
    ],
)
def test_other_ids_are_refused(value: str):
    """Too long, control characters, other alphabets, anything that means something somewhere: no."""
    assert accept_request_id([value]) is None


@pytest.mark.parametrize("values", [[], ["a", "b"], ["a", "a"], ["a"] * 9000])
def test_exactly_one_header_is_accepted(values: list[str]):
    """Two headers are an attack or a mistake; which one counts is nobody's guess."""
    assert accept_request_id(values) is None


def test_a_traceparent_gives_trace_and_span():
    """The two ids of a valid W3C header."""
    assert parse_traceparent(PARENT) == (TRACE, SPAN)


hexadecimal = st.text("0123456789abcdef", min_size=2, max_size=2)


@given(version=hexadecimal, trace=st.binary(min_size=16, max_size=16), span=st.binary(min_size=8, max_size=8))
def test_every_version_but_ff_is_read(version: str, trace: bytes, span: bytes):
    """A later version is read as version 00; ff and ids of zeros are invalid."""
    valid = version != "ff" and any(trace) and any(span)

    assert parse_traceparent(f"{version}-{trace.hex()}-{span.hex()}-01") == (
        (trace.hex(), span.hex()) if valid else None
    )


@pytest.mark.parametrize("text", [f"01-{TRACE}-{SPAN}-01-what-ever", f"01-{TRACE}-{SPAN}-01-"])
def test_a_later_version_may_have_more_parts(text: str):
    """What a later version adds is skipped."""
    assert parse_traceparent(text) == (TRACE, SPAN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        PARENT + "-extra",  # version 00 has four parts
        PARENT + "x",
        f"01-{TRACE}-{SPAN}-01x",
        PARENT.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{SPAN}0-01",
        f"00_{TRACE}_{SPAN}_01",
        f"00-{TRACE}-{SPAN}-0g",
        f"0\u0660-{TRACE}-{SPAN}-01",
        f" {PARENT}",
        f"{PARENT}\n",
        f"01-{TRACE}-{SPAN}-01-{'x' * 9000}",
        "-" * 55,
        "\x00" * 55,
    ],
)
def test_other_traceparents_are_refused(text: str):
    """Anything that does not follow the specification is as good as no header."""
    assert parse_traceparent(text) is None


@given(st.text("0123456789abcdefg-", min_size=50, max_size=60) | st.text(max_size=600))
def test_parsing_a_traceparent_is_total(text: str):
    """No text makes it fail, and what it gives has the right shape."""
    found = parse_traceparent(text)

    assert found is None or (
        len(found[0]) == 32 and len(found[1]) == 16 and set("".join(found)) <= set("0123456789abcdef")
    )


def test_ids_of_a_request_that_sends_none():
    """A request id is made; it is the correlation id, too."""
    with clock.using(FakeClock()) as fake:
        expected = FakeClock().token(16)
        ids = ids_from_headers(headers())

    assert fake is not None
    assert ids == RequestIds(expected, correlation_id=expected)


def test_ids_of_a_request_that_sends_all():
    """What the caller sent is kept where it is acceptable."""
    ids = ids_from_headers(headers(x_request_id=["req_1"], x_correlation_id=["c-1"], traceparent=[PARENT]))

    assert ids == RequestIds("req_1", "c-1", TRACE, SPAN)


def test_the_trace_id_serves_as_request_id():
    """Where no request id was sent, that of the trace lets logs and traces be joined."""
    ids = ids_from_headers(headers(traceparent=[PARENT]))

    assert (ids.request_id, ids.correlation_id) == (TRACE, TRACE)


def test_ids_of_a_caller_without_trust():
    """Ours is new, theirs is kept apart; a trace from outside does not become ours either."""
    ids = ids_from_headers(headers(x_request_id=["req_1"], traceparent=[PARENT]), trust=False)

    assert ids.client_request_id == "req_1"
    assert ids.request_id not in {"req_1", TRACE}
    assert len(ids.request_id) == 32


@given(st.lists(st.text(max_size=200), max_size=3), st.lists(st.text(max_size=80), max_size=2), st.booleans())
def test_every_request_has_an_acceptable_id(sent: list[str], parents: list[str], trust: bool):
    """Whatever the headers say, the id is one that we would accept ourselves."""
    ids = ids_from_headers(
        headers(x_request_id=sent, x_correlation_id=sent, traceparent=parents), trust=trust
    )

    assert accept_request_id([ids.request_id]) == ids.request_id
    assert accept_request_id([ids.correlation_id or ""]) == ids.correlation_id


def test_two_traceparents_are_none():
    """A header that must be there once says nothing if it is there twice."""
    assert ids_from_headers(headers(traceparent=[PARENT, PARENT])).trace_id is None


def test_nothing_is_bound_at_first():
    """Outside of everything the context is empty."""
    assert context.current() == ErrorContext()


def test_bind_adds_and_restores():
    """Inner facts win, what is not named stays, and the end of the block restores what was."""
    ids = RequestIds("req_1")
    with context.bind(ids=ids, actor="u1", order="o1"):
        with context.bind(tenant="t1", operation="pay", order="o2", attempt=2) as inner:
            assert context.current() is inner
            assert inner == ErrorContext(ids, "u1", "t1", "pay", {"order": "o2", "attempt": 2})
        assert context.current() == ErrorContext(ids, "u1", None, None, {"order": "o1"})

    assert context.current() == ErrorContext()


def test_bind_restores_after_a_failure():
    """An error in the block takes its facts along."""
    with pytest.raises(KeyError), context.bind(actor="u1"):
        raise KeyError("x")

    assert context.current().actor is None


def test_a_context_cannot_be_changed():
    """Facts are added by binding, never by writing to what others see."""
    with context.bind(actor="u1") as bound, pytest.raises(attrs.exceptions.FrozenInstanceError):
        bound.actor = "u2"


def test_a_field_may_have_any_name():
    """Free fields may be called like the parameters of other functions."""
    with context.bind(self=1, fields=2, outer=3) as bound:
        assert bound.fields == {"self": 1, "fields": 2, "outer": 3}


def test_facts_of_a_mapping_are_added():
    """As `bind` would: the later ones win, None too, and neither the context nor the mapping is changed."""
    ids = RequestIds("req_1")
    outer = ErrorContext(ids, "u1", "t1", "pay", {"order": "o1", "attempt": 1})
    facts = {"actor": None, "operation": "refund", "order": "o2", "self": 3}

    assert outer.with_facts(facts) == ErrorContext(
        ids, None, "t1", "refund", {"order": "o2", "attempt": 1, "self": 3}
    )
    assert facts == {"actor": None, "operation": "refund", "order": "o2", "self": 3}
    assert outer == ErrorContext(ids, "u1", "t1", "pay", {"order": "o1", "attempt": 1})
    assert outer.with_facts({}) is outer


def test_a_request_is_entered_and_left():
    """`enter` is the quick way to bind the ids alone: what was bound stays."""
    with context.bind(actor="u1", order="o1"):
        token = context.enter(RequestIds("req_1"))
        assert context.current() == ErrorContext(RequestIds("req_1"), "u1", None, None, {"order": "o1"})
        context.leave(token)
        assert context.current().ids is None


def test_threads_do_not_see_each_other():
    """What is bound here is not bound there."""
    seen: list[ErrorContext] = []
    with context.bind(actor="u1"):
        thread = threading.Thread(target=lambda: seen.append(context.current()))
        thread.start()
        thread.join()

    assert seen == [ErrorContext()]


async def test_tasks_do_not_see_each_other():
    """Two requests at once keep their own actors."""

    async def handles(actor: str) -> str | None:
        with context.bind(actor=actor):
            await asyncio.sleep(0)
            return context.current().actor

    assert await asyncio.gather(*map(handles, ["a", "b", "c"])) == ["a", "b", "c"]


def bound_blocks():
    """The two ways to begin and end a binding: a beginning that returns the end."""

    def with_bind():
        block = context.bind(actor="u1")
        block.__enter__()
        return lambda: block.__exit__(None, None, None)

    def with_enter():
        entered = context.enter(RequestIds("req_1"))
        return lambda: context.leave(entered)

    return [with_bind, with_enter]


@pytest.mark.parametrize("begin", bound_blocks(), ids=["bind", "enter"])
def test_leaving_elsewhere_changes_nothing_there(begin):
    """A framework may run the steps of a generator in contexts of their own; that is never an error."""
    end = contextvars.copy_context().run(begin)

    with context.bind(tenant="t1") as here:
        end()

        assert context.current() is here


@pytest.mark.parametrize("outer", [None, "t1"], ids=["first", "nested"])
@pytest.mark.parametrize("begin", bound_blocks(), ids=["bind", "enter"])
def test_leaving_in_a_copy_restores_there(begin, outer):
    """Where the binding is in effect, its end brings back what was before."""

    def begin_copy_and_end() -> tuple[ErrorContext, ErrorContext]:
        before = context.current()
        end = begin()
        copied = contextvars.copy_context()
        copied.run(end)
        return before, copied.run(context.current)

    with context.bind(tenant=outer):
        before, after = begin_copy_and_end()
        assert after is before
    before, after = contextvars.Context().run(begin_copy_and_end)
    assert after is before


def test_a_generator_may_be_stepped_in_several_contexts():
    """Each step of a streamed body runs in a copy of the request's context; what it binds stays in its step."""

    def body():
        with context.bind(actor="u1"):
            yield context.current().actor
            yield context.current().actor

    stream = body()

    assert [contextvars.copy_context().run(next, stream, "end") for _ in range(3)] == ["u1", None, "end"]
    assert context.current().actor is None
