# SPDX-License-Identifier: MIT
"""What an earlier catalogue promised and this one does not: the changes that break a client.

After AIP-193 (https://google.aip.dev/193): a code, and a fact that comes with it, may be added and never taken away.
Sentences may change, for programs read the code; but a fact that a sentence told must stay in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.errors.field_types import still_fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from errcore.handbook.entry import Entry, PublicField

__all__ = ["Change", "changes"]


@attrs.frozen
class Change:
    """One change that breaks a client.

    Attributes:
        code: Of which error.
        what: What is not as it was.
        why: Whom that breaks.
        remedy: What to do instead.
    """

    code: str
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.code}: {self.what}; {self.why}; {self.remedy}."


def changes(old: Iterable[Entry], new: Iterable[Entry]) -> list[Change]:
    """The changes from one catalogue to the next that break clients, by code. Additions are none.

    Args:
        old: What was promised.
        new: What is promised now.

    >>> from errcore import catalog
    >>> from errcore.handbook import entries
    >>> changes(entries(catalog), entries(catalog))
    []
    >>> [change.what for change in changes(entries([catalog["NOT_FOUND"]]), [])]
    ['the code is gone']
    """
    now = {entry.code: entry for entry in new}
    return [change for entry in sorted(old, key=lambda entry: entry.code) for change in _of(entry, now)]


def _of(old: Entry, now: dict[str, Entry]) -> Iterator[Change]:
    new = now.get(old.code)
    if new is None:
        yield Change(
            old.code,
            "the code is gone",
            "clients that tell errors apart by it no longer recognise this one",
            "keep the class that declares it (was its module imported?), and declare a new one beside it",
        )
        return
    if new.status != old.status:
        yield Change(
            old.code,
            f"the status was {old.status} and is {new.status}",
            "clients and proxies act on the status",
            "keep it with status=, or declare a new code",
        )
    if new.kind is not old.kind:
        yield Change(
            old.code,
            f"the kind was {old.kind} and is {new.kind}",
            "clients in gRPC and those that go by the sort of failure act on it",
            "keep it with kind=, or declare a new code",
        )
    yield from _of_fields(old, {field.name: field for field in new.fields})
    for name in sorted(old.placeholders - new.placeholders):
        yield Change(
            old.code,
            f"the message no longer says {{{name}}}",
            "people who only see the sentence no longer learn it",
            f"put {{{name}}} back into message=",
        )


def _of_fields(old: Entry, now: dict[str, PublicField]) -> Iterator[Change]:
    for field in sorted(old.fields, key=lambda field: field.name):
        new = now.get(field.name)
        if new is None:
            yield Change(
                old.code,
                f"public field '{field.name}' is gone",
                "clients that read it find nothing",
                "keep it, marked public()",
            )
            continue
        if not still_fits(field.json_type, new.json_type):
            yield Change(
                old.code,
                f"public field '{field.name}' was {field.json_type} and is {new.json_type}",
                "clients that read it expect what it was",
                "keep its type, and add a field beside it",
            )
        if field.always and not new.always:
            yield Change(
                old.code,
                f"public field '{field.name}' was in every answer and may now be missing",
                "clients that read it rely on its being there",
                "give it a default other than None",
            )
