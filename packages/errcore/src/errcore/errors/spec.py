# SPDX-License-Identifier: MIT
"""What a class statement declared: one frozen value per error class, from which everything else follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.errors.kinds import KIND_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.errors.fields import Visibility
    from errcore.errors.kinds import Executed, Fault, Kind, Outcome, Retriable, Severity

__all__ = ["ErrorSpec", "FieldSpec", "title_of"]


def title_of(code: str) -> str:
    """A code as words, for people.

    >>> title_of("ORDER_NOT_FOUND")
    'Order not found'
    """
    return code.replace("_", " ").capitalize()


@attrs.frozen
class FieldSpec:
    """One declared field.

    Attributes:
        name: As in the class.
        type: The annotation, as text.
        visibility: Who may see it.
        required: Whether it has to be given.
        optional: Whether its default is None; such a field is left out of the envelope while it is None.
    """

    name: str
    type: str
    visibility: Visibility
    required: bool
    optional: bool


@attrs.frozen(eq=False)
class ErrorSpec:
    """What one error class declared, with what it inherited filled in.

    Attributes:
        code: Stable name for programs: `[A-Z][A-Z0-9_]+[A-Z0-9]`, at most 63 characters (the shape of AIP-193).
        kind: What sort of failure.
        status: HTTP status of the answer.
        fault: Whose failure it is.
        category: A free tag.
        severity: How loud the log line is.
        retriable: Whether the same request may succeed later.
        recoverable: Whether the user can do something about it.
        outcome: What a policy makes of it.
        executed: Whether the work may have happened.
        message: The public sentence, with placeholders of public fields; None where the kind's sentence serves.
        parts: The sentence cut at its placeholders: (text before, field name or None).
        fields: The declared fields, base settings left out.
        answers_as: The spec whose code, message and status the client sees instead, or None.
        qualname: Dotted name of the class.
        place: File and line of the class statement.
        doc: The class's own docstring.
        declares_code: Whether the class statement has `code=`; only such a class is in the catalogue.
        explicit: The class keywords as given, own and inherited.
        public_names: The fields that a client sees.
        internal_names: The fields for the log.
        secret_names: The fields that nothing shows.
        optional_names: The fields that are left out while they are None.
    """

    code: str
    kind: Kind
    status: int
    fault: Fault
    category: str | None
    severity: Severity
    retriable: Retriable
    recoverable: bool
    outcome: Outcome
    executed: Executed
    message: str | None
    parts: tuple[tuple[str, str | None], ...]
    fields: tuple[FieldSpec, ...]
    answers_as: ErrorSpec | None
    qualname: str
    place: str
    doc: str
    declares_code: bool
    explicit: Mapping[str, object]
    public_names: tuple[str, ...]
    internal_names: tuple[str, ...]
    secret_names: tuple[str, ...]
    optional_names: frozenset[str]

    @property
    def shown(self) -> ErrorSpec:
        """What the client sees: this, or the one that it answers as."""
        return self.answers_as or self

    @property
    def sentence(self) -> str:
        """The public sentence, placeholders and all; that of the kind where none was declared."""
        return KIND_RULES[self.kind].sentence if self.message is None else self.message
