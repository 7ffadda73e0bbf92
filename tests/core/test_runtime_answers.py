# SPDX-License-Identifier: MIT
"""A runtime answers anything, writes it down once, and never makes it worse."""

from __future__ import annotations

import asyncio
import json

import pytest

from errcore import (
    ConflictError,
    Handled,
    InternalError,
    NotFoundError,
    PermissionDeniedError,
    RequestFacts,
    Runtime,
    UnavailableError,
    ValidationError,
    WorkspaceIsolationError,
    context,
    events,
)
from errcore.context import RequestIds
from errcore.envelopes import Problem, Text
from errcore.errors import ErrorReported
from errcore.errors.reported import reported

FACTS = RequestFacts(method="GET", route="/agents/{id}", ids=RequestIds("req_1"))


def body(handled: Handled) -> dict[str, object]:
    read: dict[str, object] = json.loads(handled.reply.body)
    return read


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_expected_error_is_answered_and_not_raised_again(capsys):
    """A declared error has its envelope, its line, and is done."""
    handled = Runtime(service="agents").handle(NotFoundError("No such agent."), FACTS)

    assert (handled.reply.status, handled.reraise) == (404, False)
    assert body(handled)["detail"] == "No such agent."
    (line,) = lines(capsys)
    assert (line["error_id"], line["request_id"], line["route"]) == (
        handled.occurrence.id,
        "req_1",
        "/agents/{id}",
    )


def test_unknown_error_is_a_fixed_500_with_the_id(capsys):
    """Nothing of a foreign exception leaves; it is to be raised again."""
    handled = Runtime().handle(ValueError("postgres://u:hunter2@db"), FACTS)

    assert handled.reraise is True
    assert body(handled) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "An internal error occurred.",
        "code": "INTERNAL_ERROR",
        "request_id": "req_1",
        "retriable": False,
    }
    assert lines(capsys)[0]["level"] == "error"


@pytest.mark.parametrize(
    ("error", "reraise"),
    [
        (UnavailableError("x"), False),
        (InternalError("x"), False),
        (TimeoutError(), False),
        (KeyError("x"), True),
        (ExceptionGroup("g", [NotFoundError("x")]), False),
        (ExceptionGroup("g", [NotFoundError("x"), ValueError("y")]), True),
    ],
)
def test_what_nobody_foresaw_is_raised_again(error, reraise):
    """`reraise` follows the verdict."""
    assert Runtime.for_tests(log_level="critical").handle(error).reraise is reraise


def test_same_exception_is_reported_once(capsys):
    """Three layers, one line, one event, one occurrence, the same answer."""
    runtime, error, seen = Runtime(), NotFoundError("x"), []

    with events.stream.subscribe(ErrorReported, seen.append):
        first, second = runtime.handle(error, FACTS), runtime.handle(error, FACTS)
        with context.bind(ids=RequestIds("req_1")):
            third = runtime.report(error)

    assert first == second
    assert third is first.occurrence is reported(error)
    assert len(seen) == len(lines(capsys)) == 1


def test_without_ids_it_is_still_once(capsys):
    """Ids made up for the first answer serve the second."""
    runtime, error = Runtime(), NotFoundError("x")

    assert runtime.handle(error).reply == runtime.handle(error).reply
    assert len(lines(capsys)) == 1


def test_two_runtimes_report_once(capsys):
    """An application mounted in another one does not double anything."""
    error = NotFoundError("x")

    Runtime().handle(error, FACTS)
    Runtime().handle(error, FACTS)

    assert len(lines(capsys)) == 1


def test_one_object_in_two_requests_is_two_failures(capsys):
    """A module-level exception raised again is a new occurrence under the new id."""
    runtime, error = Runtime(), NotFoundError("x")

    first = runtime.handle(error, FACTS)
    second = runtime.handle(error, RequestFacts(ids=RequestIds("req_2")))

    assert (body(first)["request_id"], body(second)["request_id"]) == ("req_1", "req_2")
    assert len(lines(capsys)) == 2


def test_group_around_a_reported_error_is_that_error(capsys):
    """A task group does not make a second failure of one."""
    runtime, error = Runtime(), NotFoundError("x")
    first = runtime.handle(error, FACTS)

    second = runtime.handle(ExceptionGroup("tasks", [error]), FACTS)

    assert second.occurrence is first.occurrence
    assert len(lines(capsys)) == 1


