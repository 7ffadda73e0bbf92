# SPDX-License-Identifier: MIT
"""The table of stock errors in the documentation is what errcore declares."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/reference/stock-errors.md"

# In an interpreter of its own: what other tests declare is not in the table.
PROGRAM = """
from errcore import AppError, catalog, errors
from errcore.handbook import entry_of, is_public

print("| Class | Code | Status | Kind | Retry | What happened |")
print("| --- | --- | --- | --- | --- | --- |")
for name in sorted(name for name in errors.__all__ if isinstance(getattr(errors, name), type)):
    cls = getattr(errors, name)
    if issubclass(cls, AppError):
        entry = entry_of(cls.spec)
        shown = cls.spec.shown
        told = "" if is_public(cls.spec) else f" Clients read `{shown.code}`." if shown is not cls.spec else " Clients read a code for the status."
        what = entry.summary
        retry = entry.retriable.value.replace("_", " ")
        print(f"| `{name}` | `{entry.code}` | {shown.status} | `{entry.kind}` | {retry} | {what}{told} |")
"""


def test_the_table_is_in_step() -> None:
    """Every class, its code, its status and its prose; if not, the assertion shows the table to paste."""
    table = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    page = PAGE.read_text(encoding="utf-8")

    assert len(table.splitlines()) > 40
    assert table == page[page.index("| Class |") :], f"\n{table}"
