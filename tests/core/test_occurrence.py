# SPDX-License-Identifier: MIT
"""The public side of an occurrence: what was declared public, bounded, and nothing else."""

from __future__ import annotations

import json
from collections import OrderedDict, defaultdict
from types import MappingProxyType

import attrs
import pytest

from errcore import NotFoundError, clock, internal, public, secret
from errcore.context import ErrorContext, RequestIds, bind
from errcore.errors import (
    MOST_ISSUES,
    AuthenticationError,
    DependencyError,
    InternalError,
    Issue,
    Kind,
    Occurrence,
    PermissionDeniedError,
    RateLimitError,
    Retriable,
    UnavailableError,
    ValidationError,
    WorkspaceIsolationError,
    issues_left_out,
)
from errcore.testing import FakeClock


class HealthDataNotFound(
    NotFoundError, code="T_OCCURRED_DATA_NOT_FOUND", message="No health data for {period}."
):
    """No records."""

    period: str = public()
    available: list[str] = public(factory=list)
    hint: str | None = public(default=None)
    user_id: str = internal(default="u1")
    token: str = secret(default="hunter2")


class BillingDown(
    DependencyError, code="T_BILLING_SYSTEM_UNAVAILABLE", message="Billing is down in {region}."
):
    """Billing."""

    region: str = public(default="eu")


def test_what_the_client_reads():
    """Code, status, sentence and public fields; an optional field is left out while it is None."""
    occurrence = Occurrence.of(HealthDataNotFound(period="june"))

    assert (occurrence.code, occurrence.status, occurrence.title, occurrence.message) == (
        "T_OCCURRED_DATA_NOT_FOUND",
        404,
        "T occurred data not found",
        "No health data for june.",
    )
    assert occurrence.details == {"period": "june", "available": []}
    assert Occurrence.of(HealthDataNotFound(period="june", hint="h")).details["hint"] == "h"
    assert (occurrence.documented, occurrence.recoverable, occurrence.retriable) == (True, True, Retriable.NO)
    assert (occurrence.issues, occurrence.headers, occurrence.retry_after) == ((), (), None)
    assert occurrence.type_name == f"{__name__}.HealthDataNotFound"


def test_when_and_where():
    """Id and time come from the clock, ids from the context, method and route from the caller."""
    ids = RequestIds("req_1")
    with clock.using(FakeClock(wall=123.5)), bind(ids=ids, actor="u1", order="o1"):
        occurrence = Occurrence.of(NotFoundError(), method="GET", route="/a/{b}", phase="stream")

    assert (occurrence.time, len(occurrence.id), occurrence.id) == (123.5, 32, FakeClock().token(16))
    assert occurrence.context == ErrorContext(ids, actor="u1")
    assert (occurrence.method, occurrence.route, occurrence.phase) == ("GET", "/a/{b}", "stream")
    given = Occurrence.of(NotFoundError(), ErrorContext(tenant="t1"))
    assert (given.context, given.method, given.phase) == (ErrorContext(tenant="t1"), None, "handler")


CALLER, SERVER = (
    (NotFoundError, ValidationError, AuthenticationError),
    (InternalError, UnavailableError, DependencyError),
)


@pytest.mark.parametrize("cls", CALLER)
def test_the_message_of_a_caller_s_fault_is_public(cls: type[NotFoundError]):
    """It was written for the caller; without one, the class's or the kind's sentence."""
    assert Occurrence.of(cls("Said so.")).message == "Said so."
    assert Occurrence.of(cls()).message == str(cls())


@pytest.mark.parametrize("cls", SERVER)
def test_the_message_of_a_server_s_fault_is_not(cls: type[InternalError]):
    """It was written for us; a runtime may opt into showing it."""
    assert "db-1" not in Occurrence.of(cls("db-1 is down")).message
    assert Occurrence.of(cls("db-1 is down"), expose_messages=True).message == "db-1 is down"
    assert Occurrence.of(cls(), expose_messages=True).message == Occurrence.of(cls()).message


def test_a_declared_sentence_is_public_whatever_the_fault():
    """The class declared it, with its public fields; an ad hoc message does not replace it."""
    assert Occurrence.of(BillingDown()).message == "Billing is down in eu."
    assert Occurrence.of(BillingDown("db-1")).message == "Billing is down in eu."
    assert Occurrence.of(BillingDown(), expose_messages=True).message == "Billing is down in eu."


