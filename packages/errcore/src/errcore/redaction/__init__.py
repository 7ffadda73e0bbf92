# SPDX-License-Identifier: MIT
"""What must not be shown: found by its name or by its form, and replaced by `[redacted]`.

There is one rule for names (`is_secret_key`) and one redactor for text and data (`Redactor`); everything that errcore
logs, stores or sends has passed it. A corpus of secrets and look-alikes among the tests says what it finds.
"""

from __future__ import annotations

from errcore.jsonsafe import REDACTED
from errcore.redaction.keys import is_secret_key
from errcore.redaction.redactor import Redactor

__all__ = ["REDACTED", "Redactor", "is_secret_key"]
