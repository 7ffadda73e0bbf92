# SPDX-License-Identifier: MIT
"""The log of policies: a line for each retry, each refusal and each change of a breaker, by a listener on the stream.

Changes of health are told by the same listener: that a component fails is mostly the other half of the same story.

How loud a line is follows from what happened. A breaker that opens is a warning, and so is a thread that nobody waits for.
What is said for a call is information: how it ended its own log line says, as loudly as it deserves. What is said for
every attempt or every refused call is for debugging, since an outage has thousands of them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs

from errcore import clock, context
from errcore.closing import Closing
from errcore.errors.kinds import Severity
from errcore.events import stream
from errcore.jsonsafe import one_line
from errcore.logs.categories import Category
from errcore.logs.destination import Destination
from errcore.logs.record import add_ids
from errcore.mishaps import Mishaps
from errcore.monitor.health.happenings import HealthChanged
from errcore.monitor.health.status import Status
from errcore.policies.happenings import (
    Attempted,
    Degraded,
    DegradedPart,
    FellBack,
    GaveUp,
    GaveUpReason,
    Rejected,
    Retried,
    Transition,
)
from errcore.redaction import default_redactor

if TYPE_CHECKING:
    from collections.abc import Callable

    from errcore.events import Subscription
    from errcore.redaction import Redactor

__all__ = ["PolicyLog"]

_LABEL = 128  # characters

_QUIET = frozenset({GaveUpReason.NOT_RETRIABLE, GaveUpReason.NESTED, GaveUpReason.REJECTED})
"""Ends of a call that somebody else says more about: the error itself, the outer retry, the refusal."""


def _severity_of_end(event: GaveUp) -> Severity:
    return Severity.DEBUG if event.reason in _QUIET else Severity.INFO


def _severity_of_transition(event: Transition) -> Severity:
    return Severity.WARNING if event.after in {"open", "isolated"} else Severity.INFO


def _severity_of_degradation(event: Degraded) -> Severity:
    late = event.part is DegradedPart.WORKER and not event.recovered
    return Severity.WARNING if late else Severity.INFO


def _severity_of_health(event: HealthChanged) -> Severity:
    return Severity.INFO if event.after is Status.PASS else Severity.WARNING


_LINES: dict[type[Any], tuple[str, Severity, Callable[[Any], Severity] | None]] = {
    Attempted: ("policy_attempt_failed", Severity.DEBUG, None),
    Retried: ("policy_retried", Severity.INFO, None),
    GaveUp: ("policy_gave_up", Severity.INFO, _severity_of_end),
    Rejected: ("policy_rejected", Severity.DEBUG, None),
    Transition: ("breaker_transition", Severity.WARNING, _severity_of_transition),
    FellBack: ("policy_fell_back", Severity.INFO, None),
    Degraded: ("policy_degraded", Severity.WARNING, _severity_of_degradation),
    HealthChanged: ("health_changed", Severity.WARNING, _severity_of_health),
}
"""By type of event: the name of its line, the loudest that it can be, and how loud this one is where that differs."""


_open: list[PolicyLog] = []
"""All of them, the oldest first: two applications in one process need not say everything twice."""


class PolicyLog(Closing):
    """Writes what policies say on `errcore.events`, from when it is made until it is closed.

    The lines are those of `ErrorLog`: JSON where `configure` says, or whatever a `logger` of yours makes of them. Policies
    belong to the process, so each such log has the events of all of them; where several write to one place, the oldest
    speaks. What is less severe than `level` is not even listened to.

    Args:
        service: The name in the `service` field.
        level: What is less severe is not written. At `debug` every failed attempt and every refused call has a line.
        logger: Where to write: a sink or a logger; where `configure` says if None.
        redactor: What cleans the keys of policies with `key=`, which come from arguments of calls.

    >>> from errcore import policy
    >>> class Shown:
    ...     def warning(self, event, **fields):
    ...         print(event, fields["policy"], fields["after"])
    >>> with PolicyLog(logger=Shown()):
    ...     policy("doc-policy-log", breaker=0.5).isolate()
    breaker_transition doc-policy-log isolated
    """

    def __init__(
        self,
        *,
        service: str | None = None,
        level: Severity = Severity.INFO,
        logger: Any = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._mishaps = Mishaps()
        self._destination = Destination(logger, level, Category.APP)
        self._logger = logger
        self._service = service
        self._redactor = redactor or default_redactor
        self._subscriptions: list[Subscription] = [
            stream.subscribe(event_type, self._tell)
            for event_type, (_, loudest, _) in _LINES.items()
            if self._destination.takes(loudest)
        ]
        _open.append(self)

    def _tell(self, event: Any) -> None:
        name, severity, judge = _LINES[type(event)]
        if judge is not None:
            severity = judge(event)
        try:
            if not self._destination.takes(severity) or not self._speaks(severity):
                return
            self._destination.write(
                severity, name, clock.current().wall(), lambda fields: self._add_fields(fields, event)
            )
        except Exception as problem:  # noqa: BLE001 - a log that fails is not the caller's failure
            self._mishaps.note("the log of policies", problem)

    def _speaks(self, severity: Severity) -> bool:
        for log in _open:
            if log._logger is self._logger and log._destination.takes(severity):  # noqa: SLF001 - of the same class
                return log is self
        return False  # closed while this was on its way

    def _add_fields(self, fields: dict[str, object], event: attrs.AttrsInstance) -> None:
        if self._service is not None:
            fields["service"] = self._service
        for field in attrs.fields(type(event)):
            value = getattr(event, field.name)
            if value is not None:
                fields[field.name] = value
        if "key" in fields:
            fields["key"] = self._redactor.text(one_line(fields["key"], _LABEL))
        ids = context.current().ids
        if ids is not None:
            add_ids(fields, ids)

    @property
    def failures(self) -> int:
        """How many lines could not be written. The first is said on the logger "errcore"."""
        return self._mishaps.count

    def close(self) -> None:
        """Stop listening. Closing twice is fine."""
        with suppress(ValueError):
            _open.remove(self)
        while self._subscriptions:
            self._subscriptions.pop().close()
