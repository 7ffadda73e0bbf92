# SPDX-License-Identifier: MIT
"""The catalogue as HTML: a page for each code, and the index. No script, nothing fetched, everything escaped.

The one style sheet is inside of the page and named by its digest in the Content-Security-Policy, so that a page could
not run or load anything even if something foreign came into it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from errcore.errors.status_phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from errcore.handbook.entry import Entry

__all__ = ["STYLE_POLICY", "index_page", "page"]

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:48rem;padding:0 1rem}"
    "dt{font-weight:600}dd{margin:0 0 .5rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid GrayText;padding:.25rem .75rem .25rem 0;text-align:start;vertical-align:top}"
    "pre{border:1px solid GrayText;overflow-x:auto;padding:.75rem}"
    "code{overflow-wrap:anywhere}"
)

STYLE_POLICY: str = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of these pages: their own style, and nothing else."""

_TICKS = re.compile(r"(`+)(.+?)\1", re.DOTALL)


def page(entry: Entry, example: str | None = None) -> str:
    """The page of one code.

    Args:
        entry: What may be told about it.
        example: An answer with this code, as text.

    >>> from errcore import NotFoundError
    >>> from errcore.handbook import entry_of
    >>> "<h1>Not found</h1>" in page(entry_of(NotFoundError.spec))
    True
    """
    told = [
        ("HTTP status", f"{entry.status} {escape(phrase(entry.status))}"),
        ("gRPC status", f"{entry.grpc_status} {_code(entry.kind.upper())}"),
        ("What the answer says", _text(entry.message)),
        ("Can the same request work later?", _text(entry.retrying)),
        ("Can the user do something about it?", _text(entry.acting)),
    ]
    return _document(
        entry.code,
        '<nav><a href="./">All errors</a></nav>',
        f"<h1>{escape(entry.title)}</h1><p>{_code(entry.code)}</p>",
        *(f"<p>{_text(paragraph)}</p>" for paragraph in entry.doc.split("\n\n") if paragraph),
        "<dl>",
        *(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in told),
        "</dl>",
        *_facts(entry),
        *([] if example is None else ["<h2>Example</h2>", f"<pre><code>{escape(example)}</code></pre>"]),
    )


def index_page(several: Iterable[Entry]) -> str:
    """The index: every code, with a link to its page.

    >>> from errcore import catalog
    >>> from errcore.handbook import entries
    >>> '<a href="NOT_FOUND">' in index_page(entries(catalog))
    True
    """
    rows = [
        (f'<a href="{entry.code}">{_code(entry.code)}</a>', str(entry.status), _text(entry.summary))
        for entry in several
    ]
    return _document("Errors", "<h1>Errors</h1>", *_table(("Code", "Status", "What happened"), rows))


def _facts(entry: Entry) -> list[str]:
    rows = [
        (_code(field.name), _code(field.json_type), "always" if field.always else "where it is known")
        for field in entry.fields
    ]
    return ["<h2>Facts in the answer</h2>", *_table(("Name", "Type", "There"), rows)] if rows else []


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A table of cells that are HTML already."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return ["<table>", f"<thead><tr>{heads}</tr></thead>", "<tbody>", *body, "</tbody>", "</table>"]


def _text(text: str) -> str:
    """Prose as HTML; what stands between backticks is code."""
    return _TICKS.sub(r"<code>\2</code>", escape(text))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _document(title: str, *body: str) -> str:
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
    return head + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
