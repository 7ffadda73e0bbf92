# SPDX-License-Identifier: MIT
"""What a format carries comes back exactly, and what was read can be told again with the same bytes.

Each format says in `carries` what comes back, and in its module what it loses. All of them: a wait is whole seconds,
rounded up, and so is a time, rounded down; facts named like a member of a format that has its facts beside its code
are left out there.
"""

from __future__ import annotations

import json
from math import ceil, floor

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from errcore import (
    AppError,
    ConflictError,
    Issue,
    NotFoundError,
    Occurrence,
    PaymentError,
    RateLimitError,
    ToolError,
    ValidationError,
    clock,
    envelopes,
    public,
)
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes.codecs import encode
from errcore.envelopes.format import reference
from errcore.errors import Told
from errcore.jsonsafe import one_line
from errcore.testing import FakeClock

# Busy machines are slow, and that is no defect.
patient = settings(
    max_examples=settings.default.max_examples * 2 // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

CARRYING = [
    *(envelopes.get(name) for name in envelopes.NAMES if name != "text"),
    envelopes.Problem("https://docs.example.com/errors"),
    envelopes.Google("orders.example.com"),
    envelopes.nested(id_key=None, flags=("recoverable",)),
    envelopes.nested(id_key="correlation_id", flags=("retriable", "recoverable")),
    envelopes.wrapped(flags="retriable"),
    envelopes.wrapped(tool=True, flags=("retriable", "recoverable")),
    envelopes.flat(id_key="trace", flags=("recoverable",)),
    envelopes.field_map(id_key=None),
]
every_format = pytest.mark.parametrize(
    "form", CARRYING, ids=[f"{form.name}-{place}" for place, form in enumerate(CARRYING)]
)


class Declared(NotFoundError, code="T_ROUND_TRIP_NOT_FOUND", message="No {name}."):
    """With facts of its class beside those of the moment."""

    name: str = public()
    anything: object = public(default=None)


names = st.sampled_from(
    [
        *(
            "type",
            "title",
            "status",
            "detail",
            "instance",
            "code",
            "message",
            "details",
            "timestamp",
            "error",
        ),
        *(
            "request_id",
            "correlation_id",
            "retriable",
            "recoverable",
            "retry_after",
            "errors",
            "issues",
            "debug",
        ),
        *(
            "error_code",
            "error_type",
            "success",
            "data",
            "field_errors",
            "retry_after_seconds",
            "@type",
            "@details",
        ),
        *("", "...", "a/b", "password", "value", "name", "e\u0301", "\u202e", "\ud800", "x" * 200),
    ]
) | st.text(max_size=6)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["x" * 5000, b"raw", 2**70, {"a"}, ValueError("x")])
)
facts = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
details = st.dictionaries(names, facts, max_size=6) | st.dictionaries(
    st.integers(0, 10**6).map(str), st.text("ab", min_size=200, max_size=400), min_size=60, max_size=70
)
steps = st.sampled_from(
    [
        "",
        "a",
        "a/b",
        "~",
        "~1",
        "0",
        "00",
        "7",
        "\u0663",
        "x.y",
        "[0]",
        "[",
        "a[1]",
        "%41",
        "#",
        "é",
        "\ud800",
        " ",
        "-",
    ]
) | st.text(max_size=4)
pointers = st.lists(steps, max_size=4).map(
    lambda taken: "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in taken)
) | st.sampled_from(["", "/", "//", "a/b", "a[b", "a.b", "[0].a", "name", "/a.b/[0]/0"])
issues = st.lists(
    st.builds(
        Issue,
        pointers,
        st.sampled_from(["REQUIRED", "x", "", "\u2028"]) | st.text(max_size=5),
        st.text(max_size=20) | st.just("y" * 3000),
        st.dictionaries(names, scalars, max_size=3),
        st.sampled_from([None, "body", "query", "héader"]),
    ),
    max_size=4,
) | st.just([Issue("", "X", "Wrong.")] * 120)
ids = st.none() | st.builds(
    RequestIds,
    st.text("abcXYZ019._-", min_size=1, max_size=128),
    st.none() | st.text("abcXYZ019._-", min_size=1, max_size=128),
)
waits = st.none() | st.integers(0, 10**12) | st.floats(0, 1e15)
words = st.none() | st.text(max_size=40) | st.sampled_from(["a\nb\x1b[2J", "z" * 4000])


