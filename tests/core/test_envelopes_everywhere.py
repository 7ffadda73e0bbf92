# SPDX-License-Identifier: MIT
"""One error under every format: always an answer in a format that is enabled, whatever is asked for or put into it."""

from __future__ import annotations

import json

import pytest

from errcore import (
    ConfigurationError,
    InternalError,
    Issue,
    NotFoundError,
    Occurrence,
    RequestFacts,
    Runtime,
    ValidationError,
    envelopes,
)
from errcore.context import RequestIds
from errcore.envelopes.error_object import ErrorObject

ACCEPTS = [
    None,
    "",
    "*/*",
    "application/vnd.x+json",
    "text/html",
    "image/png",
    "application/json",
    "application/problem+json",
    "application/vnd.api+json",
    "text/plain",
    "application/*;q=0",
    "\x00, ;;q=,",
]
every_name = pytest.mark.parametrize("name", envelopes.NAMES)


def media_types(names):
    return {envelopes.get(name).media_type for name in names}


@pytest.mark.parametrize("accept", ACCEPTS, ids=range(len(ACCEPTS)))
@pytest.mark.parametrize(
    "enabled",
    [*([name] for name in envelopes.NAMES), list(envelopes.NAMES), list(reversed(envelopes.NAMES))],
    ids=lambda names: "-".join(names[:2]),
)
def test_there_is_always_an_answer(accept, enabled):
    """Never 406, never nothing, never two documents: one body in an enabled format."""
    with Runtime.for_tests(envelope=enabled) as runtime:
        reply = runtime.reply(NotFoundError("Gone."), RequestFacts(accept=accept))
    content = dict(reply.headers)["Content-Type"]

    assert reply.status == 404
    assert content in media_types(enabled)
    if content.startswith("text/plain"):
        assert reply.body == b"Gone."
    else:
        assert "Gone." in json.dumps(json.loads(reply.body))


@pytest.mark.parametrize(
    ("accept", "content"),
    [
        ("application/vnd.api+json", "application/vnd.api+json"),
        ("application/problem+json", "application/problem+json"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("application/json", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_who_asks_for_a_format_gets_it(accept, content):
    """Among several, the one that was named; the first for everybody else."""
    with Runtime.for_tests(envelope=["wrapped", "problem", "jsonapi", "text"]) as runtime:
        reply = runtime.reply(NotFoundError("Gone."), RequestFacts(accept=accept))

    assert dict(reply.headers)["Content-Type"] == content


def cycle():
    found: dict[str, object] = {}
    found["itself"] = found
    return found


def deep():
    found: object = "bottom"
    for _ in range(1000):
        found = [found]
    return found


NASTY = {
    "nan": float("nan"),
    "bytes": b"\xff\x00",
    "set": {3, 1, 2},
    "big": 2**70,
    "exception": ValueError("hunter2"),
    "cycle": cycle(),
    "deep": deep(),
    "long": "x" * 10_000_000,
    "surrogate": "\ud800",
    7: object(),
}


@every_name
@pytest.mark.parametrize("key", NASTY, ids=map(str, NASTY))
def test_nasty_details(name, key):
    """Valid JSON of a few kilobytes, whatever was put into the details."""
    error = ValidationError(
        "No.", details={key: NASTY[key], "plain": 1}, issues=[Issue("/a", "X", "y", {"of": NASTY[key]})]
    )
    with Runtime.for_tests(envelope=name) as runtime:
        reply = runtime.reply(error)

    assert runtime.failures == 0
    assert len(reply.body) < 20_000
    assert b"hunter2" not in reply.body
    if name != "text":
        json.loads(reply.body, parse_constant=pytest.fail)


@every_name
def test_all_that_is_nasty_at_once(name):
    """Also with debug, where the internal side is shown too."""
    error = InternalError("x", details=NASTY, internal=NASTY)
    for debug in (False, True):
        with Runtime.for_tests(envelope=name, debug=debug) as runtime:
            reply = runtime.reply(error)
        assert runtime.failures == 0
        assert len(reply.body) < 65_536
        if name != "text":
            json.loads(reply.body, parse_constant=pytest.fail)


@every_name
def test_debug_shows_the_internal_side_redacted(name):
    """In the member that each format has for it; not to the reader of a chat, and never without debug."""
    error = InternalError("the disk is full, password=hunter2", internal={"shard": "s-42"})
    bodies = {}
    for debug in (False, True):
        with Runtime.for_tests(envelope=name, debug=debug) as runtime:
            bodies[debug] = runtime.reply(error, RequestFacts(ids=RequestIds("r"))).body

    assert b"hunter2" not in bodies[True] + bodies[False]
    assert b"s-42" not in bodies[False]
    assert (b"s-42" in bodies[True]) is (name != "text")


def test_debug_of_google_is_a_debug_info():
    """Its members are those of the type: entries of the stack, and one text."""
    try:
        raise InternalError("x", internal={"shard": 7})
    except InternalError as error:
        details = envelopes.get("google").render(Occurrence.of(error), debug=True)["error"]["details"]

    assert set(details[-1]) == {"@type", "stackEntries", "detail"}
    assert json.loads(details[-1]["detail"])["details"] == {"shard": 7}
    assert all(type(entry) is str for entry in details[-1]["stackEntries"])


@every_name
def test_a_header_request_has_no_body(name):
    """The same headers as GET."""
    with Runtime.for_tests(envelope=name) as runtime:
        reply = runtime.reply(NotFoundError(), RequestFacts(method="HEAD"))

    assert reply.body == b""
    assert int(dict(reply.headers)["Content-Length"]) > 0


@pytest.mark.parametrize("make", [envelopes.nested, envelopes.flat, envelopes.field_map])
@pytest.mark.parametrize(
    "key", ["", 7, ["x"], "message", "details", "timestamp", "retriable", "success", "debug"]
)
def test_a_key_that_cannot_be_used(make, key):
    """One that is a member already would hide it."""
    with pytest.raises(ConfigurationError, match="no free name"):
        make(id_key=key)


@pytest.mark.parametrize(
    ("make", "key"),
    [(envelopes.flat, "error_type"), (envelopes.field_map, "field_errors"), (envelopes.nested, "code")],
)
def test_a_key_that_this_format_has_already(make, key):
    """Each has names of its own."""
    with pytest.raises(ConfigurationError, match=key):
        make(id_key=key)


@pytest.mark.parametrize("make", [envelopes.nested, envelopes.wrapped, envelopes.flat, envelopes.field_map])
def test_flags(make):
    """One or several, by name; another is refused with the names there are."""
    assert make(flags="retriable") == make(flags=["retriable"])
    with pytest.raises(ConfigurationError, match="retriable and recoverable"):
        make(flags=("fatal",))


def test_ok():
    """What the shape says itself cannot be said otherwise."""
    assert envelopes.ok() == {"success": True, "data": None, "error": None}
    assert envelopes.ok(7, success=False, error="x", page=2) == {
        "success": True,
        "data": 7,
        "error": None,
        "page": 2,
    }


def test_the_object_alone():
    """Its default has an id and no flags."""
    assert ErrorObject().carries == {
        "code",
        "details",
        "issues",
        "message",
        "request_id",
        "retry_after",
        "time",
    }
