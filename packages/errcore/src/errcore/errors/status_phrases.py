# SPDX-License-Identifier: MIT
"""The reason phrases of HTTP, as RFC 9110 names them, and the public codes that follow from them.

The standard library's differ between versions of Python (413, 414, 416 and 422 were renamed), and an answer must not.
"""

from __future__ import annotations

import re

__all__ = ["code_of", "phrase"]

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


def code_of(status: int) -> str:
    """A public code for a status that has no error class of its own: its phrase in capitals.

    >>> code_of(414), code_of(418), code_of(304), code_of(477)
    ('URI_TOO_LONG', 'IM_A_TEAPOT', 'NOT_MODIFIED', 'HTTP_477')
    """
    known = _PHRASES.get(status)
    if known is not None:
        return re.sub(r"[^A-Z0-9]+", "_", known.upper().replace("'", ""))
    import http  # only a status that is no error's, or nobody's, needs it

    try:
        return http.HTTPStatus(status).name
    except ValueError:
        return f"HTTP_{status}"
