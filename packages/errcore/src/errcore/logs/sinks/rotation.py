# SPDX-License-Identifier: MIT
"""Old log files: `errors.log.1` is the newest, and those beyond the number or the room that is allowed are removed.

Whoever rotates holds the lock on the current file, under its name. The very last step takes that name away; before it
nobody else can be rotating, and after it this process touches no name any more. A process that is killed in between
leaves a gap in the numbers, which the next rotation fills.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

__all__ = ["rotate"]


def rotate(path: str, files: int, room: int) -> None:
    """Make the current file an old one.

    Args:
        path: Of the current file.
        files: How many there may be, the current one included.
        room: Bytes that all old files may have together, the one that becomes one included.

    Raises:
        OSError: If a file cannot be renamed or removed; then the current file is still the current one.
    """
    current = Path(path)
    sizes = _sizes(current)
    left = room - current.stat().st_size
    kept = 0
    for number in sorted(sizes):
        left -= sizes[number]
        if kept < files - 2 and left >= 0:
            kept += 1
            continue
        Path(f"{path}.{number}").unlink(missing_ok=True)
        del sizes[number]
    if files == 1:
        current.unlink()
        return
    free = next(number for number in range(1, len(sizes) + 2) if number not in sizes)
    for number in range(free, 1, -1):
        os.rename(f"{path}.{number - 1}", f"{path}.{number}")  # noqa: PTH104 - others wait, and a Path is dear
    current.rename(f"{path}.1")


def _sizes(current: Path) -> dict[int, int]:
    """The old files of a log: their numbers and their bytes."""
    sizes: dict[int, int] = {}
    with os.scandir(current.parent) as entries:
        for entry in entries:
            stem, _, number = entry.name.rpartition(".")
            if stem == current.name and re.fullmatch("[1-9][0-9]{0,8}", number):
                with suppress(FileNotFoundError):  # somebody else removed it
                    sizes[int(number)] = entry.stat(follow_symlinks=False).st_size
    return sizes
