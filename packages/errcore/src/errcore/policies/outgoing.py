# SPDX-License-Identifier: MIT
"""What a request takes along to the next process: its id, for how long it is waited for, and whether it is a retry."""

from __future__ import annotations

from errcore import context
from errcore.policies import nesting
from errcore.policies.deadlines import DEADLINE_HEADER, deadline_to_header, remaining

__all__ = ["ATTEMPT_HEADER", "outgoing_headers"]

_REQUEST_ID_HEADER = "X-Request-ID"

ATTEMPT_HEADER = "X-Request-Attempt"
"""The header of a request that is tried again: the number of the attempt, 2 for the first retry. Without it, it is 1."""


def outgoing_headers() -> dict[str, str]:
    """The headers to send along with a request, from inside of the function that a policy guards.

    `DEADLINE_HEADER` is the time that is left here, where there is a deadline; `ATTEMPT_HEADER` is the number of the
    attempt, from the second on; `X-Request-ID` is the id of the request in which this happens, so that both logs have it.

    >>> from errcore.policies import deadline
    >>> outgoing_headers()
    {}
    >>> with deadline(2):
    ...     list(outgoing_headers())
    ['X-Request-Timeout-Ms']
    """
    headers: dict[str, str] = {}
    left = deadline_to_header(remaining())
    if left is not None:
        headers[DEADLINE_HEADER] = left
    call = nesting.retrying.get()
    if call is not None and not call.is_over and call.attempt > 1:
        headers[ATTEMPT_HEADER] = str(call.attempt)
    ids = context.current().ids
    if ids is not None:
        headers[_REQUEST_ID_HEADER] = ids.request_id
    return headers
