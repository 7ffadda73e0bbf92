# SPDX-License-Identifier: MIT
"""Any Python object in, bounded JSON data or one bounded line of text out.

Everything that errcore shows, sends or stores passes through here first, so it is total: whatever an object does, the
result is valid and small. `to_json` gives data, `safe_text` text, `one_line` a text that cannot forge a log line.
"""

from __future__ import annotations

from errcore.jsonsafe.bounds import Bounds
from errcore.jsonsafe.lines import one_line, safe_text
from errcore.jsonsafe.texts import REDACTED, mask_and_cut
from errcore.jsonsafe.values import JSON, to_json

__all__ = ["JSON", "REDACTED", "Bounds", "mask_and_cut", "one_line", "safe_text", "to_json"]
