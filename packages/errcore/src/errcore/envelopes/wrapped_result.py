# SPDX-License-Identifier: MIT
"""A result either way: `success`, then `data` or an error; nested in answers, flat in the results of tools.

It loses the status, which is the answer's own, the kind, the request's id, and the flags that it was not asked for;
results of tools the time, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from errcore.envelopes.error_object import ErrorObject
from errcore.envelopes.samples import sample
from errcore.envelopes.untrusted import mapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec
    from errcore.errors.told import Told


__all__ = ["Wrapped", "ok", "wrapped"]

_FAILURE: dict[str, object] = {"success": {"const": False}}
_NO_DATA: dict[str, object] = {"data": {"type": "null"}}


@attrs.frozen
class Wrapped:
    """The format named "wrapped"; `errcore.ok` is the other half, `errcore.envelopes.wrapped` makes other shapes.

    Args:
        error: How the object is written.
        tool: Whether its members stand beside `success`, without `data`, as the results of tools have them.

    >>> from errcore import NotFoundError, Occurrence
    >>> sorted(Wrapped().render(Occurrence.of(NotFoundError("No data.")))["error"])
    ['code', 'correlation_id', 'details', 'message', 'timestamp']
    """

    error: ErrorObject = attrs.field(factory=lambda: ErrorObject("correlation_id"))
    tool: bool = False
    name: str = attrs.field(default="wrapped", init=False, repr=False)
    media_type: str = attrs.field(default="application/json", init=False, repr=False)

    @property
    def carries(self) -> frozenset[str]:
        """What can be read back."""
        return self.error.carries

    def render(self, occurrence: Occurrence, debug: bool = False) -> dict[str, object]:
        """The failure. With `debug` the error has a member of that name, with the internal facts, redacted."""
        error = self.error.write(occurrence, debug)
        if self.tool:
            return {"success": False, **error}
        return {"success": False, "data": None, "error": error}

    def parse(self, body: Mapping[str, object], /) -> Told | None:
        """What a failure of this shape tells; None of a success, and of what is neither.

        >>> Wrapped().parse({"success": True, "data": 7}) is None
        True
        """
        if body.get("success") is not False:
            return None
        return self.error.read(body if self.tool else mapped(body.get("error")))

    def schema(self, specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """JSON Schema of the failures of these errors; of any where there are none."""
        error: dict[str, Any] = self.error.schema(list(specs))
        if self.tool:
            members, required = _FAILURE | error["properties"], [*_FAILURE, *error["required"]]
        else:
            members = _FAILURE | _NO_DATA | {"error": error}
            required = list(members)
        return {"title": "Failure", "type": "object", "required": required, "properties": members}

    def example(self, spec: ErrorSpec, /) -> dict[str, object]:
        """A failure as this error would give it."""
        return self.render(sample(spec))

    def ok(self, data: object = None, **more: object) -> dict[str, object]:
        """The other half: a success of this shape.

        Args:
            data: What was asked for; it has to have a JSON form.
            more: Members beside it; those of the shape win.

        >>> wrapped(tool=True).ok({"count": 2}, execution_time_ms=12.5)
        {'success': True, 'data': {'count': 2}, 'execution_time_ms': 12.5}
        """
        shape: dict[str, object] = {"success": True, "data": data}
        if not self.tool:
            shape["error"] = None
        return shape | more | shape


def wrapped(*, tool: bool = False, flags: Iterable[str] = ()) -> Wrapped:
    """The wrapped format in the shape of your choice.

    Args:
        tool: Whether the members of the error stand beside `success`, the code as `error_code`, as the results of tools
            have them. These have no timestamp, and no details or correlation id where there are none.
        flags: "retriable" (the same request may work later), "recoverable" (the user can act), or both.

    Raises:
        errcore.ConfigurationError: If there is no such flag.

    >>> from errcore import NotFoundError, Occurrence
    >>> wrapped(tool=True).render(Occurrence.of(NotFoundError("No data.")))
    {'success': False, 'error_code': 'NOT_FOUND', 'message': 'No data.'}
    """
    if not tool:
        return Wrapped(ErrorObject("correlation_id", flags))
    return Wrapped(ErrorObject("correlation_id", flags, "error_code", timed=False, sparse=True), tool)


def ok(data: object = None, **more: object) -> dict[str, object]:
    """A success in the wrapped shape; that of a tool is `errcore.envelopes.wrapped(tool=True).ok`.

    Args:
        data: What was asked for; it has to have a JSON form.
        more: Members beside it, such as `execution_time_ms`; those of the shape win.

    >>> ok({"count": 2}, execution_time_ms=12.5)
    {'success': True, 'data': {'count': 2}, 'error': None, 'execution_time_ms': 12.5}
    """
    return _SHAPE.ok(data, **more)


_SHAPE = Wrapped()
