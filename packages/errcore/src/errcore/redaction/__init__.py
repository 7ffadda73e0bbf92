# SPDX-License-Identifier: MIT
"""What must not be shown: found by its name or by its form, and replaced by `[redacted]`.

There is one rule for names (`is_secret_key`) and one redactor for text and data (`Redactor`; `default_redactor` is the
one that serves unless somebody brings another); everything that errcore logs, stores or sends has passed it. A corpus of secrets and look-alikes among the tests says what it finds.
"""

from __future__ import annotations

from errcore.jsonsafe import REDACTED
from errcore.redaction.keys import is_secret_key
from errcore.redaction.redactor import Redactor, default_redactor

__all__ = ["REDACTED", "Redactor", "default_redactor", "is_secret_key"]