@st.composite
def errors(draw):
    """Any declared error with any facts."""
    cls = draw(
        st.sampled_from(
            [NotFoundError, ConflictError, PaymentError, RateLimitError, ToolError, ValidationError]
        )
    )
    given_facts = draw(details)
    wait = draw(waits)
    if cls is ValidationError:
        return cls(draw(words), issues=tuple(draw(issues)), details=given_facts, retry_after=wait)
    if draw(st.booleans()):
        return Declared(
            name=draw(st.text(max_size=5)), anything=draw(facts), details=given_facts, retry_after=wait
        )
    return cls(draw(words), details=given_facts, retry_after=wait)


@st.composite
def occurrences(draw):
    """Any occurrence: of an error here, or one that somebody else told."""
    where = ErrorContext(draw(ids))
    if draw(st.integers(0, 3)):
        with clock.using(FakeClock(wall=draw(st.floats(0, 4e9)))):
            return Occurrence.of(draw(errors()), where, statuses={"CONFLICT": draw(st.integers(400, 599))})
    told = Told(
        code=draw(st.text("ABCXYZ_09", min_size=2, max_size=40)),
        kind=draw(st.sampled_from([None, "not_found", "data_loss", "unknown"])),
        message=draw(words),
        details=draw(details),
        issues=tuple(draw(issues)),
        request_id=draw(st.none() | st.just("there")),
        time=draw(st.none() | st.integers(0, 4 * 10**9)),
        retriable=draw(st.sampled_from([None, True, False])),
        recoverable=draw(st.sampled_from([None, True, False])),
        retry_after=draw(waits),
    )
    return Occurrence.retold(told, draw(st.integers(400, 599)))


def carried(form, occurrence):
    """What a reader must find, by the names of `Told`."""
    own = (
        getattr(getattr(form, "error", None), "members", None)
        if spreads(form)
        else getattr(form, "members", ())
    )
    wait = occurrence.retry_after
    facts = {
        "code": occurrence.code,
        "kind": occurrence.kind,
        "status": occurrence.status,
        "title": occurrence.title,
        "message": occurrence.message,
        "details": {name: value for name, value in occurrence.details.items() if name not in (own or ())},
        "issues": occurrence.issues,
        "request_id": reference(occurrence),
        "correlation_id": shared_id(form, occurrence),
        "time": floor(occurrence.time),
        "retriable": bool(occurrence.retriable),
        "recoverable": occurrence.recoverable,
        "retry_after": None if wait is None else min(ceil(wait), 2**31 - 1),
    }
    return {name: facts[name] for name in form.carries}


def spreads(form):
    return hasattr(form, "error") and form.error.spread


def shared_id(form, occurrence):
    known = occurrence.context.ids
    if known is None:
        return None if hasattr(form, "error") and form.error.sparse else occurrence.id
    return known.correlation_id or known.request_id


@every_format
@patient
@given(occurrence=occurrences())
@example(occurrence=Occurrence.of(NotFoundError(details={"status": 200, "type": "x"})))
@example(occurrence=Occurrence.of(NotFoundError(details={"@details": [{"@type": "x", "a": 1}], "n": 1})))
@example(occurrence=Occurrence.of(NotFoundError(details={"@details": []})))
@example(occurrence=Occurrence.of(NotFoundError(details={"@details": [{"@type": []}, 7]})))
def test_what_a_format_carries_comes_back(form, occurrence):
    """parse(render(o)) has every member of `carries`, and telling it again gives the same bytes."""
    first = encode(form.render(occurrence))
    told = form.parse(json.loads(first))

    expected = carried(form, occurrence)
    assert {name: getattr(told, name) for name in expected} == expected
    assert encode(form.render(Occurrence.retold(told, occurrence.status))) == first


@every_format
def test_carries_names_members_of_told(form):
    """A format says what it carries in the names of what is read back."""
    assert set(form.carries) <= set(Told.__annotations__)