def test_a_foreign_exception_says_nothing():
    """Its text never leaves, not even where messages are exposed."""
    occurrence = Occurrence.of(ValueError("postgres://u:hunter2@db"), expose_messages=True)

    assert (occurrence.code, occurrence.message, occurrence.details) == (
        "INTERNAL_ERROR",
        "An internal error occurred.",
        {},
    )
    assert (occurrence.verdict.expected, occurrence.type_name) == (False, "ValueError")
    assert "hunter2" not in repr(occurrence)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (None, 422),
        ({}, 422),
        ({"NOT_FOUND": 410}, 422),
        ({"VALIDATION_ERROR": 400}, 400),
        ({"invalid_argument": 400}, 400),
        ({Kind.INVALID_ARGUMENT: 400}, 400),
        ({"VALIDATION_ERROR": 418, "invalid_argument": 400}, 418),
        ({"VALIDATION_ERROR": 0}, 422),
    ],
    ids=range(8),
)
def test_a_runtime_may_answer_with_other_statuses(statuses: dict[str, int] | None, status: int):
    """By public code first, then by kind."""
    assert Occurrence.of(ValidationError(), statuses=statuses).status == status


def test_statuses_apply_to_foreign_exceptions_and_answers():
    """The public code counts: an isolation error follows what it answers as."""
    assert Occurrence.of(TimeoutError(), statuses={"deadline_exceeded": 503}).status == 503
    assert Occurrence.of(WorkspaceIsolationError(), statuses={"NOT_FOUND": 410}).status == 410
    assert Occurrence.of(WorkspaceIsolationError(), statuses={"WORKSPACE_ACCESS_DENIED": 410}).status == 404
    assert Occurrence.of(WorkspaceIsolationError(), statuses={"permission_denied": 410}).status == 404


PRIVATE = {"id", "time", "verdict", "type_name"}


def shown(occurrence: Occurrence) -> dict[str, object]:
    """All that a format may render."""
    names = [a.name for a in attrs.fields(Occurrence) if not a.name.startswith("_") and a.name not in PRIVATE]
    return {name: getattr(occurrence, name) for name in names}


class Hidden(
    PermissionDeniedError, code="T_HIDDEN_THING_DENIED", answers_as=NotFoundError, message="No {thing}."
):
    """Everything that could give it away."""

    thing: str = public(default="secret thing")
    field: str = public(default="f")


@pytest.mark.parametrize(
    "error",
    [
        WorkspaceIsolationError("told you", attempted_workspace="w1", authorized_workspaces=("w2",)),
        Hidden(
            "told you",
            details={"a": 1},
            field_errors={"b": ["c"]},
            retry_after=5,
            headers={"X-Hidden": "1"},
            internal={"d": 2},
        ),
        ExceptionGroup("g", [Hidden("told you")]),
    ],
    ids=["isolation", "all settings", "in a group"],
)
@pytest.mark.parametrize(
    "options", [{}, {"expose_messages": True}, {"statuses": {"NOT_FOUND": 410}}], ids=range(3)
)
def test_an_answer_as_another_class_is_that_answer(error: Exception, options: dict[str, object]):
    """Everything that can be rendered is what the other class gives, to the byte; only the verdict knows."""
    occurrence, other = Occurrence.of(error, **options), Occurrence.of(NotFoundError(), **options)

    assert shown(occurrence) == shown(other)
    assert occurrence.verdict.code != other.verdict.code
    assert (occurrence.verdict.status, occurrence.verdict.grpc_status) == (404, 5)


def test_what_an_answer_hides_is_in_the_log():
    """Public fields, too: they were not shown."""
    internal_side = Occurrence.of(Hidden(internal={"d": 2})).internal

    assert internal_side["details"] == {"d": 2, "thing": "secret thing", "field": "f"}


def test_details_are_public_and_declared_fields_win():
    """Ad hoc details come first; what the class promises is not replaced by them."""
    error = HealthDataNotFound(period="june", details={"period": "other", "more": 1})

    assert Occurrence.of(error).details == {"period": "june", "more": 1, "available": []}


def test_details_are_json_and_secret_names_are_hidden():
    """Whatever is in them becomes plain data; a value under a secret name does not."""
    details = Occurrence.of(
        NotFoundError(
            details={"api_key": "hunter2", "set": {1}, "nan": float("nan"), "o": object(), "b": b"x"}
        )
    ).details

    assert details == {"api_key": "[redacted]", "set": [1], "nan": None, "o": "<object>", "b": "<bytes: 1>"}
    json.dumps(details, allow_nan=False)


def test_details_that_are_no_mapping():
    """They are shown as one value."""
    assert Occurrence.of(NotFoundError(details=["a"])).details == {"details": ["a"]}


def test_a_flood_of_details_does_not_push_out_what_was_declared():
    """Both are bounded, each on its own."""
    error = HealthDataNotFound(period="june", details={f"k{n}": "x" * 1000 for n in range(10_000)})
    details = Occurrence.of(error).details

    assert details["period"] == "june"
    assert len(json.dumps(details)) < 40_000


def test_issues_are_listed():
    """The defects of rejected input, as they are."""
    issues = (Issue("/a/0", "REQUIRED", "Needed.", {"min": 1}, "body"), Issue("/b", "TOO_SHORT", "Longer."))

    assert Occurrence.of(ValidationError(issues=issues)).issues == issues
    assert Occurrence.of(ValidationError(issues=list(issues))).issues == issues


