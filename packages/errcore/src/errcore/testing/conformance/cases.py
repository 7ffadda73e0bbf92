# SPDX-License-Identifier: MIT
"""The cases: what an adapter must get right, each as one conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.testing.conformance import checks, deadlines

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.testing.conformance.driver import Driver
    from errcore.testing.records import Records

__all__ = ["CASES", "Case"]


@attrs.frozen
class Case:
    """One row of the table.

    Attributes:
        name: For reports.
        proves: What an adapter that passes has got right.
        check: Runs the conversation; raises AssertionError if the adapter fails.
        needs: The capabilities that the framework must have: router, abort, stream, background, validation, deadline.
    """

    name: str
    proves: str
    check: Callable[[Driver, Records], None]
    needs: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


def _needs(*capabilities: str) -> frozenset[str]:
    return frozenset(capabilities)


_IDS: dict[str, tuple[list[str], str | None]] = {
    "house-style": (["req_7f8a9b2c"], "req_7f8a9b2c"),
    "longest": (["a" * 128], "a" * 128),
    "too-long": (["a" * 129], None),
    "nine-thousand-bytes": (["a" * 9000], None),
    "escape": (["a\x1b[31mb"], None),
    "space": (["a b"], None),
    "latin-1": (["caf\xe9"], None),
    "two-headers": (["one", "two"], None),
    "twice-the-same": (["one", "one"], None),
    "list": (["one,two"], None),
    "markup": (["<b>one</b>"], None),
    "none": ([], None),
}

_WAITS: dict[str, list[str]] = {
    "negative": ["-1"],
    "signed": ["+1"],
    "fraction": ["1.5"],
    "exponent": ["1e9"],
    "ten-digits": ["1000000000"],
    "twenty-digits": ["1" * 20],
    "nine-thousand-digits": ["1" * 9000],
    "underscore": ["1_000"],
    "hexadecimal": ["0x10"],
    "unit": ["100m"],
    "infinity": ["inf"],
    "latin-1": ["\xb2"],
    "empty": [""],
    "list": ["1,2"],
    "two-headers": ["1000", "2000"],
    "twice-nothing": ["0", "0"],
}

CASES = (
    Case(
        "unknown-error",
        "the text of a foreign exception never leaves the process",
        checks.no_text_of_a_stranger,
    ),
    Case(
        "unknown-error-recorded",
        "it is recorded exactly once",
        checks.answered("unknown", 500, "INTERNAL_ERROR"),
    ),
    Case(
        "unreadable-error",
        "a broken __str__ hurts nobody",
        checks.answered("unreadable", 500, "INTERNAL_ERROR"),
    ),
    Case("foreign-headers", "headers of a foreign exception are not copied", checks.nothing_copied),
    Case(
        "domain-error",
        "a declared error is answered by its declaration",
        checks.answered("domain", 404, "NOT_FOUND"),
    ),
    Case("public-details", "public details are shown, internal ones are not", checks.public_details),
    Case("isolation", "a forbidden thing looks like a missing one", checks.isolation),
    Case("caused", "causes stay inside", checks.answered("caused", 503, "SERVICE_UNAVAILABLE")),
    Case("group-of-one", "a group with one leaf is that leaf", checks.answered("grouped", 404, "NOT_FOUND")),
    Case(
        "mixed-group", "of several, the most severe answers", checks.answered("mixed", 500, "INTERNAL_ERROR")
    ),
    Case("hostile-details", "any details give a valid, bounded answer", checks.hostile_details),
    Case(
        "challenge",
        "headers of an error are sent",
        checks.headed(
            "unauthenticated", "www-authenticate", 'Bearer realm="api"', 401, "AUTHENTICATION_REQUIRED"
        ),
    ),
    Case(
        "retry-after",
        "whole seconds, rounded up",
        checks.headed("limited", "retry-after", "1", 429, "RATE_LIMIT_EXCEEDED"),
    ),
    Case("unrouted", "the router's own 404 is in the envelope", checks.unrouted, _needs("router")),
    Case("wrong-method", "405 keeps Allow", checks.wrong_method, _needs("router")),
    Case("head", "an answer to HEAD has no body", checks.head, _needs("router")),
    Case(
        "framework-404",
        "the framework's 404 too",
        checks.answered("framework-404", 404, "NOT_FOUND"),
        _needs("abort"),
    ),
    Case(
        "framework-401",
        "401 keeps WWW-Authenticate",
        checks.headed("framework-401", "www-authenticate", 'Basic realm="x"', 401, "AUTHENTICATION_REQUIRED"),
        _needs("abort"),
    ),
    Case(
        "framework-429",
        "429 keeps Retry-After",
        checks.headed("framework-429", "retry-after", "30", 429, "RATE_LIMIT_EXCEEDED"),
        _needs("abort"),
    ),
    Case("framework-500", "the text of a 5xx stays inside", checks.server_words, _needs("abort")),
    Case(
        "framework-499",
        "an odd status is kept",
        checks.answered("framework-499", 499, "CLIENT_DISCONNECTED"),
        _needs("abort"),
    ),
    Case("no-content", "204 has no body", checks.empty("framework-204", 204), _needs("abort")),
    Case("not-modified", "304 has no body", checks.empty("framework-304", 304), _needs("abort")),
    Case("no-echo", "what was sent is not sent back", checks.no_echo, _needs("validation")),
    Case("nan", "NaN in a body is the caller's fault", checks.not_a_number, _needs("validation")),
    Case("broken-json", "so is what is no JSON", checks.broken_json, _needs("validation")),
    Case("stream", "a broken stream is cut, and recorded under its own code", checks.cut, _needs("stream")),
    Case("background", "a late failure leaves the answer intact", checks.afterwards, _needs("background")),
    *(
        Case(f"id-{name}", "request ids are accepted in one shape only", checks.label(sent, kept))
        for name, (sent, kept) in _IDS.items()
    ),
    *(
        Case(f"id-{name}-on-500", "also when everything fails", checks.label(sent, kept, "/unknown"))
        for name, (sent, kept) in _IDS.items()
    ),
    *(
        Case(f"accept-{accept or 'missing'}", "an error is never 406", checks.negotiated(accept))
        for accept in (None, "*/*", "text/html", "image/png", "application/vnd.x+json", ";q=,,", "a" * 9000)
    ),
    Case(
        "deadline",
        "the handler has the time that the caller has",
        deadlines.timed("60000"),
        _needs("deadline"),
    ),
    Case("deadline-longest", "nine digits are a time", deadlines.timed("999999999"), _needs("deadline")),
    Case(
        "deadline-none",
        "a request that says nothing has no deadline",
        deadlines.untimed([]),
        _needs("deadline"),
    ),
    *(
        Case(
            f"deadline-{name}",
            "what makes no sense is no deadline",
            deadlines.untimed(sent),
            _needs("deadline"),
        )
        for name, sent in _WAITS.items()
    ),
    Case(
        "deadline-over",
        "what nobody waits for is refused before the handler starts, and recorded once",
        deadlines.expired("/unknown"),
        _needs("deadline"),
    ),
    Case(
        "deadline-over-unrouted",
        "also before the router is asked",
        deadlines.expired("/no/such/path", "000000000"),
        _needs("deadline"),
    ),
    Case("deadline-forgotten", "a deadline ends with its request", deadlines.forgotten, _needs("deadline")),
)
"""Every row, in the order in which they are best read."""
