# SPDX-License-Identifier: MIT
"""The lines that call code of the user, and what becomes of everything that it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore.validation.checking.findings import Template
    from errcore.validation.checking.source import Place, Source

__all__ = ["write_call", "write_crash", "write_made"]


def write_call(source: Source, call: str, place: Place, template: Template, what: str) -> None:
    """Write the call of a predicate.

    Args:
        source: Where to.
        call: The call.
        place: Where in the input it looks.
        template: What is told if it says no.
        what: What is called, for what is told of its failure.
    """
    said = source.fresh("s")
    with source.block("try:"):
        source.line(f"{said} = {call}")
    with source.block("except Exception as error:"):
        write_crash(source, place, what, "error")
    with source.block("else:"), source.block(f"if {said} is not True:"):
        told = source.named("T", template)
        source.line(f"found.judged({place.expression}, {said}, {told}, {what!r})")


def write_made(source: Source, line: str, place: Place, what: str) -> None:
    """Write the call of a class or a hook of the user, which may refuse what it gets.

    Args:
        source: Where to.
        line: The call, and where its result goes.
        place: Where the value is in the input.
        what: What is called, for what is told of its failure.
    """
    with source.block("try:"):
        source.line(line)
    with source.block("except Exception as error:"):
        source.line(f"found.raised({place.expression}, {what!r}, error)")


def write_crash(source: Source, place: Place, what: str, error: str) -> None:
    """Write what notes that a function of the user failed.

    Args:
        source: Where to.
        place: Where in the input it looked.
        what: What failed.
        error: The variable that holds what it raised.
    """
    source.line(f"found.crashed({place.expression}, {what!r}, {error})")