def test_reply_does_nothing_but_answer(capsys):
    """No line, no event, no mark; and the answer is the one that `handle` gives."""
    runtime, error, seen = Runtime(), NotFoundError("x"), []

    with events.stream.subscribe(ErrorReported, seen.append):
        reply = runtime.reply(error, FACTS)

    assert reported(error) is None
    assert seen == []
    assert capsys.readouterr().out == ""
    assert reply == runtime.handle(error, FACTS).reply == runtime.reply(error, FACTS)


def test_event_says_which_runtime_reported():
    """Two runtimes in one process emit on one stream, and may have the same name."""
    first, second, seen = Runtime.for_tests(service="a"), Runtime.for_tests(service="a"), []

    with events.stream.subscribe(ErrorReported, seen.append):
        first.handle(NotFoundError("x"), FACTS)
        second.report(NotFoundError("y"))

    assert [event.source for event in seen] == [first, second]


def test_report_takes_context(capsys):
    """Keywords are fields of the line; three have names of their own. The caller's context is untouched."""
    with context.bind(job=1):
        Runtime().report(UnavailableError("x"), actor="u1", queue="mail", exc="odd name")
        assert dict(context.current().fields) == {"job": 1}

    (line,) = lines(capsys)
    assert line["actor"] == "u1"
    assert line["fields"] == {"job": 1, "queue": "mail", "exc": "odd name"}
    assert "method" not in line
    assert line["phase"] == "report"


def test_reported_without_ids_is_reported_for_one_request(capsys):
    """A thread that does not know the request reports for it, and the answer has the request's ids; the next is another."""
    runtime, error = Runtime(), NotFoundError("x")

    occurrence = runtime.report(error)
    first = runtime.handle(error, FACTS)
    second = runtime.handle(error, RequestFacts(ids=RequestIds("req_2")))

    assert [body(handled)["request_id"] for handled in (first, second)] == ["req_1", "req_2"]
    assert first.occurrence.id == occurrence.id != second.occurrence.id
    assert len(lines(capsys)) == 2


def test_ids_come_from_facts_then_context_then_chance():
    """There is always a request id, in body, header and occurrence."""
    runtime = Runtime.for_tests()

    with context.bind(ids=RequestIds("req_c"), actor="u1"):
        from_facts = runtime.handle(NotFoundError("x"), FACTS)
        from_context = runtime.handle(NotFoundError("x"))
    made = runtime.handle(NotFoundError("x"))

    assert body(from_facts)["request_id"] == "req_1"
    assert from_facts.occurrence.context.actor == "u1"
    assert body(from_context)["request_id"] == "req_c"
    assert len(str(body(made)["request_id"])) == 32
    assert ("X-Request-ID", body(made)["request_id"]) in made.reply.headers


def test_isolation_is_byte_identical_to_a_missing_id():
    """Only the request id may differ between another tenant's id and one that does not exist."""
    runtime = Runtime.for_tests(docs_url="https://d/", envelope=["problem", "text"], expose_messages=True)

    for accept in (None, "text/plain"):
        facts = RequestFacts(ids=RequestIds("req_1"), accept=accept)
        isolation = WorkspaceIsolationError(
            "theirs", details={"w": 2}, internal={"w": 2}, headers={"X-W": "2"}
        )

        assert runtime.reply(isolation, facts) == runtime.reply(NotFoundError(), facts)


def test_client_chooses_among_enabled_formats():
    """The first format is the default; the other is for who asks."""
    runtime = Runtime.for_tests(envelope=["problem", "text"])

    asked = runtime.reply(NotFoundError("Gone."), RequestFacts(accept="text/plain"))
    other = runtime.reply(NotFoundError("Gone."), RequestFacts(accept="image/png"))

    assert asked.body == b"Gone."
    assert json.loads(other.body)["status"] == 404


def test_statuses_are_the_runtimes():
    """A status may be given to a code or to a kind."""
    runtime = Runtime.for_tests(statuses={"NOT_FOUND": 410, "already_exists": 422})

    assert runtime.reply(NotFoundError("x")).status == 410
    assert runtime.reply(ConflictError("x")).status == ConflictError.spec.status


