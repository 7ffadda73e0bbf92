# SPDX-License-Identifier: MIT
"""What is written down about errors, and about the policies that deal with them.

`ErrorLog` writes one JSON line for each reported error, through structlog or a logger of yours; `PolicyLog` writes what
policies say, and `guard_loggers` keeps the raw tracebacks of web servers out of the log. They read occurrences and
events only, so no secret and no local variable gets here. None of them ever raises into the code that failed, and none
touches anybody's global configuration.

Public names: `ErrorLog`, `PolicyLog`, `ReportedFilter`, `Guard`, `guard_loggers`.
"""

from __future__ import annotations

from errcore.logs.error_log import ErrorLog
from errcore.logs.guards import Guard, guard_loggers
from errcore.logs.policy_log import PolicyLog
from errcore.logs.reported_filter import ReportedFilter

__all__ = ["ErrorLog", "Guard", "PolicyLog", "ReportedFilter", "guard_loggers"]
