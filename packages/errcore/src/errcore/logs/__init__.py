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

from typing import TYPE_CHECKING

from errcore.lazily import fetching

if TYPE_CHECKING:
    from errcore.logs.categories import Category
    from errcore.logs.configured import LogSetup, configure
    from errcore.logs.error_log import ErrorLog
    from errcore.logs.guards import Guard, guard_loggers
    from errcore.logs.performance import log_performance_metric
    from errcore.logs.policy_log import PolicyLog
    from errcore.logs.reported_filter import ReportedFilter
    from errcore.logs.security import log_security_event
    from errcore.logs.sinks.file_sink import FileSink
    from errcore.logs.sinks.log_sinks import LogSinks, log_directory
    from errcore.logs.sinks.sink import Sink
    from errcore.logs.sinks.standard_output import StandardOutput
    from errcore.logs.structured_error_log import Reports, StructuredErrorLog

_HOME = {
    "Category": "categories",
    "ErrorLog": "error_log",
    "FileSink": "sinks.file_sink",
    "Guard": "guards",
    "LogSetup": "configured",
    "LogSinks": "sinks.log_sinks",
    "PolicyLog": "policy_log",
    "ReportedFilter": "reported_filter",
    "Reports": "structured_error_log",
    "Sink": "sinks.sink",
    "StandardOutput": "sinks.standard_output",
    "StructuredErrorLog": "structured_error_log",
    "configure": "configured",
    "guard_loggers": "guards",
    "log_directory": "sinks.log_sinks",
    "log_performance_metric": "performance",
    "log_security_event": "security",
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

if not TYPE_CHECKING:  # checkers have the imports above, and refuse what is not among them
    __getattr__, __dir__ = fetching(__name__, _HOME)
