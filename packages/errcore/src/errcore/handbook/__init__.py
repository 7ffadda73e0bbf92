# SPDX-License-Identifier: MIT
"""The catalogue for people: every public code, and what a client can rely on about it.

`entries` picks what may be told from the catalogue, and the other files put it on paper: Markdown, JSON, OpenAPI
components, the page at the `type` of a problem. `changes` compares the JSON of an earlier release with today's and
finds what would break a client (the rules are those of AIP-193).

Nothing internal is here: no internal or secret field, no place in the source, no code that answers as another one.
Docstrings of error classes are here, up to their first section or example: they are written for the client's eyes.
"""

from __future__ import annotations

from errcore.handbook.compatibility import Change, changes
from errcore.handbook.document import MOST_BYTES, VERSION, as_document, read_document
from errcore.handbook.entry import Entry, PublicField, entries, entry_of, is_public, is_stock
from errcore.handbook.markdown import as_markdown
from errcore.handbook.openapi import as_openapi
from errcore.handbook.pages import STYLE_POLICY, index_page, page

__all__ = [
    "MOST_BYTES",
    "STYLE_POLICY",
    "VERSION",
    "Change",
    "Entry",
    "PublicField",
    "as_document",
    "as_markdown",
    "as_openapi",
    "changes",
    "entries",
    "entry_of",
    "index_page",
    "is_public",
    "is_stock",
    "page",
    "read_document",
]
