# SPDX-License-Identifier: MIT
"""Errors for the HTTP statuses that a framework chose: 404 of its router, 405, `abort(418)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import attrs

from errcore.errors.app_error import AppError
from errcore.errors.classification import Classification, verdict_for
from errcore.errors.fields import internal
from errcore.errors.kinds import Kind, Severity
from errcore.errors.status_phrases import code_of
from errcore.errors.stock import (
    AuthenticationError,
    ConflictError,
    DeadlineExceededError,
    InternalError,
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
    NotSupportedError,
    PayloadTooLargeError,
    PaymentError,
    PermissionDeniedError,
    RateLimitError,
    UnavailableError,
    UnsupportedMediaTypeError,
    ValidationError,
)
from errcore.errors.upstream import parse_retry_after

__all__ = ["StatusError", "chosen_status", "error_for_status"]


class StatusError(AppError, code="HTTP_ERROR", kind="unknown"):
    """An answer with a status for which there is no class of its own.

    Args:
        http_status: The status; it need not be an error's (a framework may raise 304).
    """

    http_status: int = internal()

    def _errcore_verdict(self) -> Classification:
        status = self.http_status
        if status == 499:
            # As every other way to say so.
            return verdict_for(Kind.CANCELLED, code="CLIENT_DISCONNECTED", status=499)
        if status >= 500:
            return verdict_for(Kind.INTERNAL, code=code_of(status), status=status)
        verdict = verdict_for(Kind.FAILED_PRECONDITION, code=code_of(status), status=status)
        return verdict if status >= 400 else attrs.evolve(verdict, severity=Severity.DEBUG)


_CLASSES: dict[int, type[AppError]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: PaymentError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    409: ConflictError,
    413: PayloadTooLargeError,
    415: UnsupportedMediaTypeError,
    422: ValidationError,
    429: RateLimitError,
    500: InternalError,
    501: NotSupportedError,
    503: UnavailableError,
    504: DeadlineExceededError,
}


def error_for_status(
    status: int,
    message: str | None = None,
    *,
    details: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> AppError:
    """The error that stands for an HTTP status.

    Args:
        status: Any status from 200 to 599; it is kept, whatever it is. Others become 500.
        message: What the framework said; public for statuses below 500.
        details: Public facts.
        headers: Headers that belong to the status, such as `Allow`. The wait of a `Retry-After` becomes `retry_after`.

    >>> from errcore import classify
    >>> error_for_status(404).code, classify(error_for_status(418)).code
    ('NOT_FOUND', 'IM_A_TEAPOT')
    """
    # An interim response (RFC 9110 section 15.2) ends no request.
    if not 200 <= status <= 599:
        status = 500
    wait = _wait(headers) if headers else None
    cls = _CLASSES.get(status)
    if cls is not None:
        return cls(message, details=details, headers=headers, retry_after=wait)
    return StatusError(message, details=details, headers=headers, retry_after=wait, http_status=status)


def chosen_status(
    exc: Exception,
    status: int,
    said: object = None,
    headers: Mapping[str, str] | None = None,
    *,
    details: Mapping[str, object] | None = None,
) -> AppError:
    """The errcore error for a framework's exception that carries an HTTP status.

    Somebody chose the status, and wrote what goes with it for the client: below 500 it is public, from 500 on it is about
    us and stays inside. The phrase of the status, which frameworks put where nothing was written, counts as nothing.

    Args:
        exc: The framework's exception; its cause and its traceback are kept.
        status: The status.
        said: What goes with it. A text is the message, a mapping becomes details, anything else the detail `details`.
        headers: Headers that belong to the status, such as `Allow`.
        details: What goes with a text.

    >>> chosen_status(Exception(), 404, "No such agent.").code
    'NOT_FOUND'
    >>> chosen_status(Exception(), 409, {"agent_id": "a1"}).details
    {'agent_id': 'a1'}
    """
    message = said if isinstance(said, str) and said != _phrase(status) else None
    facts = details
    if said is not None and not isinstance(said, str):
        # Not under its own name: `detail` is the problem's sentence.
        facts = cast("Mapping[str, object]", said) if isinstance(said, Mapping) else {"details": said}
    ours = status >= 500
    error = error_for_status(status, message or None, details=None if ours else facts, headers=headers)
    if ours:
        error.internal = facts
    error.__cause__ = exc.__cause__
    return error.with_traceback(exc.__traceback__)


def _phrase(status: int) -> str | None:
    import http  # only what a framework raised needs it

    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return None


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of a `Retry-After` among the headers, so that the envelope and the policies know them, too."""
    return next((parse_retry_after(headers[name]) for name in headers if name.lower() == "retry-after"), None)