def test_pointers_are_bounded():
    """A deep one arrives whole, up to 1024 characters."""
    deep, deeper = "/" + "a" * 1023, "/" + "a" * 5000
    found = Occurrence.of(ValidationError(issues=(Issue(deep, "X", "x"), Issue(deeper, "X", "x")))).issues

    assert found[0].pointer == deep
    assert len(found[1].pointer) <= 1024


MAPPINGS = [
    dict,
    OrderedDict,
    lambda entries: MappingProxyType(dict(entries)),
    lambda entries: defaultdict(list, entries),
    list,
]


@pytest.mark.parametrize("made", MAPPINGS, ids=range(5))
def test_field_errors_become_issues(made: object):
    """Any mapping of names to messages, or pairs; names become pointers."""
    entries = [("email", ["Bad.", "Worse."]), ("a/b~c", ("Odd.",)), ("one", "Single."), ("none", [])]
    occurrence = Occurrence.of(ValidationError(field_errors=made(entries)))

    assert [(issue.pointer, issue.code, issue.message) for issue in occurrence.issues] == [
        ("/email", "INVALID", "Bad."),
        ("/email", "INVALID", "Worse."),
        ("/a~1b~0c", "INVALID", "Odd."),
        ("/one", "INVALID", "Single."),
    ]


def test_the_one_field_of_an_error_raised_by_hand():
    """`ValidationError("...", field="email")` lists its message, unless issues say more."""
    assert Occurrence.of(ValidationError("Needed.", field="a/b")).issues == (
        Issue("/a~1b", "INVALID", "Needed."),
    )
    assert Occurrence.of(ValidationError(field="a")).issues == ()
    assert len(Occurrence.of(ValidationError("x", field="a", field_errors={"b": ["c"]})).issues) == 1


def test_issues_are_capped_and_the_rest_is_counted():
    """A hundred are enough for anybody; what was left out is said."""
    issues = tuple(Issue(f"/{n}", "INVALID", "x") for n in range(150))
    found = Occurrence.of(ValidationError(issues=issues, field_errors={"a": ["b"] * 50, "c": ["d"]})).issues

    assert len(found) == 101
    assert found[-1] == Issue("", "TOO_MANY_ISSUES", "101 more were left out.", {"omitted": 101})
    assert len(Occurrence.of(ValidationError(issues=issues[:100])).issues) == 100
    assert (
        len(Occurrence.of(ValidationError(field_errors={f"f{n}": ["x"] for n in range(150)})).issues) == 101
    )


def test_issues_that_were_cut_before():
    """Whoever made the list may have left some out, and said so: they are counted, too."""
    cut = (
        *(Issue(f"/{n}", "INVALID", "x") for n in range(120)),
        Issue("", "TOO_MANY_ISSUES", "", {"omitted": 30}),
    )
    found = Occurrence.of(ValidationError(issues=cut)).issues

    assert len(found) == 101
    assert found[-1] == Issue("", "TOO_MANY_ISSUES", "50 more were left out.", {"omitted": 50})
    assert Occurrence.of(ValidationError(issues=cut[-2:])).issues[-1].params == {"omitted": 30}


@pytest.mark.parametrize(
    ("last", "omitted"),
    [
        (issues_left_out(900), 900),
        (Issue("", "TOO_MANY_ISSUES", "many"), 1),
        (Issue("", "TOO_MANY_ISSUES", "many", {"omitted": "900"}), 1),
        (Issue("", "TOO_MANY_ISSUES", "many", None), 1),
    ],
)
def test_a_list_that_was_cut_already_is_counted_on(last: Issue, omitted: int):
    """Whoever met a thousand defects need not make a thousand issues to have them counted."""
    listed = [Issue(f"/{n}", "INVALID", "x") for n in range(MOST_ISSUES)]

    found = Occurrence.of(ValidationError(issues=[*listed, last], field_errors={"a": ["b"]})).issues

    assert (len(found), found[-1]) == (MOST_ISSUES + 1, issues_left_out(omitted + 1))


def test_headers_and_waiting_time():
    """They are told to the client; headers are checked where a response is made."""
    occurrence = Occurrence.of(
        RateLimitError(retry_after=2.5, headers={"WWW-Authenticate": "Bearer", "N": 1})
    )

    assert (occurrence.retry_after, occurrence.headers) == (2.5, (("WWW-Authenticate", "Bearer"), ("N", "1")))


def test_an_occurrence_is_frozen():
    """Nobody changes it for others."""
    occurrence = Occurrence.of(NotFoundError())
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        occurrence.status = 200


def test_a_group_is_told_by_its_most_severe_member():
    """Type, message and fields are that member's."""
    occurrence = Occurrence.of(
        ExceptionGroup("g", [NotFoundError("x"), ExceptionGroup("h", [BillingDown(region="us")])])
    )

    assert (occurrence.code, occurrence.details) == ("T_BILLING_SYSTEM_UNAVAILABLE", {"region": "us"})
    assert occurrence.type_name == f"{__name__}.BillingDown"
    assert occurrence.retriable is Retriable.NO
