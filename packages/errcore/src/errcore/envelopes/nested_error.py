# SPDX-License-Identifier: MIT
"""One object under `error`, with keys of your choice.

It loses the status, which is the answer's own, the kind, and the ids and flags that it was not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.envelopes.error_object import ErrorObject
from errcore.envelopes.samples import sample
from errcore.envelopes.untrusted import mapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec
    from errcore.errors.told import Told


__all__ = ["Nested", "nested"]


@attrs.frozen
class Nested:
    """The format named "nested"; `errcore.envelopes.nested` makes one with other keys.

    Args:
        error: How the object is written.

    >>> from errcore import NotFoundError, Occurrence
    >>> sorted(Nested().render(Occurrence.of(NotFoundError("No such key.")))["error"])
    ['code', 'details', 'message', 'request_id', 'retriable', 'timestamp']
    """

    error: ErrorObject = attrs.field(factory=lambda: ErrorObject(flags=("retriable",)))
    name: str = attrs.field(default="nested", init=False, repr=False)
    media_type: str = attrs.field(default="application/json", init=False, repr=False)

    @property
    def carries(self) -> frozenset[str]:
        """What can be read back."""
        return self.error.carries

    def render(self, occurrence: Occurrence, debug: bool = False) -> dict[str, dict[str, object]]:
        """The document. With `debug` the error has a member of that name, with the internal facts, redacted."""
        return {"error": self.error.write(occurrence, debug)}

    def parse(self, body: Mapping[str, object], /) -> Told | None:
        """What the document tells; None without an object under `error` that has a code.

        >>> Nested().parse({"error": {"code": "STORAGE_ERROR", "retriable": "false"}}).retriable is None
        True
        """
        return self.error.read(mapped(body.get("error")))

    def schema(self, specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """JSON Schema of the documents of these errors; of any where there are none."""
        error = self.error.schema(list(specs))
        return {"title": "Error", "type": "object", "required": ["error"], "properties": {"error": error}}

    def example(self, spec: ErrorSpec, /) -> dict[str, dict[str, object]]:
        """A document as this error would give it."""
        return self.render(sample(spec))


def nested(*, id_key: str | None = "request_id", flags: Iterable[str] = ("retriable",)) -> Nested:
    """The nested format with keys of your choice.

    Args:
        id_key: The member that holds the id of the request; None leaves it to the header.
        flags: "retriable" (the same request may work later), "recoverable" (the user can act), or both.

    Raises:
        errcore.ConfigurationError: If a key or a flag cannot be used.

    >>> nested(id_key=None, flags=("recoverable",)).error.flags
    ('recoverable',)
    """
    return Nested(ErrorObject(id_key, flags))
