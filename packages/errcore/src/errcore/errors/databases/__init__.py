# SPDX-License-Identifier: MIT
"""The errors of database drivers, and of SQLAlchemy around them, of which none is imported.

`verdicts` says what their codes mean, `rules` finds the code in an error, and `texts` says what a log may show of it.

Public names: none; the rules are among those of `errcore.errors.library_rules`.
"""

from __future__ import annotations

__all__: list[str] = []
