# SPDX-License-Identifier: MIT
"""google.rpc.Status as JSON under `error`, with the standard details of AIP-193 (https://google.aip.dev/193).

ErrorInfo has the code as `reason`; facts that are texts are its metadata, the others a Struct, so none loses its type.
Details of types that are not known here are kept under `@details` and written again. It loses the flags, the time,
another's domain, and the limits and locations of issues.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from errcore.envelopes.format import reference, whole_seconds
from errcore.envelopes.issue_lists import issue_from, issues_of
from errcore.envelopes.samples import details_schema, sample, shown
from errcore.envelopes.untrusted import listed, mapped
from errcore.errors.kinds import Kind
from errcore.errors.told import Told
from errcore.jsonsafe.encoding import encoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.issues import Issue
    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec


__all__ = ["UNKNOWN_DETAILS", "Google"]

UNKNOWN_DETAILS = "@details"
"""Under which name details of unknown types are kept."""

_TYPE = "type.googleapis.com/"
_ERROR_INFO = f"{_TYPE}google.rpc.ErrorInfo"
_RETRY_INFO = f"{_TYPE}google.rpc.RetryInfo"
_BAD_REQUEST = f"{_TYPE}google.rpc.BadRequest"
_REQUEST_INFO = f"{_TYPE}google.rpc.RequestInfo"
_DEBUG_INFO = f"{_TYPE}google.rpc.DebugInfo"
_STRUCT = f"{_TYPE}google.protobuf.Struct"
_KNOWN = frozenset({_ERROR_INFO, _RETRY_INFO, _BAD_REQUEST, _REQUEST_INFO, _DEBUG_INFO, _STRUCT})
_MOST_DETAILS = 64
_text = encoder(ascii_only=True)
_NAME = r"[^.\[\]/~]+"
_STEP = re.compile(_NAME)
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME}|\[[0-9]+\])*")


@attrs.frozen
class Google:
    """The format named "google".

    Args:
        domain: Who issues the codes: the name of a service, such as "orders.example.com".

    Attributes:
        carries: What can be read back.

    >>> from errcore import NotFoundError, Occurrence
    >>> body = Google("agents.example.com").render(Occurrence.of(NotFoundError("No such agent.")))
    >>> body["error"]["code"], body["error"]["status"], body["error"]["details"][0]["reason"]
    (404, 'NOT_FOUND', 'NOT_FOUND')
    """

    carries: ClassVar[frozenset[str]] = frozenset(
        {"code", "details", "kind", "message", "request_id", "retry_after", "status"}
    )

    domain: str = ""
    name: str = attrs.field(default="google", init=False, repr=False)
    media_type: str = attrs.field(default="application/json", init=False, repr=False)

    def render(self, occurrence: Occurrence, debug: bool = False) -> dict[str, dict[str, object]]:
        """The status. With `debug` it has a DebugInfo, redacted."""
        texts, others, unknown = _split(occurrence.details)
        details: list[dict[str, object]] = [
            {"@type": _ERROR_INFO, "reason": occurrence.code, "domain": self.domain, "metadata": texts},
            {"@type": _REQUEST_INFO, "requestId": reference(occurrence)},
        ]
        if others:
            details.append({"@type": _STRUCT, "value": others})
        if occurrence.issues:
            violations = [_violation(issue) for issue in occurrence.issues]
            details.append({"@type": _BAD_REQUEST, "fieldViolations": violations})
        wait = whole_seconds(occurrence.retry_after)
        if wait is not None:
            details.append({"@type": _RETRY_INFO, "retryDelay": f"{wait}s"})
        if debug:
            details.append(_debug_info(occurrence.internal))
        error: dict[str, object] = {
            "code": occurrence.status,
            "message": occurrence.message,
            "status": occurrence.kind.upper(),
            "details": details + unknown,
        }
        return {"error": error}

    def parse(self, body: Mapping[str, object], /) -> Told | None:
        """What a status tells; None without a number as code and the name of a gRPC code as status.

        >>> Google().parse({"error": {"code": 404, "status": "NOT_FOUND"}}).kind
        <Kind.NOT_FOUND: 'not_found'>
        """
        error = mapped(body.get("error"))
        status, name = error.get("code"), error.get("status")
        if type(status) is not int or type(name) is not str:
            return None
        by_type, unknown = _by_type(error.get("details"))
        info, struct = by_type.get(_ERROR_INFO, {}), by_type.get(_STRUCT, {})
        facts = {**mapped(info.get("metadata")), **mapped(struct.get("value"))}
        if unknown:
            facts[UNKNOWN_DETAILS] = unknown
        return Told(
            code=info.get("reason"),
            kind=name.lower(),
            status=status,
            message=error.get("message"),
            details=facts,
            issues=issues_of(by_type.get(_BAD_REQUEST, {}).get("fieldViolations"), _issue),
            request_id=by_type.get(_REQUEST_INFO, {}).get("requestId"),
            retry_after=_seconds(by_type.get(_RETRY_INFO, {}).get("retryDelay")),
        )

    def schema(self, specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """JSON Schema of the statuses of these errors; of any where there are none."""
        specs = shown(specs)
        names = sorted({spec.kind.upper() for spec in specs} or {kind.upper() for kind in Kind})
        detail = {"type": "object", "required": ["@type"], "properties": {"@type": {"type": "string"}}}
        reasons = ", ".join(spec.code for spec in specs) or "any code"
        facts = ", ".join(details_schema(specs)) or "no facts"
        error = {
            "type": "object",
            "required": ["code", "message", "status", "details"],
            "properties": {
                "code": {"type": "integer", "minimum": 100, "maximum": 599},
                "message": {"type": "string"},
                "status": {"type": "string", "enum": names},
                "details": {
                    "type": "array",
                    "items": detail,
                    "description": f"An ErrorInfo with the reason {reasons}; its metadata: {facts}.",
                },
            },
        }
        return {"title": "Status", "type": "object", "required": ["error"], "properties": {"error": error}}

    def example(self, spec: ErrorSpec, /) -> dict[str, dict[str, object]]:
        """A status as this error would give it."""
        return self.render(sample(spec))


def _split(facts: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, object], list[dict[str, Any]]]:
    """The facts that are texts, the others, and the details that somebody else sent and we do not know."""
    texts: dict[str, str] = {}
    others: dict[str, object] = {}
    unknown: list[dict[str, Any]] = []
    for name, value in facts.items():
        if type(value) is str:
            texts[name] = value
        elif name == UNKNOWN_DETAILS and all(map(_is_unknown, listed(value) or [value])):
            unknown = value
        else:
            others[name] = value
    return texts, others, unknown


def _is_unknown(detail: object) -> bool:
    """Whether it is a detail of a type that is not known here: nothing else may stand among ours."""
    kind = mapped(detail).get("@type")
    return type(kind) is str and kind not in _KNOWN


def _by_type(details: object) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The known details by type, the first of each (AIP-193 allows one), and the unknown ones."""
    known: dict[str, dict[str, Any]] = {}
    unknown: list[dict[str, Any]] = []
    for entry in listed(details):
        detail = mapped(entry)
        kind = detail.get("@type")
        if type(kind) is not str:
            continue
        if kind in _KNOWN:
            known.setdefault(kind, detail)
        elif len(unknown) < _MOST_DETAILS:
            unknown.append(detail)
    return known, unknown


