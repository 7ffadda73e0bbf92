# SPDX-License-Identifier: MIT
"""The answer that is left when every format failed: fixed, but for the id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from errcore.context import accept_request_id
from errcore.envelopes import Reply

if TYPE_CHECKING:
    from errcore.errors.occurrence import Occurrence


__all__ = ["fixed_reply"]


def fixed_reply(occurrence: Occurrence) -> Reply:
    """A problem that promises nothing and renders nothing.

    >>> from errcore import NotFoundError, Occurrence
    >>> fixed_reply(Occurrence.of(NotFoundError("gone"))).status
    500
    """
    ids = occurrence.context.ids
    # Only an id that needs no escaping, in JSON or in a header.
    asked: Any = None if ids is None else ids.request_id
    known = (accept_request_id([asked]) if type(asked) is str else None) or occurrence.id
    body = (
        '{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"An internal error occurred.",'
        f'"code":"INTERNAL_ERROR","request_id":"{known}","retriable":false}}'
    ).encode()
    headers = (
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Request-ID", known),
    )
    return Reply(500, headers, body)
