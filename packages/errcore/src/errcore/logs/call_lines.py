# SPDX-License-Identifier: MIT
"""What lines that code asks for have in common: the service, ids and labels of the context, and the facts of the caller.

A redactor of the user's may fail; the line is worth more than its words, so these are left out and the line is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from errcore import context
from errcore.jsonsafe import REDACTED, one_line
from errcore.logs.extra import bounded
from errcore.logs.record import add_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from errcore.logs.configured import LogSetup

__all__ = ["add_fields", "cleaned"]

_LABEL = 128  # characters


def add_fields(
    line: dict[str, object],
    setup: LogSetup,
    said: Mapping[str, object],
    *,
    labels: Mapping[str, object],
    address: Mapping[str, object],
    extra: Mapping[str, object],
) -> None:
    """Add the fields of a line in their order: service, what is said, ids, labels and the operation, address, extra.

    Args:
        line: The fields that are there.
        setup: What holds for the process.
        said: What the line is for, clean already.
        labels: Short texts; those that are None are left out.
        address: What is written of an address.
        extra: Facts of the caller.
    """
    here = context.current()
    if setup.service is not None:
        line["service"] = setup.service
    line.update(said)
    if here.ids is not None:
        add_ids(line, here.ids)
    for name, label in {**labels, "operation": here.operation}.items():
        if label is not None:
            line[name] = cleaned(label, setup, _LABEL)
    line.update(address)
    facts = bounded(extra, setup.redactor)
    if facts:
        line["extra"] = facts


def cleaned(value: object, setup: LogSetup, limit: int) -> str:
    """A value as one line without secrets; only a mark if the redactor fails.

    Args:
        value: Anything.
        setup: Has the redactor.
        limit: Characters at most.
    """
    try:
        return one_line(setup.redactor.text(one_line(value, limit)), limit)
    except Exception:  # noqa: BLE001 - a redactor of the user's: the line is worth more than its words
        return REDACTED