def _seconds(delay: object) -> float | None:
    """Seconds of a protobuf Duration as JSON has it: `1.500s`."""
    if type(delay) is not str or not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,9})?s", delay):
        return None
    return float(delay[:-1])


def _debug_info(internal: Mapping[str, Any]) -> dict[str, object]:
    more = {name: value for name, value in internal.items() if name != "traceback"}
    return {"@type": _DEBUG_INFO, "stackEntries": internal.get("traceback", []), "detail": _text(more)}


def _violation(issue: Issue) -> dict[str, object]:
    return {"field": _field(issue.pointer), "description": issue.message, "reason": issue.code}


def _issue(entry: Mapping[str, Any]) -> Issue | None:
    return issue_from(_pointer(entry.get("field")), entry.get("reason"), entry.get("description"), {})


def _field(pointer: str) -> str:
    """A pointer as BadRequest has it, `items[0].qty`; one with names that this cannot write stays a pointer."""
    path = ""
    for step in pointer.split("/")[1:]:
        if not _STEP.fullmatch(step):
            return pointer
        index = step.isascii() and step.isdigit()
        path += step if not path else f"[{step}]" if index else f".{step}"
    return path if pointer[:1] == "/" else pointer


def _pointer(field: object) -> object:
    """The reverse."""
    if type(field) is str and _PATH.fullmatch(field):
        return "".join(f"/{step}" for step in _STEP.findall(field))
    return field
