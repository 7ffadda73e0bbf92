# SPDX-License-Identifier: MIT
"""`assert_envelope` and `assert_problem_details`: right answers pass in every format, and each planted defect is said."""

from __future__ import annotations

import json

import attrs
import pytest

from errcore import (
    ConfigurationError,
    NotFoundError,
    RateLimitError,
    Runtime,
    ToolError,
    UnavailableError,
    ValidationError,
    envelopes,
)
from errcore.errors import Issue
from errcore.testing import assert_envelope, assert_problem_details
from errcore.testing.answers import Answer, answer_of, is_response

ERRORS = {
    "domain": NotFoundError("No such agent.", details={"agent_id": "a1"}),
    "input": ValidationError(field_errors={"name": ["Name is required"], "items": ["Too many"]}),
    "wait": RateLimitError(retry_after=3),
    "tool": ToolError(),
    "unknown": ValueError("x"),
    # Facts named like the members by which other formats are known.
    "lookalike": NotFoundError(
        details={"title": "t", "error": {"code": "X", "message": "m"}, "error_code": "x", "success": False}
    ),
}
CODES = {
    "domain": "NOT_FOUND",
    "input": "VALIDATION_ERROR",
    "wait": "RATE_LIMIT_EXCEEDED",
    "tool": "TOOL_EXECUTION_FAILED",
    "unknown": "INTERNAL_ERROR",
    "lookalike": "NOT_FOUND",
}
READABLE = [name for name in envelopes.NAMES if name != "text"]


def told(name, form="problem"):
    """An answer in a format."""
    with Runtime.for_tests(envelope=form) as runtime:
        return runtime.reply(ERRORS[name])


def changed(answer, drop=(), **members):
    """The same answer with other members in its body."""
    document = {key: value for key, value in json.loads(answer.body).items() if key not in drop}
    return attrs.evolve(answer_of(answer), body=json.dumps(document | members).encode())


def headed(answer, **headers):
    """The same answer with other headers; None takes one away."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    rest = [(name, value) for name, value in answer.headers if name.lower() not in named]
    more = [(name, value) for name, value in named.items() if value is not None]
    return attrs.evolve(answer_of(answer), headers=[*rest, *more])


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("form", READABLE)
def test_every_format_is_known(form, error):
    """Named or not, with its code and its status, also where facts look like another format."""
    reply = told(error, form)

    named = assert_envelope(reply, code=CODES[error], status=reply.status, format=form)
    found = assert_envelope(reply, code=CODES[error])

    assert found == named
    assert (found.code, found.status) == (CODES[error], reply.status)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("form", READABLE)
def test_no_format_is_taken_for_another(form, error):
    """The failure names the one that it is."""
    reply = told(error, form)
    for other in READABLE:
        if other != form:
            with pytest.raises(AssertionError, match=f"format: expected '{other}', came '{form}'"):
                assert_envelope(reply, format=other)


def test_a_sentence_is_its_own_message():
    """A text tells nothing else, and says so when it is asked."""
    reply = told("wait", "text")

    assert assert_envelope(reply, status=429, format="text").message.endswith("in 3 seconds.")
    with pytest.raises(AssertionError, match="code: expected 'X', came None"):
        assert_envelope(reply, code="X", format="text")
    with pytest.raises(AssertionError, match="expected a sentence, came nothing"):
        assert_envelope(Answer(500, [("Content-Type", "text/plain")], b""), format="text")
    with pytest.raises(AssertionError, match=r"Content-Type: expected 'text/plain' once"):
        assert_envelope(Answer(500, [], b"No."), format="text")
    with pytest.raises(AssertionError, match="expected a JSON object, came text/plain"):
        assert_envelope(reply)


@pytest.mark.parametrize(
    "form",
    [
        envelopes.nested(id_key=None, flags=("recoverable",)),
        envelopes.nested(id_key="correlation_id"),
        envelopes.wrapped(tool=True),
        envelopes.wrapped(flags=("retriable", "recoverable")),
        envelopes.flat(id_key="request_id"),
        envelopes.field_map(id_key=None),
    ],
    ids=["no-id", "correlation", "tool", "flags", "flat-id", "map-no-id"],
)
def test_formats_with_keys_of_a_house(form):
    """The format itself says which members there are; its name alone asks for the usual ones."""
    reply = told("domain", form)

    assert assert_envelope(reply, code="NOT_FOUND", format=form).details == {"agent_id": "a1"}
    assert assert_envelope(reply, code="NOT_FOUND").code == "NOT_FOUND"


def test_keys_of_a_house_are_not_the_usual_ones():
    """What is missing is named, with what to do."""
    reply = told("domain", reply_format())

    with pytest.raises(
        AssertionError, match=r"expected /error/request_id, /error/retriable; if the service has"
    ):
        assert_envelope(reply, format="nested")
    with pytest.raises(AssertionError, match=r"members of 'nested': expected /error/recoverable;"):
        assert_envelope(told("domain", "nested"), format=reply_format())


def reply_format():
    """A format that is called like one of errcore's, and has other keys."""
    return envelopes.nested(id_key=None, flags=("recoverable",))


