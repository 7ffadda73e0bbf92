# SPDX-License-Identifier: MIT
"""The documents of five real systems, field by field: their errors declared here, told by our formats, read back.

The files in `golden/` hold what those systems print, and nothing else; each comparison is of parsed JSON, exactly.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from weakref import WeakValueDictionary

import pytest

import errcore
from errcore import (
    AppError,
    AuthenticationError,
    ConflictError,
    DatabaseError,
    DataIntegrityError,
    DeadlineExceededError,
    DecryptionError,
    DependencyError,
    EncryptionError,
    FileError,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    Occurrence,
    PaymentError,
    PermissionDeniedError,
    RateLimitError,
    RenderingError,
    Runtime,
    StorageError,
    TokenError,
    ToolError,
    UnavailableError,
    ValidationError,
    WorkspaceIsolationError,
    clock,
    envelopes,
    public,
)
from errcore.context import ErrorContext, RequestIds
from errcore.envelopes.codecs import encode
from errcore.testing import FakeClock

GOLDEN = Path(__file__).parent / "golden"
MORNING, EVENING, NEW_YEAR = 1705314600.0, 1761088500.0, 1704067200.0


@pytest.fixture(autouse=True)
def fresh_catalogue(monkeypatch):
    """Codes of these systems may be declared elsewhere, too: here only errcore's own are known beforehand."""
    own = {
        spec.code: errcore.catalog._classes[spec.code]
        for spec in errcore.catalog
        if spec.qualname.startswith("errcore.")
    }
    monkeypatch.setattr(errcore.catalog, "_classes", WeakValueDictionary(own))