def test_exposed_messages_are_a_choice():
    """A runtime may make what is said at the raise public; foreign texts never are."""
    runtime = Runtime.for_tests(expose_messages=True, log_level="critical")

    assert json.loads(runtime.reply(InternalError("Ledger is closed.")).body)["detail"] == "Ledger is closed."
    assert b"secret" not in runtime.reply(ValueError("secret")).body


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError(),
        KeyboardInterrupt(),
        SystemExit(1),
        GeneratorExit(),
        BaseExceptionGroup("g", [ValueError("x"), KeyboardInterrupt()]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_exception_is_nobodys_answer(capsys, error):
    """A cancellation is not logged, not marked, not emitted at either entrance, and has to be raised again."""
    runtime, seen = Runtime(), []

    with events.stream.subscribe(ErrorReported, seen.append):
        handled = runtime.handle(error, FACTS)
        occurrence = runtime.report(error, queue="mail")

    assert handled.reraise is True
    assert occurrence.phase == "report"
    assert seen == []
    assert reported(error) is None
    assert capsys.readouterr().out == ""


def test_group_class_with_exceptions_only_is_answered():
    """A group counts by its members, not by its class."""

    class Own(BaseExceptionGroup):
        pass

    assert Runtime.for_tests().handle(Own("g", [NotFoundError("x")]), FACTS).reraise is False


def test_debug_shows_internal_facts_redacted():
    """In debug mode the answer has what the log has."""
    runtime = Runtime.development(log_level="critical")

    shown = json.loads(runtime.reply(InternalError("reading postgres://u:hunter2@db/x")).body)["debug"]

    assert shown["message"].startswith("reading postgres://")
    assert "hunter2" not in shown["message"]


def test_formats_keep_their_own_documentation():
    """A problem with a base of its own keeps it; others get the runtime's."""
    own = Runtime.for_tests(envelope=[Problem("https://own/"), Text()], docs_url="https://d/")
    theirs = Runtime.for_tests(envelope=Problem(), docs_url="https://d/")

    assert json.loads(own.reply(NotFoundError("x")).body)["type"] == "https://own/NOT_FOUND"
    assert json.loads(theirs.reply(NotFoundError("x")).body)["type"] == "https://d/NOT_FOUND"


def test_what_an_error_stands_for_is_the_same_error(capsys):
    """An adapter makes its own error of a framework's: one report, and both are marked."""
    caught, ids = LookupError("text"), RequestIds("req_1")
    with Runtime.for_tests(log_level="info") as runtime:
        first = runtime.handle(NotFoundError(), RequestFacts(ids=ids), stands_for=(caught,))
        again = runtime.handle(made := NotFoundError(), RequestFacts(ids=ids), stands_for=(caught,))
        another = runtime.handle(NotFoundError(), RequestFacts(ids=RequestIds("req_2")), stands_for=(caught,))

    assert first.occurrence is again.occurrence is reported(made)
    assert another.occurrence is reported(caught) is not first.occurrence
    assert (first.reply.status, first.reraise) == (404, False)
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("stands_for", ["text", [ValueError()], ("text", None)])
def test_what_stands_for_nothing_is_passed_over(stands_for):
    """Not everybody runs a type checker."""
    with Runtime.for_tests() as runtime:
        assert runtime.handle(NotFoundError(), stands_for=stands_for).reply.status == 404


def test_cancellation_marks_nothing_that_it_stands_for():
    """It was not reported, so nothing else was."""
    caught = ValueError()
    with Runtime.for_tests() as runtime:
        runtime.handle(KeyboardInterrupt(), stands_for=(caught,))

    assert reported(caught) is None


def test_status_of_a_class_is_what_it_is_answered_with():
    """By code, then by kind, then as declared; of an error that answers as another, the other's."""

    class Hidden(PermissionDeniedError, code="T_STATUS_HIDDEN", answers_as=NotFoundError):
        """Not to be told apart from a missing one."""

    with Runtime.for_tests(statuses={"NOT_FOUND": 410, "unavailable": 500}) as runtime:
        specs = [NotFoundError.spec, UnavailableError.spec, ValidationError.spec, Hidden.spec]

        assert [runtime.status_of(spec) for spec in specs] == [410, 500, 422, 410]
