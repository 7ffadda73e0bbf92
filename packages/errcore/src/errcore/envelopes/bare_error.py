# SPDX-License-Identifier: MIT
"""The error itself as the document, its facts beside its code: the formats "flat" and "field-map".

Both lose the status, which is the answer's own, the kind, the flags and ids that they were not asked for, and facts
that are named like a member. "flat" loses the case of codes that are not in capitals; "field-map" the time, and the
codes, limits and locations of issues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.envelopes.error_object import ErrorObject
from errcore.envelopes.issue_lists import FIELD_MAP
from errcore.envelopes.samples import sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec
    from errcore.errors.told import Told


__all__ = ["Bare", "field_map", "flat"]


@attrs.frozen
class Bare:
    """The formats named "flat" and "field-map"; `errcore.envelopes.flat` and `field_map` make them.

    Args:
        name: How people call it.
        error: How the object is written.
    """

    name: str
    error: ErrorObject
    media_type: str = attrs.field(default="application/json", init=False, repr=False)

    @property
    def carries(self) -> frozenset[str]:
        """What can be read back."""
        return self.error.carries

    @property
    def members(self) -> frozenset[str]:
        """The names that a detail cannot have."""
        return self.error.members

    def render(self, occurrence: Occurrence, debug: bool = False) -> dict[str, object]:
        """The document. With `debug` the member of that name has the internal facts, redacted."""
        return self.error.write(occurrence, debug)

    def parse(self, body: Mapping[str, object], /) -> Told | None:
        """What the document tells; None without a code and a message, both texts.

        >>> flat().parse(
        ...     {"error_type": "tool_not_found", "message": "No such tool.", "tool_name": "x"}
        ... ).details
        {'tool_name': 'x'}
        """
        return self.error.read(body) if type(body.get("message")) is str else None

    def schema(self, specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """JSON Schema of the documents of these errors; of any where there are none."""
        return {"title": "Error", **self.error.schema(list(specs))}

    def example(self, spec: ErrorSpec, /) -> dict[str, object]:
        """A document as this error would give it."""
        return self.render(sample(spec))


def flat(*, id_key: str | None = None, flags: Iterable[str] = ()) -> Bare:
    """The flat format: `error_type`, which is the code in lower case, the message, the public facts, a timestamp.

    Args:
        id_key: The member that holds the id of the request; None leaves it to the header.
        flags: "retriable" (the same request may work later), "recoverable" (the user can act), or both.

    Raises:
        errcore.ConfigurationError: If a key or a flag cannot be used.

    >>> from errcore import Occurrence, ToolError
    >>> body = flat().render(Occurrence.of(ToolError(details={"tool_name": "search"})))
    >>> body["error_type"], body["tool_name"]
    ('tool_execution_failed', 'search')
    """
    return Bare("flat", ErrorObject(id_key, flags, "error_type", lower=True, spread=True))


def field_map(*, id_key: str | None = "request_id", flags: Iterable[str] = ()) -> Bare:
    """The format for forms: `error_code`, the message, the public facts, and `field_errors` with messages by field.

    Args:
        id_key: The member that holds the id of the request; None leaves it to the header.
        flags: "retriable" (the same request may work later), "recoverable" (the user can act), or both.

    Raises:
        errcore.ConfigurationError: If a key or a flag cannot be used.

    >>> from errcore import Occurrence, ValidationError
    >>> error = ValidationError(field_errors={"name": ["Name is required"]})
    >>> field_map().render(Occurrence.of(error))["field_errors"]
    {'name': ['Name is required']}
    """
    error = ErrorObject(
        id_key,
        flags,
        "error_code",
        timed=False,
        spread=True,
        wait_key="retry_after_seconds",
        issues=FIELD_MAP,
    )
    return Bare("field-map", error)
