# SPDX-License-Identifier: MIT
"""What a service writes by hand that has no errcore: ids of the request, bodies, log lines. Of no framework.

It follows the same contract (a caller's `X-Request-ID` of `[A-Za-z0-9._-]{1,128}` is kept, a valid `traceparent` goes
to the log) and knows its own errors: which fields are public, and that nothing in them has to be masked.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["body_of", "frames_of", "ids_from", "log", "not_found"]

_is_id = re.compile(r"[A-Za-z0-9._-]{1,128}").fullmatch
_is_trace = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}").fullmatch
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_second = (-1, "")
_encode_line = json.JSONEncoder(separators=(",", ":")).encode


def ids_from(sent: Mapping[str, str]) -> dict[str, str]:
    """The ids of a request as the log names them.

    Args:
        sent: What the request has of `x-request-id`, `x-correlation-id` and `traceparent`.
    """
    trace = _is_trace(sent.get("traceparent", ""))
    request_id = sent.get("x-request-id", "")
    if not _is_id(request_id):
        request_id = trace[1] if trace else os.urandom(16).hex()
    correlation_id = sent.get("x-correlation-id", "")
    ids = {
        "request_id": request_id,
        "correlation_id": correlation_id if _is_id(correlation_id) else request_id,
    }
    return {**ids, "trace_id": trace[1], "span_id": trace[2]} if trace else ids


def body_of(body: dict[str, Any]) -> bytes:
    """A problem as bytes."""
    return _encode(body).encode()


def not_found(code: str, message: str, request_id: str, details: dict[str, Any]) -> dict[str, Any]:
    """The problem of a declared error."""
    return {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": message,
        "code": code,
        "request_id": request_id,
        "retriable": False,
        **details,
    }


def log(level: str, method: str, route: str, ids: dict[str, str], exc: Exception, **facts: Any) -> None:
    """One line of JSON on standard output.

    Args:
        level: How loud.
        method: How it was asked.
        route: What was asked: the template, not the path.
        ids: The ids of the request.
        exc: What was raised.
        facts: The facts of this error: those before `error_id` and those after `retriable`, as two dictionaries.
    """
    cls = type(exc)
    line = _encode_line(
        {
            "timestamp": _timestamp(time.time()),
            "level": level,
            "category": "errors",
            "event": "error_reported",
            "service": "agents",
            **facts["verdict"],
            "error_id": os.urandom(16).hex(),
            **ids,
            "method": method,
            "route": route,
            "phase": "handler",
            "type": f"{cls.__module__}.{cls.__qualname__}",
            "retriable": "no",
            **facts["more"],
        }
    )
    stream = sys.stdout
    stream.write(line + "\n")
    stream.flush()


def _timestamp(seconds: float) -> str:
    global _second  # noqa: PLW0603 - the text of the latest second
    whole = int(seconds)
    known, text = _second
    if known != whole:
        text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        _second = (whole, text)
    return f"{text}.{int((seconds - whole) * 1000):03d}Z"


def frames_of(traceback: TracebackType | None, depth: int) -> list[str]:
    """Where an exception went through, outermost first: the innermost `depth` places."""
    links = []
    while traceback is not None:
        links.append(traceback)
        traceback = traceback.tb_next
    return [
        f"{link.tb_frame.f_code.co_filename}:{link.tb_lineno} in {link.tb_frame.f_code.co_qualname}"
        for link in links[-depth:]
    ]
