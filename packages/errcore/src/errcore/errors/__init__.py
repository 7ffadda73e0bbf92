# SPDX-License-Identifier: MIT
"""What went wrong: errors are declared here, classified here, and turned into occurrences.

Declare an error as a class below `AppError` or one of the stock errors; `classify` gives any exception its one verdict;
an `Occurrence` is what the other rooms see of it. Names are fetched when they are first asked for: raising an error
needs little of what telling it needs.

The files, in the order of an error's life:

- declaring: `fields`, `declaration`, `refusals`, `spec`, `field_types`, `message`, `catalogue`
- raising: `app_error`, `stock`, `dependencies`, `remote`, `statuses`, `status_phrases`, `werkzeug_answers`, `issues`,
  `field_messages`, `annotation`, `raising`, `pickling`
- judging: `kinds`, `classification`, `rules`, `builtin_rules`, `library_rules`, `databases`, `upstream`, `told`
- telling: `reading`, `causes`, `groups`, `frames`, `public_view`, `internal_view`, `occurrence`, `reported`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore.lazily import fetching

if TYPE_CHECKING:
    from errcore.errors.annotation import doing
    from errcore.errors.app_error import AppError
    from errcore.errors.catalogue import (
        Catalogue,
        Finding,
        catalog,
    )
    from errcore.errors.causes import Cause
    from errcore.errors.classification import (
        Classification,
        classify,
    )
    from errcore.errors.fields import (
        Visibility,
        internal,
        public,
        secret,
    )
    from errcore.errors.groups import only_leaf
    from errcore.errors.issues import (
        ISSUE_CODES,
        MOST_ISSUES,
        Issue,
        issues_left_out,
        json_pointer,
    )
    from errcore.errors.kinds import (
        KIND_RULES,
        Cost,
        Executed,
        Fault,
        Kind,
        KindRule,
        Outcome,
        Retriable,
        Severity,
    )
    from errcore.errors.occurrence import Occurrence
    from errcore.errors.raising import raised_by, raises
    from errcore.errors.reported import ErrorReported
    from errcore.errors.rules import map_exception
    from errcore.errors.spec import (
        ErrorSpec,
        FieldSpec,
    )
    from errcore.errors.statuses import (
        StatusError,
        chosen_status,
        error_for_status,
    )
    from errcore.errors.stock import (
        AlreadyExistsError,
        AuthenticationError,
        BulkheadFullError,
        CacheError,
        CallLimitedError,
        CircuitOpenError,
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
        FileError,
        FileSizeError,
        FileValidationError,
        InternalError,
        InvalidRequestError,
        MethodNotAllowedError,
        NotFoundError,
        NotSupportedError,
        PayloadTooLargeError,
        PaymentError,
        PermissionDeniedError,
        RateLimitError,
        RejectedError,
        RemoteError,
        RenderingError,
        ResourceExhaustedError,
        SerializationError,
        StorageError,
        TokenError,
        ToolError,
        UnavailableError,
        UnsupportedMediaTypeError,
        ValidationError,
        WorkspaceIsolationError,
    )
    from errcore.errors.told import Told
    from errcore.errors.upstream import verdict_on_answer
    from errcore.errors.werkzeug_answers import chosen_by_werkzeug

__all__ = [
    "ISSUE_CODES",
    "KIND_RULES",
    "MOST_ISSUES",
    "AlreadyExistsError",
    "AppError",
    "AuthenticationError",
    "BulkheadFullError",
    "CacheError",
    "CallLimitedError",
    "Catalogue",
    "Cause",
    "CircuitOpenError",
    "Classification",
    "ConfigurationError",
    "ConflictError",
    "ConnectivityError",
    "Cost",
    "DataIntegrityError",
    "DatabaseError",
    "DeadlineExceededError",
    "DecryptionError",
    "DependencyError",
    "EmailError",
    "EncryptionError",
    "ErrorReported",
    "ErrorSpec",
    "Executed",
    "Fault",
    "FieldSpec",
    "FileError",
    "FileSizeError",
    "FileValidationError",
    "Finding",
    "InternalError",
    "InvalidRequestError",
    "Issue",
    "Kind",
    "KindRule",
    "MethodNotAllowedError",
    "NotFoundError",
    "NotSupportedError",
    "Occurrence",
    "Outcome",
    "PayloadTooLargeError",
    "PaymentError",
    "PermissionDeniedError",
    "RateLimitError",
    "RejectedError",
    "RemoteError",
    "RenderingError",
    "ResourceExhaustedError",
    "Retriable",
    "SerializationError",
    "Severity",
    "StatusError",
    "StorageError",
    "TokenError",
    "Told",
    "ToolError",
    "UnavailableError",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "Visibility",
    "WorkspaceIsolationError",
    "catalog",
    "chosen_by_werkzeug",
    "chosen_status",
    "classify",
    "doing",
    "error_for_status",
    "internal",
    "issues_left_out",
    "json_pointer",
    "map_exception",
    "only_leaf",
    "public",
    "raised_by",
    "raises",
    "secret",
    "verdict_on_answer",
]

_HOME = {
    "ISSUE_CODES": "issues",
    "KIND_RULES": "kinds",
    "MOST_ISSUES": "issues",
    "AlreadyExistsError": "stock",
    "AppError": "app_error",
    "AuthenticationError": "stock",
    "BulkheadFullError": "stock",
    "CacheError": "stock",
    "CallLimitedError": "stock",
    "Catalogue": "catalogue",
    "Cause": "causes",
    "CircuitOpenError": "stock",
    "Classification": "classification",
    "ConfigurationError": "stock",
    "ConflictError": "stock",
    "ConnectivityError": "stock",
    "Cost": "kinds",
    "DataIntegrityError": "stock",
    "DatabaseError": "stock",
    "DeadlineExceededError": "stock",
    "DecryptionError": "stock",
    "DependencyError": "stock",
    "EmailError": "stock",
    "EncryptionError": "stock",
    "ErrorReported": "reported",
    "ErrorSpec": "spec",
    "Executed": "kinds",
    "Fault": "kinds",
    "FieldSpec": "spec",
    "FileError": "stock",
    "FileSizeError": "stock",
    "FileValidationError": "stock",
    "Finding": "catalogue",
    "InternalError": "stock",
    "InvalidRequestError": "stock",
    "Issue": "issues",
    "Kind": "kinds",
    "KindRule": "kinds",
    "MethodNotAllowedError": "stock",
    "NotFoundError": "stock",
    "NotSupportedError": "stock",
    "Occurrence": "occurrence",
    "Outcome": "kinds",
    "PayloadTooLargeError": "stock",
    "PaymentError": "stock",
    "PermissionDeniedError": "stock",
    "RateLimitError": "stock",
    "RejectedError": "stock",
    "RemoteError": "stock",
    "RenderingError": "stock",
    "ResourceExhaustedError": "stock",
    "Retriable": "kinds",
    "SerializationError": "stock",
    "Severity": "kinds",
    "StatusError": "statuses",
    "StorageError": "stock",
    "Told": "told",
    "TokenError": "stock",
    "ToolError": "stock",
    "UnavailableError": "stock",
    "UnsupportedMediaTypeError": "stock",
    "ValidationError": "stock",
    "Visibility": "fields",
    "WorkspaceIsolationError": "stock",
    # By way of the stock, so that whoever looks into the catalogue finds it there.
    "catalog": "stock",
    "chosen_by_werkzeug": "werkzeug_answers",
    "chosen_status": "statuses",
    "classify": "classification",
    "doing": "annotation",
    "error_for_status": "statuses",
    "internal": "fields",
    "issues_left_out": "issues",
    "json_pointer": "issues",
    "map_exception": "rules",
    "only_leaf": "groups",
    "public": "fields",
    "raised_by": "raising",
    "raises": "raising",
    "secret": "fields",
    "verdict_on_answer": "upstream",
}
"""Where each name lives."""


if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them
    __getattr__, __dir__ = fetching(__name__, _HOME)
