# SPDX-License-Identifier: MIT
"""Places that fail, for tests of what names a group; another process imports it, too."""

from __future__ import annotations

from errcore import NotFoundError, context
from errcore.context import RequestIds
from errcore.monitor import Monitor


def fail(message: str) -> None:
    """Fail in one place."""
    raise NotFoundError(message)


def fail_elsewhere(message: str) -> None:
    """Fail in another one."""
    raise NotFoundError(message)


def groups_of(messages: list[str]) -> list[str]:
    """The ids of the groups of these failures, as a process of its own finds them."""
    with Monitor(background=False, service="shop") as monitor:
        for number, message in enumerate(messages):
            try:
                fail(message)
            except NotFoundError as error:
                with context.bind(ids=RequestIds(f"r{number}"), actor=message):
                    monitor.capture(error, route=f"/{number}", order=message)
        return sorted(group.facts.id for group in monitor.groups())
