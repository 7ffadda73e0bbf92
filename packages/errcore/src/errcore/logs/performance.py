# SPDX-License-Identifier: MIT
"""The performance log: one number with a name, one line."""

from __future__ import annotations

from errcore import clock
from errcore.errors.kinds import Severity
from errcore.jsonsafe import one_line, to_json
from errcore.logs.call_lines import add_fields, cleaned
from errcore.logs.categories import Category
from errcore.logs.configured import configured
from errcore.mishaps import Mishaps

__all__ = ["log_performance_metric"]

_EVENT = "performance_metric"
_NAME = 128  # characters
_UNIT = 32

_mishaps = Mishaps()


def log_performance_metric(name: str, value: float, /, *, unit: str = "s", **fields: object) -> bool:
    """Write a measured value. Never raises an Exception: what goes wrong is counted.

    The ids of the request and the operation are those of the context. Each call is one line, so call it for what is slow
    or rare, not for every request of a busy service.

    Args:
        name: Of what was measured, such as "video_render_time".
        value: A number; one that JSON has not, such as NaN, becomes null.
        unit: In what it was measured: "s", "By", "1".
        fields: More facts, in `extra`; secrets are redacted.

    Returns:
        Whether the line was written.

    >>> from errcore.logs import LogSinks, configure
    >>> class Shown:
    ...     def info(self, event, **fields):
    ...         print(fields["name"], fields["value"], fields["unit"], fields["extra"])
    >>> with configure(LogSinks(performance=Shown())):
    ...     log_performance_metric("video_render_time", 12.5, frames=300)
    video_render_time 12.5 s {'frames': 300}
    True
    """
    try:
        setup = configured()
        said = {
            "name": cleaned(name, setup, _NAME),
            "value": to_json(value) if isinstance(value, int | float) else None,
            "unit": one_line(unit, _UNIT),
        }
        setup.writes[Category.PERFORMANCE](
            Severity.INFO,
            _EVENT,
            clock.current().wall(),
            lambda line: add_fields(line, setup, said, labels={}, address={}, extra=fields),
        )
    except Exception as problem:  # noqa: BLE001 - a log that fails is not the caller's failure
        _mishaps.note("the performance log", problem)
        return False
    return True
