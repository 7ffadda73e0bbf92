# SPDX-License-Identifier: MIT
"""What is behind the `type` of a problem: the page of a code, told by the service that answers with it.

Whoever asks is a stranger, and so is what they ask for. A code that no client reads does not exist here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from errcore.envelopes import Reply, RequestFacts, negotiate
from errcore.errors.stock import NotFoundError, catalog
from errcore.mishaps import Mishaps

if TYPE_CHECKING:
    from errcore.errors.spec import ErrorSpec
    from errcore.runtime.wiring import Runtime

# The pages themselves are imported when somebody looks at one: few processes ever show any.

__all__ = ["explain"]

_NO_FACTS = RequestFacts()
_mishaps = Mishaps()


@attrs.frozen
class _Shape:
    """One of the two shapes of an explanation; negotiation reads nothing else of a format."""

    name: str
    media_type: str


_HTML = _Shape("html", "text/html; charset=utf-8")
_JSON = _Shape("json", "application/json")


def explain(runtime: Runtime, code: str | None, facts: RequestFacts = _NO_FACTS) -> Reply:
    """The page about one public code, or the index of all of them. Never raises an Exception.

    HTML, or the JSON of `errcore catalog --format json` where the client likes that better. Statuses are those of this
    runtime. The docstring of the error's class is on the page, up to its first section: write it for your clients.

    The links between the pages are relative: serve the index at an address that ends with a slash, and the page of a
    code at that address followed by the code.

    Args:
        runtime: Who answers with these codes.
        code: What was asked for, as it came; None for the index. Anything that is no public code is answered with 404,
            in the runtime's envelope.
        facts: What is known of the request: its `method` and its `accept` count.

    >>> from errcore import Runtime
    >>> runtime = Runtime.for_tests()
    >>> explain(runtime, "NOT_FOUND").status, explain(runtime, "<script>").status
    (200, 404)
    """
    if type(facts) is not RequestFacts:  # not everybody type-checks
        facts = _NO_FACTS
    spec = _public_spec(code)
    if code is not None and spec is None:
        return runtime.reply(NotFoundError("There is no error with this code."), facts)
    shape = negotiate(facts.accept, (_HTML, _JSON), _HTML)
    text = (_as_json if shape is _JSON else _as_html)(runtime, spec)
    return _reply(shape, text.encode("utf-8", "replace"), facts.method)


def _public_spec(code: object) -> ErrorSpec | None:
    """The declaration of a code that clients read."""
    from errcore.handbook import is_public

    spec = catalog.get(code) if type(code) is str else None
    return spec if spec is not None and is_public(spec) else None


def _as_json(runtime: Runtime, spec: ErrorSpec | None) -> str:
    from errcore.handbook import as_document, entries

    several = entries(catalog if spec is None else [spec], runtime.status_of)
    return json.dumps(as_document(several), ensure_ascii=False, indent=2) + "\n"


def _as_html(runtime: Runtime, spec: ErrorSpec | None) -> str:
    from errcore.handbook import entries, entry_of, index_page, page

    if spec is None:
        return index_page(entries(catalog, runtime.status_of))
    return page(entry_of(spec, runtime.status_of), _example(runtime, spec))


def _example(runtime: Runtime, spec: ErrorSpec) -> str | None:
    """An answer with this code, as a client of this runtime would get it."""
    try:
        form = runtime.settings.formats[0]
        document = form.example(attrs.evolve(spec, status=runtime.status_of(spec)))
        return (
            document
            if isinstance(document, str)
            else json.dumps(dict(document), ensure_ascii=False, indent=2)
        )
    except Exception as problem:  # noqa: BLE001 - a format of the user's may do anything; the page stands without it
        _mishaps.note("the example of a format", problem)
        return None


def _reply(shape: _Shape, body: bytes, method: str) -> Reply:
    from errcore.handbook import STYLE_POLICY

    headers = (
        ("Content-Type", shape.media_type),
        ("Content-Length", str(len(body))),
        ("Content-Security-Policy", STYLE_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
        ("Vary", "Accept"),
    )
    return Reply(200, headers, b"" if method == "HEAD" else body)