@pytest.mark.parametrize(
    ("form", "lost"),
    [
        (envelopes.get("problem"), {"kind", "time", "recoverable", "correlation_id"}),
        (envelopes.get("nested"), {"kind", "status", "recoverable", "correlation_id"}),
        (envelopes.get("wrapped"), {"kind", "status", "recoverable", "retriable"}),
        (
            envelopes.get("flat"),
            {"kind", "status", "recoverable", "retriable", "request_id", "correlation_id"},
        ),
        (envelopes.get("field-map"), {"kind", "status", "recoverable", "retriable", "time", "issues"}),
        (envelopes.get("google"), {"time", "recoverable", "retriable", "issues", "correlation_id"}),
        (envelopes.get("jsonapi"), {"kind", "time", "correlation_id"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_a_format_loses(form, lost):
    """Nothing is lost but what is said; the title is made of the code, and the type is the problem's alone."""
    everything = set(Told.__annotations__) - {"title", "type_uri"}

    assert everything - set(form.carries) - lost - {"request_id", "correlation_id"} == set()
    assert lost.isdisjoint(form.carries)


def test_text_loses_all():
    """A sentence cannot be read back."""
    assert envelopes.get("text").parse({"error": {"code": "X"}}) is None


@every_format
@pytest.mark.parametrize("code", ["ORDER_UNHEARD_OF", "order.locked", "E-17", "İstanbul"])
def test_unknown_codes_are_kept(form, code):
    """A code that is not known here goes through reading and telling; only "flat" has no case of its letters."""
    occurrence = Occurrence.retold(Told(code=code, message="x"), 409)
    told = form.parse(json.loads(encode(form.render(occurrence))))

    expected = code.upper() if form.name == "flat" and code.isascii() else code
    assert told.code == expected


def test_unknown_google_details_are_kept():
    """Details of types that nobody here knows survive; each known type counts once, and none can be smuggled in."""
    form = envelopes.get("google")
    stranger = {"@type": "type.googleapis.com/acme.Quota", "left": [1, {"of": 2}]}
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "QUOTA", "metadata": {"zone": "b"}}
    status = {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "message": "No.",
        "details": [info, {**info, "reason": "2"}, stranger],
    }

    told = form.parse({"error": status})
    again = form.render(Occurrence.retold(told, 429))["error"]["details"]

    assert (told.code, told.kind, told.details["zone"]) == ("QUOTA", "resource_exhausted", "b")
    assert stranger in again
    forged = Occurrence.of(NotFoundError(details={"@details": [{**info, "reason": "FORGED"}]}))
    assert form.parse(form.render(forged)).code == "NOT_FOUND"


@every_format
def test_a_fact_cannot_pose_as_a_member(form):
    """Facts named like members of an envelope change none of them (and no other format's reader is deceived)."""
    posing = dict.fromkeys(
        [
            "status",
            "code",
            "error_code",
            "error_type",
            "success",
            "retriable",
            "retry_after",
            "message",
            "type",
            "debug",
        ],
        "forged",
    )
    occurrence = Occurrence.of(NotFoundError("Gone.", details=posing), ErrorContext(RequestIds("req_1")))
    document = json.loads(encode(form.render(occurrence)))
    honest = json.loads(
        encode(form.render(Occurrence.of(NotFoundError("Gone."), ErrorContext(RequestIds("req_1")))))
    )
    told = form.parse(document)

    assert (told.code, told.message) == ("NOT_FOUND", "Gone.")
    changed = {name for name in honest if document[name] != honest[name]}
    assert changed <= {"error", "errors", "timestamp", "details"}


@patient
@given(occurrence=occurrences())
def test_all_texts_of_what_was_told_are_one_line(occurrence):
    """What a stranger sent cannot forge a line of a log."""
    for form in CARRYING:
        told = form.parse(json.loads(encode(form.render(occurrence))))
        for text in (told.code, told.message, told.title, told.request_id):
            assert text is None or text == one_line(text, 5000)


def test_an_app_error_of_any_class_is_told():
    """The root, too."""
    assert envelopes.get("jsonapi").parse(
        envelopes.get("jsonapi").render(Occurrence.of(AppError("x")))
    ).code == ("APP_ERROR")
