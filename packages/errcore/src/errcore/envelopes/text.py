# SPDX-License-Identifier: MIT
"""The answer as one safe sentence, for a chat or a terminal.

It says what happened, when to try again if that is known and, where the fault is the server's, which id to quote.
It loses the code, the details and the issues. Debug mode adds nothing: the reader is a customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from errcore.envelopes.format import reference, whole_seconds
from errcore.envelopes.samples import sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from errcore.errors.occurrence import Occurrence
    from errcore.errors.spec import ErrorSpec


__all__ = ["Text"]


@attrs.frozen
class Text:
    """The format named "text".

    >>> from errcore import NotFoundError, Occurrence
    >>> Text().render(Occurrence.of(NotFoundError("There is no order 7.")))
    'There is no order 7.'
    """

    name: str = attrs.field(default="text", init=False, repr=False)
    media_type: str = attrs.field(default="text/plain; charset=utf-8", init=False, repr=False)

    def render(self, occurrence: Occurrence, debug: bool = False) -> str:  # noqa: ARG002 - a format's signature
        """The sentence; `debug` changes nothing."""
        sentence = occurrence.message
        wait = whole_seconds(occurrence.retry_after)
        if wait is not None:
            sentence += f" You can try again in {wait} {'second' if wait == 1 else 'seconds'}."
        # By the public status, so that an error which answers as another one gives the other's sentence.
        if occurrence.status >= 500:
            sentence += f" Reference: {reference(occurrence)}."
        return sentence

    def parse(self, _body: Mapping[str, object], /) -> None:
        """Nothing can be read back from a sentence."""

    def schema(self, _specs: Iterable[ErrorSpec], /) -> dict[str, object]:
        """The schema of any sentence."""
        return {"type": "string"}

    def example(self, spec: ErrorSpec, /) -> str:
        """The sentence that the class declared, with sample values, or that of its kind."""
        return sample(spec).message
