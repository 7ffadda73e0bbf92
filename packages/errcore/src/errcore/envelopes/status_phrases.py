# SPDX-License-Identifier: MIT
"""The reason phrases of HTTP, as RFC 9110 names them.

The standard library's differ between versions of Python (413 and 422 were renamed), and an answer must not.
"""

from __future__ import annotations

__all__ = ["phrase"]

_PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    417: "Expectation Failed",
    418: "I'm a Teapot",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    423: "Locked",
    424: "Failed Dependency",
    425: "Too Early",
    426: "Upgrade Required",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    451: "Unavailable For Legal Reasons",
    499: "Client Closed Request",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    506: "Variant Also Negotiates",
    507: "Insufficient Storage",
    508: "Loop Detected",
    510: "Not Extended",
    511: "Network Authentication Required",
}


def phrase(status: int) -> str:
    """The phrase of a status; of an unknown one, that of its class (RFC 9110 section 15).

    >>> phrase(422), phrase(499), phrase(475)
    ('Unprocessable Content', 'Client Closed Request', 'Client Error')
    """
    known = _PHRASES.get(status)
    if known is None:
        known = {4: "Client Error", 5: "Server Error"}.get(status // 100, "Unexpected Answer")
    return known
