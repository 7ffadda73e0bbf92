# SPDX-License-Identifier: MIT
"""Which request an error belongs to: the one that the facts name, else the ambient one, else one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import context as ambient
from errcore.context import ErrorContext, RequestIds

if TYPE_CHECKING:
    from errcore.envelopes import RequestFacts

__all__ = ["context_of", "ids_of"]


def ids_of(facts: RequestFacts) -> RequestIds | None:
    """The ids that the facts bring, else the ambient ones. An id that is no text is none: nobody could quote it."""
    ids = facts.ids
    return ids if type(ids) is RequestIds and type(ids.request_id) is str else ambient.current().ids


def context_of(ids: RequestIds) -> ErrorContext:
    """The ambient context, with these ids."""
    here = ambient.current()
    return (
        here if here.ids is ids else ErrorContext(ids, here.actor, here.tenant, here.operation, here.fields)
    )
