# SPDX-License-Identifier: MIT
"""The errors that come ready: raise them as they are, or declare your own below the one that fits.

AppError
+-- InvalidRequestError              400
|   +-- ValidationError              422
|   +-- PayloadTooLargeError         413
|   +-- UnsupportedMediaTypeError    415
|   +-- MethodNotAllowedError        405
|   +-- FileError                    400
|       +-- FileValidationError
|       +-- FileSizeError            413
+-- AuthenticationError              401
|   +-- TokenError
+-- PermissionDeniedError            403
|   +-- WorkspaceIsolationError      answers as NotFoundError
+-- NotFoundError                    404
+-- ConflictError                    409
|   +-- AlreadyExistsError
+-- PaymentError                     402
+-- RateLimitError                   429
+-- InternalError                    500
|   +-- ConfigurationError
|   +-- SerializationError
|   +-- EncryptionError
|   +-- DecryptionError
|   +-- RenderingError
+-- NotSupportedError                501
+-- DataIntegrityError               500
+-- ResourceExhaustedError           503, fault of the environment
+-- DeadlineExceededError            504, also a TimeoutError
+-- UnavailableError                 503
    +-- DependencyError
    |   +-- ConnectivityError
    |   +-- DatabaseError
    |   +-- StorageError
    |   +-- CacheError
    |   +-- EmailError
    |   +-- ToolError
    |   +-- RemoteError              502
    +-- RejectedError                refused on this side before anything was sent
        +-- CircuitOpenError
        +-- BulkheadFullError
        +-- CallLimitedError         our own outbound limit; RateLimitError is for a client over its limit
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from errcore.errors import reading
from errcore.errors.app_error import AppError
from errcore.errors.catalogue import catalog as catalog  # noqa: PLC0414 - fetched from here, with the stock in it
from errcore.errors.dependencies import (
    BulkheadFullError,
    CacheError,
    CallLimitedError,
    CircuitOpenError,
    ConnectivityError,
    DatabaseError,
    DependencyError,
    EmailError,
    RejectedError,
    StorageError,
    ToolError,
    UnavailableError,
)
from errcore.errors.field_messages import FieldErrors, briefly
from errcore.errors.fields import internal, public
from errcore.errors.issues import Issue  # noqa: TC001 - `typing.get_type_hints` looks for it here
from errcore.errors.remote import RemoteError

__all__ = [
    "AlreadyExistsError",
    "AuthenticationError",
    "BulkheadFullError",
    "CacheError",
    "CallLimitedError",
    "CircuitOpenError",
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
    "FileError",
    "FileSizeError",
    "FileValidationError",
    "InternalError",
    "InvalidRequestError",
    "MethodNotAllowedError",
    "NotFoundError",
    "NotSupportedError",
    "PayloadTooLargeError",
    "PaymentError",
    "PermissionDeniedError",
    "RateLimitError",
    "RejectedError",
    "RemoteError",
    "RenderingError",
    "ResourceExhaustedError",
    "SerializationError",
    "StorageError",
    "TokenError",
    "ToolError",
    "UnavailableError",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "WorkspaceIsolationError",
]


class InvalidRequestError(AppError, code="INVALID_REQUEST", kind="invalid_argument"):
    """The request itself is wrong, and will be wrong next time."""


class ValidationError(
    InvalidRequestError, code="VALIDATION_ERROR", status=422, message="The input is not valid."
):
    """The input breaks rules; every defect that was found is listed.

    Args:
        issues: The defects.
        field: The field this is about; of several, the first.

    Attributes:
        crashed: Whether it was a rule that failed, and not the input.

    >>> error = ValidationError("Email is required", field="email")
    >>> error.field
    'email'
    """

    issues: tuple[Issue, ...] = internal(default=())
    field: str | None = internal(default=None)
    crashed: ClassVar[bool] = False

    def __str__(self) -> str:
        said, found = super().__str__(), briefly(reading.attributes(self).get("issues"))
        return f"{said} {found}" if found else said


if not TYPE_CHECKING:
    # Where nobody gave messages by field, those of the issues are; it is worked out when somebody asks.
    ValidationError.field_errors = FieldErrors()


class PayloadTooLargeError(
    InvalidRequestError, code="PAYLOAD_TOO_LARGE", status=413, message="The payload is too large."
):
    """The request is larger than this service takes."""


class UnsupportedMediaTypeError(
    InvalidRequestError, code="MEDIA_TYPE_UNSUPPORTED", status=415, message="The media type is not supported."
):
    """The request is in a format that this service does not read."""


class MethodNotAllowedError(
    InvalidRequestError, code="METHOD_NOT_ALLOWED", status=405, message="The method is not allowed here."
):
    """The resource exists and does not take this method."""


class FileError(InvalidRequestError, code="FILE_ERROR", message="The file cannot be used."):
    """Something is wrong with a file that the client sent."""


class FileValidationError(FileError, code="FILE_INVALID", message="The file is not valid."):
    """The content or the type of the file is not accepted."""


class FileSizeError(FileError, code="FILE_TOO_LARGE", status=413, message="The file is too large."):
    """The file is larger than this service takes."""


class AuthenticationError(AppError, code="AUTHENTICATION_REQUIRED", kind="unauthenticated"):
    """Who is asking is not known; the same answer whatever the reason."""


class TokenError(AuthenticationError, code="TOKEN_INVALID", message="The token is not valid."):
    """The token is missing, malformed, expired or revoked."""


class PermissionDeniedError(AppError, code="PERMISSION_DENIED", kind="permission_denied"):
    """Who is asking is known and may not do this.

    Args:
        required_permissions: What would have been needed; for the log.
    """

    required_permissions: tuple[str, ...] = internal(default=())


class NotFoundError(AppError, code="NOT_FOUND", kind="not_found"):
    """The thing that was asked for does not exist, for this caller."""


class WorkspaceIsolationError(
    PermissionDeniedError, code="WORKSPACE_ACCESS_DENIED", severity="warning", answers_as=NotFoundError
):
    """Somebody reached for another tenant's data. The client reads what a missing id gives, to the byte.

    Args:
        attempted_workspace: Where they reached; for the log.
        authorized_workspaces: Where they may; for the log.
    """

    attempted_workspace: str | None = internal(default=None)
    authorized_workspaces: tuple[str, ...] = internal(default=())


class ConflictError(AppError, code="CONFLICT", kind="aborted"):
    """The request collided with another change; the same request may work later."""


class AlreadyExistsError(ConflictError, code="ALREADY_EXISTS", kind="already_exists"):
    """The thing that was to be created exists."""


class PaymentError(
    AppError,
    code="PAYMENT_REQUIRED",
    kind="failed_precondition",
    status=402,
    message="The payment did not succeed.",
):
    """The payment was declined or is missing."""


class RateLimitError(
    AppError,
    code="RATE_LIMIT_EXCEEDED",
    kind="resource_exhausted",
    message="Too many requests; try again later.",
):
    """A client is over its limit.

    Args:
        limit: Requests allowed per window.
        remaining: Requests left in it.
        reset_after: Seconds until the window is over.
    """

    limit: int | None = public(default=None)
    remaining: int | None = public(default=None)
    reset_after: float | None = public(default=None)


class InternalError(AppError, code="INTERNAL_ERROR", kind="internal"):
    """Our own failure, told to nobody but us."""


class ConfigurationError(InternalError, code="CONFIGURATION_INVALID"):
    """This service is set up wrongly."""


class SerializationError(InternalError, code="SERIALIZATION_FAILED"):
    """Data of ours could not be written or read."""


class EncryptionError(InternalError, code="ENCRYPTION_ERROR"):
    """Data could not be encrypted."""


class DecryptionError(InternalError, code="DECRYPTION_ERROR"):
    """Data could not be decrypted; the reason stays with us."""


class RenderingError(InternalError, code="RENDERING_FAILED"):
    """A document, image or video could not be made."""


class NotSupportedError(AppError, code="OPERATION_UNSUPPORTED", kind="unimplemented"):
    """This service does not do that."""


class DataIntegrityError(AppError, code="DATA_INTEGRITY_ERROR", kind="data_loss"):
    """Stored data is lost or broken."""


class ResourceExhaustedError(
    AppError,
    code="RESOURCE_EXHAUSTED",
    kind="resource_exhausted",
    status=503,
    fault="environment",
    severity="critical",
    retriable=False,
):
    """This host is out of memory, handles or disk.

    Note:
        Declare `status=507` for a full disk.
    """


class DeadlineExceededError(AppError, TimeoutError, code="DEADLINE_EXCEEDED", kind="deadline_exceeded"):
    """It took too long; the work may have happened."""