def golden(name: str) -> SimpleNamespace:
    return SimpleNamespace(**json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")))


def told(error, form, *, request_id=None, at=MORNING):
    """The document of an error at a fixed time, in a request with a fixed id or in none; and what is read of it."""
    context = ErrorContext() if request_id is None else ErrorContext(RequestIds(request_id))
    with clock.using(FakeClock(wall=at)):
        occurrence = Occurrence.of(error, context)
    document = json.loads(encode(form.render(occurrence)))
    return document, form.parse(document)


# --- errors by field, context as typed extras


def test_field_errors():
    """A map from field to messages, the code and the message beside it."""

    class InvalidAgentData(ValidationError, code="INVALID_AGENT_DATA"):
        """The data of an agent are not valid."""

    error = InvalidAgentData(
        "Agent creation failed",
        field_errors={"name": ["Name is required"], "model_provider": ["Must be 'openai' or 'anthropic'"]},
    )
    document, read = told(error, envelopes.field_map(id_key=None))

    assert document == golden("seed0").field_errors
    assert (read.code, read.message, read.details) == ("INVALID_AGENT_DATA", "Agent creation failed", {})
    assert [(issue.pointer, issue.message) for issue in read.issues] == [
        ("/name", "Name is required"),
        ("/model_provider", "Must be 'openai' or 'anthropic'"),
    ]


def test_rate_limit_extras():
    """What a class declares public stands beside the code."""

    class TierLimit(RateLimitError):
        """Over the limit of a tier."""

        reset_at: int = public()

    error = TierLimit("Rate limit exceeded", limit=100, remaining=0, reset_at=1705314600)
    document, read = told(error, envelopes.field_map(id_key=None))

    assert document == golden("seed0").rate_limit
    assert read.details == {"limit": 100, "remaining": 0, "reset_at": 1705314600}


def test_missing_permissions():
    """Lists are facts like any other."""

    class InsufficientPermissions(PermissionDeniedError, code="INSUFFICIENT_PERMISSIONS"):
        """A permission is missing."""

        required_permissions: list[str] = public()

    error = InsufficientPermissions("Permission denied", required_permissions=["create_agent"])

    assert told(error, envelopes.field_map(id_key=None))[0] == golden("seed0").permissions


def test_workspace_isolation_gives_nothing_away():
    """That system's own constructor takes the workspaces that the caller may use: they stay in the log."""
    error = WorkspaceIsolationError(
        "Access denied to workspace", attempted_workspace="ws_123", authorized_workspaces=("ws_456", "ws_789")
    )

    assert told(error, envelopes.field_map(id_key=None))[0] == golden("seed0").isolation
    assert Occurrence.of(error).internal["details"]["authorized_workspaces"] == ["ws_456", "ws_789"]


# --- a flat document, and a sentence for a chat


def test_flat_context():
    """The code in lower case; an id that is not known is null, where the class says that it is always there."""

    class SearchFailed(ToolError, message="The search did not answer."):
        """A tool failed."""

        customer_id: str | None = public()
        conversation_id: str | None = public()
        tool_name: str | None = public()
        retry_count: int = public(default=0)

    class StateLoadFailed(SearchFailed, code="STATE_LOAD_FAILED", message="The state could not be loaded."):
        """No state."""

    full = SearchFailed(customer_id="cust_1", conversation_id="conv_2", tool_name="search_knowledge_base")
    little = StateLoadFailed(customer_id=None, conversation_id=None, tool_name=None)
    document, read = told(full, envelopes.get("flat"))

    assert document == golden("seed1").to_dict
    assert told(little, envelopes.get("flat"))[0] == golden("seed1").to_dict_of_little
    assert (read.code, read.time) == ("TOOL_EXECUTION_FAILED", MORNING)
    assert read.details["retry_count"] == 0


def test_flat_types():
    """Every type of that system is the code of a class, and is read back as this code."""
    declared = {
        "INVALID_INPUT": InvalidRequestError,
        "AUTHENTICATION_FAILED": AuthenticationError,
        "TIMEOUT_ERROR": DeadlineExceededError,
        "TOOL_NOT_FOUND": NotFoundError,
        "TOOL_CONFIGURATION_ERROR": InternalError,
        "STATE_LOAD_FAILED": InternalError,
        "STATE_SAVE_FAILED": InternalError,
        "CONCURRENT_ACCESS_ERROR": ConflictError,
        "EXTERNAL_API_ERROR": DependencyError,
        "NETWORK_ERROR": DependencyError,
    }
    classes = [type(code, (base,), {}, code=code) for code, base in declared.items()]
    classes += [PermissionDeniedError, ValidationError, InternalError, UnavailableError, RateLimitError]
    classes += [ToolError, DataIntegrityError]
    answers = [told(cls(), envelopes.get("flat")) for cls in classes]

    assert sorted(document["error_type"] for document, _ in answers) == sorted(golden("seed1").types)
    assert [read.code for _, read in answers] == [cls.code for cls in classes]


def test_sentences_for_a_customer():
    """What the class declared is said; of a fault of ours with the id to quote."""
    said = golden("seed1").sentences
    text = envelopes.get("text")

    class AuthenticationFailed(
        AuthenticationError, code="AUTHENTICATION_FAILED", message=said["authentication_failed"]
    ):
        """No credentials."""

    class Denied(PermissionDeniedError, message=said["permission_denied"]):
        """Denied."""

    class SearchBusy(RateLimitError, message=said["search"]):
        """Busy."""

    class Technical(InternalError, message=said["technical"]):
        """Broken."""

    def sentence(error):
        return text.render(Occurrence.of(error, ErrorContext(RequestIds("req_1"))))

    assert sentence(AuthenticationFailed()) == said["authentication_failed"]
    assert sentence(Denied()) == said["permission_denied"]
    assert sentence(SearchBusy()) == said["search"]
    assert sentence(Technical()) == f"{said['technical']} Reference: req_1."


# --- success, data, error; and the results of tools


def test_wrapped_answer():
    """Success or error in one shape, the error with the id that several requests share."""

    class HealthDataNotFound(
        NotFoundError,
        code="HEALTH_DATA_NOT_FOUND",
        message="No health data found for the requested time period",
    ):
        """No records."""

        time_period: str = public()
        available_periods: list[str] = public(factory=list)

    error = HealthDataNotFound(time_period="last_30_days", available_periods=["last_7_days", "last_90_days"])
    document, read = told(error, envelopes.get("wrapped"), request_id="req_7f8a9b2c", at=EVENING)

    assert document == golden("seed2").api
    assert (read.code, read.correlation_id, read.time) == ("HEALTH_DATA_NOT_FOUND", "req_7f8a9b2c", EVENING)
    assert read.details["available_periods"] == ["last_7_days", "last_90_days"]


def test_tool_results():
    """A success, and failures with and without details and an id: what is not known is not there."""
    shape = envelopes.wrapped(tool=True)
    expected = golden("seed2")

    class ToolInvalidInput(InvalidRequestError, code="TOOL_INVALID_INPUT"):
        """Wrong arguments."""

        invalid_field: str = public()

    class ToolTimeout(
        DeadlineExceededError,
        code="TOOL_EXECUTION_TIMEOUT",
        message="Operation timed out after {seconds} seconds",
    ):
        """Too slow."""

        seconds: int = public()

    class ToolFailed(ToolError, message="Tool execution failed"):
        """Broken."""

    invalid, read = told(ToolInvalidInput("Invalid input: not a metric", invalid_field="metric_types"), shape)
    slow, _ = told(ToolTimeout(seconds=30), shape)
    failed, after = told(ToolFailed(), shape, request_id="req_7f8a9b2c")

    assert shape.ok({"records": [{"metric": "steps"}], "count": 1}, execution_time_ms=12.5) == (
        expected.tool_success
    )
    assert invalid == expected.tool_invalid_input
    assert slow == expected.tool_timeout | {"details": {"seconds": 30}}
    assert failed == expected.tool_failed
    assert (read.code, read.details) == ("TOOL_INVALID_INPUT", {"invalid_field": "metric_types"})
    assert (after.code, after.correlation_id) == ("TOOL_EXECUTION_FAILED", "req_7f8a9b2c")


def test_tool_timeout_whose_sentence_is_fixed():
    """The same failure with a sentence of its own says no more than that system does."""

    class ToolTimeout(
        DeadlineExceededError,
        code="TOOL_EXECUTION_TIMEOUT",
        message="Operation timed out after 30 seconds",
    ):
        """Too slow."""

    assert told(ToolTimeout(), envelopes.wrapped(tool=True))[0] == golden("seed2").tool_timeout


# --- one object with request_id and retriable


def test_nested_retriable():
    """Code, message, details, time, the request's id, and whether the same request may work later."""
    error = ValidationError(
        "Invalid configuration key format",
        details={"field": "key", "reason": "Key must match pattern: [a-zA-Z0-9_.-]+"},
    )
    document, read = told(error, envelopes.get("nested"), request_id="req_abc123")

    assert document == golden("seed3").api
    assert (read.code, read.request_id, read.retriable, read.time) == (
        "VALIDATION_ERROR",
        "req_abc123",
        False,
        MORNING,
    )
    assert read.details["field"] == "key"


def test_nested_codes_and_statuses():
    """The whole table: each code under its status, 4xx not retriable unless time alone heals them."""
    declared = [
        *(
            type(code, (ValidationError,), {}, code=code)
            for code in ("INVALID_NAMESPACE", "INVALID_KEY", "INVALID_VALUE")
        ),
        type("Unauthorized", (AuthenticationError,), {}, code="UNAUTHORIZED"),
        type("VersionNotFound", (NotFoundError,), {}, code="VERSION_NOT_FOUND"),
    ]
    stock = [InvalidRequestError, ValidationError, PermissionDeniedError, NotFoundError, ConflictError]
    stock += [RateLimitError, InternalError, StorageError, EncryptionError, DecryptionError]
    stock += [UnavailableError, DatabaseError]
    with Runtime.for_tests(envelope="nested", statuses={"STORAGE_ERROR": 500}) as runtime:
        replies = [runtime.reply(cls()) for cls in (*declared, *stock)]
    errors = [errcore.from_response(reply.status, reply.headers, reply.body) for reply in replies]

    assert {error.code: error.upstream.status for error in errors} == golden("seed3").statuses
    assert {error.code for error in errors if error.upstream.status < 500 and error.upstream.retriable} == {
        "CONFLICT",
        "RATE_LIMIT_EXCEEDED",
    }


# --- one object with recoverable, no id


def test_nested_recoverable():
    """Whether the user can act instead of whether to try again; the id is in the header alone."""
    form = envelopes.nested(id_key=None, flags=("recoverable",))

    class SomeError(InvalidRequestError, code="ERROR_CODE"):
        """Any error."""

    class PaymentDeclined(PaymentError, code="PAYMENT_DECLINED", recoverable=True):
        """The card was declined."""

        reason: str = public()

    some = SomeError("Human-readable error message", details={"additional": "context information"})
    declined = PaymentDeclined("Payment declined", reason="insufficient_funds")
    document, read = told(some, form, request_id="req_1", at=NEW_YEAR)

    assert document == golden("seed4").api
    assert told(declined, form, at=NEW_YEAR)[0] == golden("seed4").declined
    assert (read.recoverable, read.retriable, read.request_id) == (True, None, None)


def test_classes_and_statuses():
    """The classes of that system and their statuses, two of which are a matter of one line."""

    class ExternalServiceError(DependencyError, code="EXTERNAL_SERVICE_ERROR"):
        """Another service failed."""

    classes: dict[str, type[AppError]] = {
        "AuthorizationError": PermissionDeniedError,
        "ExternalServiceError": ExternalServiceError,
    }
    same = (AuthenticationError, TokenError, PaymentError, FileError, RenderingError, DatabaseError)
    classes |= {cls.__name__: cls for cls in (*same, ValidationError, RateLimitError)}
    form = envelopes.nested(id_key=None, flags=("recoverable",))
    with Runtime.for_tests(envelope=form, statuses={"DATABASE_ERROR": 500}) as runtime:
        statuses = {name: runtime.reply(cls()).status for name, cls in classes.items()}

    assert statuses == golden("seed4").statuses
