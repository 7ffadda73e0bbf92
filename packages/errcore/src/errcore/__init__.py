# SPDX-License-Identifier: MIT
"""One error contract for a Python service.

The names that people type are here, and each is fetched from its room the first time somebody asks for it:
`import errcore` alone loads nothing. Declare an error once (`errcore.errors`), and its answer
(`errcore.envelopes`), its log line (`errcore.logs`) and its verdict follow from that declaration; `policy` guards the
calls that can fail (`errcore.policies`); an `InputValidator` says what may come in (`errcore.validation`); a
`Runtime` wires all of it together for one service.

>>> from errcore import NotFoundError, classify
>>> verdict = classify(NotFoundError("No such agent."))
>>> verdict.code, verdict.status
('NOT_FOUND', 404)

PYTEST_DONT_REWRITE: nothing here asserts, and errcore's plugin must not be a reason to warn of an earlier import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore import cli as cli
    from errcore import clock as clock
    from errcore import closing as closing
    from errcore import context as context
    from errcore import envelopes as envelopes
    from errcore import errors as errors
    from errcore import events as events
    from errcore import forks as forks
    from errcore import handbook as handbook
    from errcore import jsonsafe as jsonsafe
    from errcore import lazily as lazily
    from errcore import logs as logs
    from errcore import mishaps as mishaps
    from errcore import monitor as monitor
    from errcore import policies as policies
    from errcore import redaction as redaction
    from errcore import runtime as runtime
    from errcore import testing as testing
    from errcore import validation as validation
    from errcore.envelopes import Reply, RequestFacts, from_response, ok
    from errcore.errors import (
        AlreadyExistsError,
        AppError,
        AuthenticationError,
        BulkheadFullError,
        CacheError,
        CallLimitedError,
        CircuitOpenError,
        Classification,
        ConfigurationError,
        ConflictError,
        ConnectivityError,
        DatabaseError,
        DataIntegrityError,
        DeadlineExceededError,
        DecryptionError,
        DependencyError,
        EmailError,
        EncryptionError,
        Fault,
        FileError,
        FileSizeError,
        FileValidationError,
        InternalError,
        InvalidRequestError,
        Issue,
        Kind,
        MethodNotAllowedError,
        NotFoundError,
        NotSupportedError,
        Occurrence,
        Outcome,
        PayloadTooLargeError,
        PaymentError,
        PermissionDeniedError,
        RateLimitError,
        RejectedError,
        RemoteError,
        RenderingError,
        ResourceExhaustedError,
        Retriable,
        SerializationError,
        Severity,
        StorageError,
        TokenError,
        ToolError,
        UnavailableError,
        UnsupportedMediaTypeError,
        ValidationError,
        WorkspaceIsolationError,
        catalog,
        classify,
        doing,
        internal,
        map_exception,
        public,
        raises,
        secret,
    )
    from errcore.policies import (
        Breaker,
        Bulkhead,
        Chaos,
        Fallback,
        Policy,
        RateLimit,
        Retry,
        RetryBudget,
        Timeout,
        deadline,
        handle_errors,
        outgoing_headers,
        policy,
        recovery,
        remaining,
    )
    from errcore.runtime import Handled, Runtime
    from errcore.validation import InputValidator, Validator, rule


# Literal on purpose: readers, checkers and a test all see the same thing.
_HOME = {
    "AlreadyExistsError": "errcore.errors",
    "AppError": "errcore.errors",
    "AuthenticationError": "errcore.errors",
    "Breaker": "errcore.policies",
    "Bulkhead": "errcore.policies",
    "BulkheadFullError": "errcore.errors",
    "CacheError": "errcore.errors",
    "CallLimitedError": "errcore.errors",
    "Chaos": "errcore.policies",
    "CircuitOpenError": "errcore.errors",
    "Classification": "errcore.errors",
    "ConfigurationError": "errcore.errors",
    "ConflictError": "errcore.errors",
    "ConnectivityError": "errcore.errors",
    "DataIntegrityError": "errcore.errors",
    "DatabaseError": "errcore.errors",
    "DeadlineExceededError": "errcore.errors",
    "DecryptionError": "errcore.errors",
    "DependencyError": "errcore.errors",
    "EmailError": "errcore.errors",
    "EncryptionError": "errcore.errors",
    "Fallback": "errcore.policies",
    "Fault": "errcore.errors",
    "FileError": "errcore.errors",
    "FileSizeError": "errcore.errors",
    "FileValidationError": "errcore.errors",
    "Handled": "errcore.runtime",
    "InputValidator": "errcore.validation",
    "InternalError": "errcore.errors",
    "InvalidRequestError": "errcore.errors",
    "Issue": "errcore.errors",
    "Kind": "errcore.errors",
    "MethodNotAllowedError": "errcore.errors",
    "NotFoundError": "errcore.errors",
    "NotSupportedError": "errcore.errors",
    "Occurrence": "errcore.errors",
    "Outcome": "errcore.errors",
    "PayloadTooLargeError": "errcore.errors",
    "PaymentError": "errcore.errors",
    "PermissionDeniedError": "errcore.errors",
    "Policy": "errcore.policies",
    "RateLimit": "errcore.policies",
    "RateLimitError": "errcore.errors",
    "RejectedError": "errcore.errors",
    "RemoteError": "errcore.errors",
    "RenderingError": "errcore.errors",
    "Reply": "errcore.envelopes",
    "RequestFacts": "errcore.envelopes",
    "ResourceExhaustedError": "errcore.errors",
    "Retriable": "errcore.errors",
    "Retry": "errcore.policies",
    "RetryBudget": "errcore.policies",
    "Runtime": "errcore.runtime",
    "SerializationError": "errcore.errors",
    "Severity": "errcore.errors",
    "StorageError": "errcore.errors",
    "Timeout": "errcore.policies",
    "TokenError": "errcore.errors",
    "ToolError": "errcore.errors",
    "UnavailableError": "errcore.errors",
    "UnsupportedMediaTypeError": "errcore.errors",
    "ValidationError": "errcore.errors",
    "Validator": "errcore.validation",
    "WorkspaceIsolationError": "errcore.errors",
    "catalog": "errcore.errors",
    "classify": "errcore.errors",
    "deadline": "errcore.policies",
    "doing": "errcore.errors",
    "from_response": "errcore.envelopes",
    "handle_errors": "errcore.policies",
    "internal": "errcore.errors",
    "map_exception": "errcore.errors",
    "ok": "errcore.envelopes",
    "outgoing_headers": "errcore.policies",
    "policy": "errcore.policies",
    "public": "errcore.errors",
    "raises": "errcore.errors",
    "recovery": "errcore.policies",
    "remaining": "errcore.policies",
    "rule": "errcore.validation",
    "secret": "errcore.errors",
}

_ROOMS = frozenset(
    {
        "cli",
        "clock",
        "closing",
        "context",
        "envelopes",
        "errors",
        "events",
        "forks",
        "handbook",
        "jsonsafe",
        "lazily",
        "logs",
        "mishaps",
        "monitor",
        "policies",
        "redaction",
        "runtime",
        "testing",
        "validation",
    }
)

__all__ = [
    "AlreadyExistsError",
    "AppError",
    "AuthenticationError",
    "Breaker",
    "Bulkhead",
    "BulkheadFullError",
    "CacheError",
    "CallLimitedError",
    "Chaos",
    "CircuitOpenError",
    "Classification",
    "ConfigurationError",
    "ConflictError",
    "ConnectivityError",
    "DataIntegrityError",
    "DatabaseError",
    "DeadlineExceededError",
    "DecryptionError",
    "DependencyError",
    "EmailError",
    "EncryptionError",
    "Fallback",
    "Fault",
    "FileError",
    "FileSizeError",
    "FileValidationError",
    "Handled",
    "InputValidator",
    "InternalError",
    "InvalidRequestError",
    "Issue",
    "Kind",
    "MethodNotAllowedError",
    "NotFoundError",
    "NotSupportedError",
    "Occurrence",
    "Outcome",
    "PayloadTooLargeError",
    "PaymentError",
    "PermissionDeniedError",
    "Policy",
    "RateLimit",
    "RateLimitError",
    "RejectedError",
    "RemoteError",
    "RenderingError",
    "Reply",
    "RequestFacts",
    "ResourceExhaustedError",
    "Retriable",
    "Retry",
    "RetryBudget",
    "Runtime",
    "SerializationError",
    "Severity",
    "StorageError",
    "Timeout",
    "TokenError",
    "ToolError",
    "UnavailableError",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "Validator",
    "WorkspaceIsolationError",
    "catalog",
    "classify",
    "deadline",
    "doing",
    "from_response",
    "handle_errors",
    "internal",
    "map_exception",
    "ok",
    "outgoing_headers",
    "policy",
    "public",
    "raises",
    "recovery",
    "remaining",
    "rule",
    "secret",
]


if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them

    def __getattr__(name: str) -> object:
        """Fetch a public name, or a room, when it is first asked for; Python keeps it from then on (PEP 562)."""
        if name in _ROOMS:
            return import_module(f"errcore.{name}")
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module 'errcore' has no attribute {name!r}", name=name)
        value = getattr(import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_ROOMS})