@attrs.frozen
class Terse:
    """A format of somebody else."""

    name: str = "terse"
    media_type: str = "application/json"

    def render(self, occurrence, debug=False):
        return {"oops": occurrence.code}

    def parse(self, body):
        from errcore.errors import Told

        return Told(code=body["oops"]) if "oops" in body else None

    def schema(self, specs):
        return {"type": "object"}

    def example(self, spec):
        return {"oops": spec.code}


def test_a_format_by_others():
    """It is asked first, and nobody else knows it."""
    reply = told("domain", Terse())

    assert assert_envelope(reply, code="NOT_FOUND", format=Terse()).status == 404
    with pytest.raises(
        AssertionError, match=r"expected an error in a format of errcore, .* members \['oops'\]"
    ):
        assert_envelope(reply)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"code": "AGENT_NOT_FOUND"}, "code: expected 'AGENT_NOT_FOUND', came 'NOT_FOUND'"),
        ({"status": 410}, "status: expected 410, came 404"),
        ({"retriable": True}, "retriable: expected True, came False"),
        ({"message": "No such thing."}, "message: expected 'No such thing.', came 'No such agent.'"),
        ({"format": "nested"}, "format: expected 'nested', came 'problem'"),
    ],
    ids=["code", "status", "retriable", "message", "format"],
)
def test_each_expectation_can_fail(expected, said):
    """It says what was expected and what came."""
    with pytest.raises(AssertionError) as failure:
        assert_envelope(told("domain"), **expected)

    assert said in str(failure.value)
    assert "The answer: 404 b'{" in str(failure.value)
    assert "The log and the report of request" in str(failure.value)


def test_all_that_differs_is_said_at_once():
    """One run shows everything."""
    with pytest.raises(AssertionError) as failure:
        assert_envelope(told("domain"), code="X", status=500, retriable=True, message="y")

    lines = str(failure.value).splitlines()
    assert [line.partition(":")[0] for line in lines[:4]] == ["status", "code", "message", "retriable"]


def test_a_flag_that_a_format_has_not():
    """It is neither true nor false."""
    with pytest.raises(AssertionError, match="the format 'flat' does not say it here"):
        assert_envelope(told("domain", "flat"), retriable=False)


PROBLEM = told("domain")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (changed(PROBLEM, status=500), "status in the body: expected 404, came 500"),
        (changed(PROBLEM, request_id="req_other"), "X-Request-ID: expected 'req_other', came"),
        (changed(told("wait"), retry_after=4), "Retry-After: expected 4, came 3"),
        (
            headed(PROBLEM, content_type="application/json"),
            "Content-Type: expected 'application/problem+json'",
        ),
        (headed(PROBLEM, content_type=None), "came []"),
        (attrs.evolve(PROBLEM, status=200), "status: expected an error, came 200; pass status=200"),
        (attrs.evolve(PROBLEM, status=399), "status: expected an error, came 399; pass status=399"),
        (attrs.evolve(PROBLEM, body=b""), "came nothing; was it an answer to HEAD?"),
        (attrs.evolve(PROBLEM, body=b"<h1>Oops</h1>"), "came application/problem+json of 13 bytes"),
        (attrs.evolve(PROBLEM, body=b"[" * 100_000), "expected a JSON object"),
        (attrs.evolve(PROBLEM, body=b"\xff\xfe{}"), "expected a JSON object"),
        (attrs.evolve(PROBLEM, body=b'{"title": NaN}'), "expected a JSON object"),
        (headed(attrs.evolve(PROBLEM, body=b"[]"), content_type=None), "something without a Content-Type"),
        (attrs.evolve(PROBLEM, body=b'{"detail": "Not Found"}'), "an object with the members ['detail']"),
    ],
    ids=range(14),
)
def test_each_defect_of_an_envelope_is_found(answer, said):
    """Nothing of it was asked for: an envelope agrees with itself."""
    with pytest.raises(AssertionError) as failure:
        assert_envelope(answer)

    assert said in str(failure.value)


def test_two_content_types_are_none():
    """A client would take either."""
    answer = attrs.evolve(PROBLEM, headers=(*PROBLEM.headers, ("Content-Type", "text/html")))

    with pytest.raises(AssertionError, match="once, came"):
        assert_envelope(answer)


def test_an_error_that_is_answered_as_a_success():
    """As results of tools are; the test says that it is meant."""
    answer = attrs.evolve(told("tool", envelopes.wrapped(tool=True)), status=200)

    assert assert_envelope(answer, code="TOOL_EXECUTION_FAILED", status=200).code == "TOOL_EXECUTION_FAILED"


