# SPDX-License-Identifier: MIT
"""Problem details for HTTP APIs, RFC 9457: the format an error has unless somebody says otherwise.

Beside the standard members it carries `code`, `request_id`, `retriable`, `retry_after` and `errors`. Public details
are extension members; one that is named like a member of the envelope is left out, so none can be forged. It loses
the kind, the correlation id and whether the user can act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from errcore.envelopes import problem_reading
from errcore.envelopes.format import reference, whole_seconds
from errcore.envelopes.problem_schema import schema_of
from errcore.envelopes.samples import sample
from errcore.errors.catalogue import PROBLEM_MEMBERS
from errcore.errors.kinds import Retriable
from errcore.errors.status_phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.issues import Issue
    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec
    from errcore.errors.told import Told


__all__ = ["MEMBERS", "Problem"]

MEMBERS = PROBLEM_MEMBERS
"""The names that a detail cannot have: the envelope's own."""

# RFC 3986 section 3.5: what a fragment holds without being percent-encoded. "%" itself is not in it.
_FRAGMENT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?")


def _base(docs_url: str | None) -> str | None:
    """The base, ready to be followed by a code."""
    return docs_url + "/" if docs_url and docs_url[-1].isalnum() else docs_url or None


@attrs.frozen
class Problem:
    """The format named "problem".

    Args:
        docs_url: Where the codes are documented, as the part before the code (`https://docs.example.com/errors/`).
            Declared codes get it as `type`; all others, and all without it, are `about:blank`.

    Attributes:
        carries: What can be read back.
        members: The names that a detail cannot have. `errcore.catalog.lint()` finds the fields that this format would
            leave out.

    >>> from errcore import NotFoundError, Occurrence
    >>> body = Problem().render(Occurrence.of(NotFoundError("No such agent.", details={"agent_id": "a1"})))
    >>> body["type"], body["title"], body["status"], body["detail"], body["agent_id"]
    ('about:blank', 'Not Found', 404, 'No such agent.', 'a1')
    >>> Problem("https://docs.example.com/errors").render(Occurrence.of(NotFoundError("gone")))["type"]
    'https://docs.example.com/errors/NOT_FOUND'
    """

    members: ClassVar[frozenset[str]] = MEMBERS
    carries: ClassVar[frozenset[str]] = frozenset(
        {"code", "details", "issues", "message", "request_id", "retriable", "retry_after", "status"}
    )

    docs_url: str | None = attrs.field(default=None, converter=_base)
    name: str = attrs.field(default="problem", init=False, repr=False)
    media_type: str = attrs.field(default="application/problem+json", init=False, repr=False)

    def documented_at(self, docs_url: str) -> Problem:
        """This format, linking to where a runtime says that its codes are documented; a base of its own wins."""
        return self if self.docs_url is not None else attrs.evolve(self, docs_url=docs_url)

    def render(self, occurrence: Occurrence, debug: bool = False) -> dict[str, object]:
        """The problem. With `debug` the member of that name has the internal facts, redacted."""
        status, code = occurrence.status, occurrence.code
        documented = self.docs_url is not None and occurrence.documented
        body: dict[str, object] = {
            "type": f"{self.docs_url}{code}" if documented else "about:blank",
            # RFC 9457 section 4.2.1: with about:blank the title should be the phrase of the status.
            "title": occurrence.title if documented else phrase(status),
            "status": status,
            "detail": occurrence.message,
            "code": code,
            "request_id": reference(occurrence),
            "retriable": occurrence.retriable is not Retriable.NO,
        }
        wait = None if occurrence.retry_after is None else whole_seconds(occurrence.retry_after)
        if wait is not None:
            body["retry_after"] = wait
        if occurrence.issues:
            body["errors"] = [_error(issue) for issue in occurrence.issues]
        details = occurrence.details
        if MEMBERS.isdisjoint(details):
            body.update(details)
        else:
            body.update((name, value) for name, value in details.items() if name not in MEMBERS)
        if debug:
            body["debug"] = occurrence.internal
        return body

    def parse(self, body: Mapping[str, object], /) -> Told | None:
        """What a problem says, or None where neither a type nor a title is there.

        >>> told = Problem().parse(
        ...     {"type": "about:blank", "status": 404, "retriable": "yes", "agent_id": "a1"}
        ... )
        >>> told.status, told.retriable, told.details
        (404, None, {'agent_id': 'a1'})
        """
        return problem_reading.read(body, MEMBERS)

    def schema(self, specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """JSON Schema of the problems that these errors give; of any problem where there are none."""
        return schema_of(list(specs))

    def example(self, spec: ErrorSpec, /) -> dict[str, object]:
        """A problem as this error would give it."""
        return self.render(sample(spec))


def _error(issue: Issue) -> dict[str, object]:
    pointer = issue.pointer
    entry: dict[str, object] = {
        "pointer": f"#{pointer if _FRAGMENT.issuperset(pointer) else _escaped(pointer)}",
        "detail": issue.message,
        "code": issue.code,
    }
    if issue.location is not None:
        entry["location"] = issue.location
    if issue.params:
        entry["params"] = dict(issue.params)
    return entry


def _escaped(pointer: str) -> str:
    """A pointer as a fragment (RFC 6901 section 6): UTF-8, percent-encoded."""
    from urllib.parse import quote

    return quote(pointer, safe="~!$&'()*+,;=:@/?", errors="replace")
