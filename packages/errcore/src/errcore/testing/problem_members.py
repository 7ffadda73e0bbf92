# SPDX-License-Identifier: MIT
"""What RFC 9457 says of the members of a problem: none has to be there, and each that is has its type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from errcore.envelopes import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["off_errors", "off_standard"]

_TYPES = {"type": str, "title": str, "status": int, "detail": str, "instance": str}
"""The standard members (section 3.1)."""

_REFERENCES = frozenset({"type", "instance"})

# RFC 3986 section 4.1, without the grammar of hosts: a scheme or no colon in the first step, the signs that a URI may
# have, and one fragment.
_URI_REFERENCE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:|(?![^/?#]*:))(?:[a-z0-9._~:/?\[\]@!$&'()*+,;=-]|%[0-9a-f]{2})*"
    r"(?:#(?:[a-z0-9._~:/?@!$&'()*+,;=-]|%[0-9a-f]{2})*)?",
    re.IGNORECASE,
)


def off_standard(document: Mapping[str, object]) -> list[str]:
    """What section 3.1 does not allow, a line each.

    >>> off_standard({"type": "about:blank", "title": "Not Found", "status": "404"})
    ['member status: expected int, came str']
    """
    wrong: list[str] = []
    for name, kind in _TYPES.items():
        if name not in document:
            continue
        value = document[name]
        if type(value) is not kind:
            wrong.append(f"member {name}: expected {kind.__name__}, came {type(value).__name__}")
        elif name in _REFERENCES and _URI_REFERENCE.fullmatch(cast("str", value)) is None:
            wrong.append(f"member {name}: expected a URI reference (RFC 3986), came {value!r}")
    return wrong


def off_errors(errors: Any) -> list[str]:
    """Whether `errors` says where, as the extension of that name does (section 3).

    >>> off_errors([{"detail": "must be a positive integer", "pointer": "#/age"}])
    []
    """
    read = Problem().parse({"type": "about:blank", "errors": errors})
    if type(errors) is list and read is not None and len(read.issues) == len(cast("list[object]", errors)):
        return []
    return ["member errors: expected a list of objects, each with a pointer such as '#/items/0' and a detail"]
