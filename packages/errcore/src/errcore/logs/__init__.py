# SPDX-License-Identifier: MIT
"""What is written down: errors, what policies do about them, security events, and numbers that matter.

Each line is one JSON object of a category (`app`, `errors`, `security`, `performance`), on standard output unless
`configure` sends a category elsewhere, such as to the files of `log_directory`. `ErrorLog` writes reported errors,
`PolicyLog` what policies say, `StructuredErrorLog` the errors of agents with fields of yours; `guard_loggers` keeps the raw
tracebacks of web servers out of the log. They read occurrences and events only, so no secret and no local variable gets
here. None of them ever raises into the code that failed, and none touches anybody's configuration of logging.

Public names: `Category`, `ErrorLog`, `FileSink`, `Guard`, `LogSetup`, `LogSinks`, `PolicyLog`, `ReportedFilter`, `Reports`,
`Sink`, `StandardOutput`, `StructuredErrorLog`, `configure`, `guard_loggers`, `log_directory`, `log_performance_metric`,
`log_security_event`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from errcore.logs.categories import Category
    from errcore.logs.configured import LogSetup, configure
    from errcore.logs.error_log import ErrorLog
    from errcore.logs.file_sink import FileSink
    from errcore.logs.guards import Guard, guard_loggers
    from errcore.logs.log_sinks import LogSinks, log_directory
    from errcore.logs.performance import log_performance_metric
    from errcore.logs.policy_log import PolicyLog
    from errcore.logs.reported_filter import ReportedFilter
    from errcore.logs.security import log_security_event
    from errcore.logs.sink import Sink
    from errcore.logs.standard_output import StandardOutput
    from errcore.logs.structured_error_log import Reports, StructuredErrorLog

_HOME = {
    "Category": "errcore.logs.categories",
    "ErrorLog": "errcore.logs.error_log",
    "FileSink": "errcore.logs.file_sink",
    "Guard": "errcore.logs.guards",
    "LogSetup": "errcore.logs.configured",
    "LogSinks": "errcore.logs.log_sinks",
    "PolicyLog": "errcore.logs.policy_log",
    "ReportedFilter": "errcore.logs.reported_filter",
    "Reports": "errcore.logs.structured_error_log",
    "Sink": "errcore.logs.sink",
    "StandardOutput": "errcore.logs.standard_output",
    "StructuredErrorLog": "errcore.logs.structured_error_log",
    "configure": "errcore.logs.configured",
    "guard_loggers": "errcore.logs.guards",
    "log_directory": "errcore.logs.log_sinks",
    "log_performance_metric": "errcore.logs.performance",
    "log_security_event": "errcore.logs.security",
}

__all__ = [
    "Category",
    "ErrorLog",
    "FileSink",
    "Guard",
    "LogSetup",
    "LogSinks",
    "PolicyLog",
    "ReportedFilter",
    "Reports",
    "Sink",
    "StandardOutput",
    "StructuredErrorLog",
    "configure",
    "guard_loggers",
    "log_directory",
    "log_performance_metric",
    "log_security_event",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Fetch a public name when it is first asked for; Python keeps it from then on (PEP 562)."""
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(home), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Also the names that were not fetched yet."""
        return sorted({*globals(), *__all__})