def test_what_is_no_response_is_a_mistake_in_the_test():
    """It is said before anything is compared."""
    with pytest.raises(TypeError, match="Cannot read a dict as a response"):
        assert_envelope({"code": "NOT_FOUND"}, code="NOT_FOUND")
    with pytest.raises(ConfigurationError, match="no envelope named 'problems'"):
        assert_envelope(PROBLEM, format="problems")
    assert not is_response("HTTP/1.1 404")


def test_problems_of_errcore_pass():
    """With their code, their status and all their pointers, in either notation."""
    reply = told("input")

    found = assert_problem_details(reply, code="VALIDATION_ERROR", status=422, pointers=["/name", "#/items"])

    assert {issue.pointer for issue in found.issues} == {"/name", "/items"}
    for error in ERRORS:
        assert_problem_details(told(error))


@pytest.mark.parametrize(
    "document",
    [
        {"title": "You do not have enough credit.", "type": "https://example.com/probs/out-of-credit"},
        {"type": "../probs/no-credit?x=%20#top", "status": 400},
        {"type": "about:blank", "instance": "urn:uuid:9a0c6d0e-0d7c-4b3a-8f2e-6a1f0e6f9a11", "balance": 30},
        {"type": "", "title": "x", "errors": {"name": ["not a list, and none of our business"]}},
        {"type": "https://[2001:db8::1]:8080/a;b=c", "detail": ""},
        {"balance": 30},
    ],
    ids=range(6),
)
def test_problems_by_others_pass(document):
    """All members are optional, and extensions are free."""
    body = json.dumps(document).encode()

    assert_problem_details(Answer(400, [("Content-Type", "Application/Problem+JSON; charset=utf-8")], body))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            headed(PROBLEM, content_type="application/json"),
            "Content-Type: expected 'application/problem+json'",
        ),
        (changed(PROBLEM, status="404"), "member status: expected int, came str"),
        (changed(PROBLEM, status=True), "member status: expected int, came bool"),
        (changed(PROBLEM, status=500), "status in the body: expected 404, came 500"),
        (changed(PROBLEM, type=None), "member type: expected str, came NoneType"),
        (
            changed(PROBLEM, type="not found"),
            "member type: expected a URI reference (RFC 3986), came 'not found'",
        ),
        (changed(PROBLEM, type="1a:b"), "member type: expected a URI reference"),
        (changed(PROBLEM, type="/a%zz"), "member type: expected a URI reference"),
        (changed(PROBLEM, type="/a#b#c"), "member type: expected a URI reference"),
        (changed(PROBLEM, type="/\u00fc"), "member type: expected a URI reference"),
        (changed(PROBLEM, instance="a b"), "member instance: expected a URI reference"),
        (changed(PROBLEM, title=["x"]), "member title: expected str, came list"),
        (changed(PROBLEM, detail={"x": 1}), "member detail: expected str, came dict"),
        (attrs.evolve(PROBLEM, body=b"null"), "expected a JSON object"),
        (attrs.evolve(PROBLEM, status=200), "expected an error, came 200"),
    ],
    ids=range(15),
)
def test_each_defect_of_a_problem_is_found(answer, said):
    """Section 3.1 of RFC 9457, member by member."""
    with pytest.raises(AssertionError) as failure:
        assert_problem_details(answer)

    assert said in str(failure.value)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"code": "X"}, "code: expected 'X', came 'VALIDATION_ERROR'"),
        ({"status": 400}, "status: expected 400, came 422"),
        ({"pointers": ["/name"]}, "pointers: expected ['/name'], came ['/items', '/name']"),
        ({"pointers": ["/name", "/items", "/age"]}, "came ['/items', '/name']"),
        ({"pointers": []}, "pointers: expected [], came"),
    ],
    ids=range(5),
)
def test_each_expectation_of_a_problem_can_fail(expected, said):
    """Pointers are compared as a whole: one too many is as wrong as one too few."""
    with pytest.raises(AssertionError) as failure:
        assert_problem_details(told("input"), **expected)

    assert said in str(failure.value)


@pytest.mark.parametrize(
    "errors", [{"name": ["x"]}, [7], [{"pointer": "/name", "detail": "x"}], "x"], ids=range(4)
)
def test_errors_that_point_nowhere(errors):
    """Who asks for pointers gets to know that some entries have none."""
    with pytest.raises(
        AssertionError, match="member errors: expected a list of objects, each with a pointer"
    ):
        assert_problem_details(changed(told("input"), errors=errors), pointers=[])


def test_pointers_with_signs_of_their_own():
    """Fragments are percent-encoded, and come back as pointers."""
    error = ValidationError(issues=[Issue("/a~1b/ü x/0", "INVALID", "no")])
    with Runtime.for_tests() as runtime:
        reply = runtime.reply(error)

    assert_problem_details(reply, pointers=["/a~1b/ü x/0"])


def test_no_pointers_at_all():
    """An error without issues has none."""
    with Runtime.for_tests() as runtime:
        assert_problem_details(runtime.reply(UnavailableError()), status=503, pointers=())
