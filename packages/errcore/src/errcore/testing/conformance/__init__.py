# SPDX-License-Identifier: MIT
"""The table that every web adapter must pass.

Build an application that serves every `Behaviour` your framework is capable of, write a `Driver` that sends it
requests, and run each `Case` with both. `Records` counts what was reported meanwhile. The runtime under test has the
"problem" envelope and debug mode off.

>>> len({case.name for case in CASES}) == len(CASES)
True

With pytest::

    @pytest.mark.parametrize("case", conformance.CASES, ids=str)
    def test_conformance(case, driver):
        if case.needs <= CAPABILITIES:
            with conformance.Records() as records:
                case.check(driver, records)
"""

from __future__ import annotations

from errcore.testing.answers import Answer
from errcore.testing.conformance.behaviours import BEHAVIOURS, Behaviour, LateError, behaviour, time_left
from errcore.testing.conformance.cases import CASES, Case
from errcore.testing.conformance.driver import Driver
from errcore.testing.records import Records

__all__ = [
    "BEHAVIOURS",
    "CASES",
    "Answer",
    "Behaviour",
    "Case",
    "Driver",
    "LateError",
    "Records",
    "behaviour",
    "time_left",
]
