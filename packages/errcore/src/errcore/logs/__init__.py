# SPDX-License-Identifier: MIT
"""What is written down about errors.

`ErrorLog` writes one JSON line for each reported error, through structlog or a logger of yours, and `guard_loggers`
keeps the raw tracebacks of web servers out of the log. Both read occurrences only, so no secret and no local variable
gets here. Neither ever raises into the code that failed, and neither touches anybody's global configuration.

Public names: `ErrorLog`, `ReportedFilter`, `Guard`, `guard_loggers`.
"""

from __future__ import annotations

from errcore.logs.error_log import ErrorLog
from errcore.logs.guards import Guard, guard_loggers
from errcore.logs.reported_filter import ReportedFilter

__all__ = ["ErrorLog", "Guard", "ReportedFilter", "guard_loggers"]
