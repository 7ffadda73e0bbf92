# SPDX-License-Identifier: MIT
"""What policies, breakers and runtimes said on the process-wide stream while a test ran."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeVar

from errcore.errors import ConfigurationError
from errcore.testing.recording import Recorder

__all__ = ["RecordedEvents"]

E = TypeVar("E")

_ALL = {
    "errcore.errors": ("ErrorReported",),
    "errcore.policies": ("Attempted", "Degraded", "FellBack", "GaveUp", "Rejected", "Retried", "Transition"),
    "errcore.validation": ("RuleFailed",),
}
"""Whatever errcore emits, by module: imported by those who want all of it."""


def _everything() -> list[type[Any]]:
    return [getattr(import_module(module), name) for module, names in _ALL.items() for name in names]


class RecordedEvents(Recorder[object]):
    """Collects events; use it as a context manager.

    Of the whole process: filter by `policy`, where others may be at work at the same time.

    Args:
        event_types: What is recorded, types of your own included; all that errcore emits if none is named.
        patience: Seconds to wait for an event of another thread; one that is there takes none.

    Attributes:
        seen: The events so far, in the order in which they were emitted.

    Raises:
        errcore.ConfigurationError: If an event type is no class.

    >>> from errcore import policy
    >>> from errcore.policies import GaveUp, Retried
    >>> from errcore.testing import policies
    >>> def fetch():
    ...     raise ConnectionRefusedError
    >>> with RecordedEvents() as recorded, policies(instant=True, attempts=2):
    ...     try:
    ...         policy("doc-recorded", retry=5).call(fetch)
    ...     except ConnectionRefusedError:
    ...         pass
    >>> [event.number for event in recorded.of(Retried, policy="doc-recorded")]
    [1]
    >>> recorded.the_one(GaveUp).reason.value
    'attempts'
    """

    def __init__(self, *event_types: type[Any], patience: float = 5.0) -> None:
        for event_type in event_types:
            if not isinstance(event_type, type):
                raise ConfigurationError(
                    f"Cannot record a {type(event_type).__name__}, because events are told apart by their type; pass classes, "
                    "such as errcore.policies.Retried."
                )
        super().__init__(event_types or _everything(), lambda event: event, patience)

    def of(self, event_type: type[E], /, **members: object) -> list[E]:
        """The events of a type so far, or those that have these members, too.

        Args:
            event_type: Their type.
            members: Names and values, such as `policy="pay"`; an event without such a member is another one.
        """
        nothing = object()
        return [
            event
            for event in self.seen.copy()
            if isinstance(event, event_type)
            and all(getattr(event, name, nothing) == value for name, value in members.items())
        ]

    def the_one(self, event_type: type[E], /, **members: object) -> E:
        """The only such event; waits for it if need be.

        Args:
            event_type: Its type.
            members: Names and values that it has.

        Raises:
            AssertionError: If there is none, or more than one; it names those that were recorded.
        """
        return self._only(
            lambda: self.of(event_type, **members),
            "events",
            lambda found: found or [type(event).__name__ for event in self.seen],
        )
