# SPDX-License-Identifier: MIT
"""JSON:API 1.1 (https://jsonapi.org/format/#errors): a list of error objects, the error first, then its issues.

The error's own object has its facts and flags in `meta`; each issue's object says where in `source`. It loses the kind
and the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

import attrs

from errcore.envelopes.format import reference, whole_seconds
from errcore.envelopes.issue_lists import issue_from, issues_of
from errcore.envelopes.samples import code_schema, details_schema, sample
from errcore.envelopes.untrusted import listed, mapped
from errcore.errors.told import Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.issues import Issue
    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec


__all__ = ["JsonApi"]


@attrs.frozen
class JsonApi:
    """The format named "jsonapi".

    Attributes:
        carries: What can be read back.

    >>> from errcore import NotFoundError, Occurrence
    >>> first = JsonApi().render(Occurrence.of(NotFoundError("No such agent.")))["errors"][0]
    >>> first["status"], first["code"], first["detail"]
    ('404', 'NOT_FOUND', 'No such agent.')
    """

    carries: ClassVar[frozenset[str]] = frozenset(
        {
            *("code", "details", "issues", "message", "recoverable", "request_id", "retriable"),
            *("retry_after", "status", "title"),
        }
    )

    name: str = attrs.field(default="jsonapi", init=False, repr=False)
    media_type: str = attrs.field(default="application/vnd.api+json", init=False, repr=False)

    def render(self, occurrence: Occurrence, debug: bool = False) -> dict[str, list[dict[str, object]]]:
        """The document. With `debug` the meta of the first object has the internal facts, redacted."""
        status = str(occurrence.status)
        meta: dict[str, object] = {
            "details": occurrence.details,
            "retriable": bool(occurrence.retriable),
            "recoverable": occurrence.recoverable,
        }
        wait = whole_seconds(occurrence.retry_after)
        if wait is not None:
            meta["retry_after"] = wait
        if debug:
            meta["debug"] = occurrence.internal
        error: dict[str, object] = {
            "id": reference(occurrence),
            "status": status,
            "code": occurrence.code,
            "title": occurrence.title,
            "detail": occurrence.message,
            "meta": meta,
        }
        return {"errors": [error, *(_defect(issue, status) for issue in occurrence.issues)]}

    def parse(self, body: Mapping[str, object], /) -> Told | None:
        """What the document tells; None without a list of errors whose first one has a code.

        >>> JsonApi().parse({"errors": [{"code": "ORDER_LOCKED", "status": "409"}]}).status
        409
        """
        errors = listed(body.get("errors"))
        error = mapped(errors[0]) if errors else {}
        if type(error.get("code")) is not str:
            return None
        meta = mapped(error.get("meta"))
        return Told(
            code=error.get("code"),
            status=_status(error.get("status")),
            title=error.get("title"),
            message=error.get("detail"),
            details=meta.get("details"),
            issues=issues_of(errors[1:], _issue),
            request_id=error.get("id"),
            retriable=meta.get("retriable"),
            recoverable=meta.get("recoverable"),
            retry_after=meta.get("retry_after"),
        )

    def schema(self, specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """JSON Schema of the documents of these errors; of any where there are none."""
        specs = list(specs)
        meta = {
            "type": "object",
            "required": ["details", "retriable", "recoverable"],
            "properties": {
                "details": {"type": "object", "properties": details_schema(specs)},
                "retriable": {"type": "boolean"},
                "recoverable": {"type": "boolean"},
                "retry_after": {"type": "integer", "minimum": 0},
            },
        }
        first = {
            "type": "object",
            "required": ["id", "status", "code", "title", "detail", "meta"],
            "properties": {
                "id": {"type": "string"},
                "status": {"type": "string", "pattern": "^[1-5][0-9]{2}$"},
                "code": code_schema(specs),
                "title": {"type": "string"},
                "detail": {"type": "string"},
                "meta": meta,
            },
        }
        defect = {
            "type": "object",
            "required": ["status", "code", "detail", "source"],
            "properties": {
                "status": {"type": "string"},
                "code": {"type": "string"},
                "detail": {"type": "string"},
                "source": {"type": "object"},
                "meta": {"type": "object"},
            },
        }
        errors = {"type": "array", "minItems": 1, "prefixItems": [first], "items": defect}
        return {"title": "Errors", "type": "object", "required": ["errors"], "properties": {"errors": errors}}

    def example(self, spec: ErrorSpec, /) -> dict[str, list[dict[str, object]]]:
        """A document as this error would give it."""
        return self.render(sample(spec))


def _status(text: object) -> int | None:
    """A status, which is a text here."""
    known = type(text) is str and len(text) == 3 and text.isascii() and text.isdigit()
    return int(cast("str", text)) if known else None


def _defect(issue: Issue, status: str) -> dict[str, object]:
    meta: dict[str, object] = {}
    if issue.location is not None:
        meta["location"] = issue.location
    if issue.params:
        meta["params"] = issue.params
    found: dict[str, object] = {
        "status": status,
        "code": issue.code,
        "detail": issue.message,
        "source": {"pointer": issue.pointer},
    }
    return {**found, "meta": meta} if meta else found


def _issue(entry: Mapping[str, Any]) -> Issue | None:
    pointer = mapped(entry.get("source")).get("pointer")
    return issue_from(pointer, entry.get("code"), entry.get("detail"), mapped(entry.get("meta")))
