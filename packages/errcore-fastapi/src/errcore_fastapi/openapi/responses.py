# SPDX-License-Identifier: MIT
"""Promised errors as OpenAPI responses: under their real status, in each enabled format, one example for each code."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import attrs

from errcore import InternalError
from errcore_fastapi.openapi.components import camel, name_for
from errcore_fastapi.openapi.promised import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from errcore import AppError, Runtime
    from errcore.envelopes import Format
    from errcore.errors import ErrorSpec
    from errcore_fastapi.openapi.components import Components

__all__ = ["Responses"]

_log = logging.getLogger("errcore")

_REQUEST_ID = {
    "description": "Names this answer in the service's log; quote it when you ask about it.",
    "required": True,
    "schema": {"type": "string"},
}
_RETRY_AFTER = {
    "description": "How many seconds to wait before the next attempt (RFC 9110 section 10.2.3).",
    "schema": {"type": "integer", "minimum": 0},
}
_WITH_WAIT = frozenset({429, 503})


@attrs.frozen
class Responses:
    """How one runtime answers, in the words of one document.

    Attributes:
        runtime: What answers.
        components: Where the parts go that responses share.
        failed: The formats that could not be described, for it is said once.
    """

    runtime: Runtime
    components: Components
    failed: set[str] = attrs.field(factory=set[str], init=False)

    def to(self, errors: Iterable[type[AppError]]) -> dict[str, dict[str, Any]]:
        """The responses for errors, by status. An error that answers as another one is that other one."""
        by_status: dict[int, dict[ErrorSpec, ErrorSpec]] = {}
        for spec in (error.spec for error in errors):
            shown, status = spec.shown, self.runtime.status_of(spec)
            by_status.setdefault(status, {})[shown] = attrs.evolve(shown, status=status)
        return {
            str(status): {
                "description": described(specs.values()),
                "headers": self._headers(wait=status in _WITH_WAIT),
                "content": self._content(list(specs.values())),
            }
            for status, specs in sorted(by_status.items())
        }

    def to_anything(self) -> dict[str, str]:
        """A reference to the response for what nobody promised: any code, with the one of a bug as the example."""
        status = self.runtime.status_of(InternalError.spec)
        response = {
            "description": "Any other error.",
            "headers": self._headers(wait=True),
            "content": self._content([], [attrs.evolve(InternalError.spec, status=status)]),
        }
        return self.components.place("responses", "ErrcoreOtherError", response)

    def _headers(self, *, wait: bool) -> dict[str, Any]:
        headers = {"X-Request-ID": self.components.place("headers", "ErrcoreRequestId", _REQUEST_ID)}
        if wait:
            headers["Retry-After"] = self.components.place("headers", "ErrcoreRetryAfter", _RETRY_AFTER)
        return headers

    def _content(self, specs: Sequence[ErrorSpec], shown: Sequence[ErrorSpec] = ()) -> dict[str, Any]:
        """Each media type with what is said of it; of two formats with one media type the first is the one in use.

        The examples are of the same errors, or of those that are `shown`.
        """
        content: dict[str, Any] = {}
        for number, form in enumerate(self.runtime.settings.formats):
            if form.media_type not in content:
                schema = self._schema(form, specs, f"As{camel(form.name)}" if number else "")
                content[form.media_type] = schema | self._examples(form, shown or specs)
        return content

    def _schema(self, form: Format, specs: Sequence[ErrorSpec], suffix: str) -> dict[str, Any]:
        schema = self._plain(form, form.schema, specs)
        if schema is None:
            return {}
        # A format that says the same of all errors says it once.
        codes = [] if schema == self._plain(form, form.schema, []) else [spec.code for spec in specs]
        return {"schema": self.components.place("schemas", name_for(codes, suffix), schema)}

    def _examples(self, form: Format, specs: Sequence[ErrorSpec]) -> dict[str, Any]:
        by_code = {spec.code: spec for spec in reversed(specs)}
        values = {code: self._plain(form, form.example, spec) for code, spec in by_code.items()}
        examples = {
            code: {"summary": by_code[code].sentence, "value": value}
            for code, value in sorted(values.items())
            if value is not None
        }
        return {"examples": examples} if examples else {}

    def _plain(self, form: Format, describe: Callable[[Any], object], about: object) -> Any:
        """What a format says, as JSON that is nobody else's; None where it fails, for it may be the application's own."""
        try:
            return json.loads(json.dumps(describe(about), allow_nan=False))
        except Exception as problem:  # noqa: BLE001 - a poorer document, but a document
            if form.name not in self.failed:
                self.failed.add(form.name)
                _log.warning("The format %s could not be documented.", form.name, exc_info=problem)
            return None
