# SPDX-License-Identifier: MIT
"""Where in the application an exception comes from: the innermost frame that is neither a library's nor Python's own.

What a group is named by is the code base's: the file below the nearest root of imports, and the name of the function. No
line number, which every edit above would change, and nothing that a request can choose.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, TracebackType

__all__ = ["NOWHERE", "site_of", "spot"]

NOWHERE = "<unknown>"
"""The site of an exception that was never raised."""

_KNOWN = 4096
_LENGTH = 200  # characters
_ours: dict[str, bool] = {}  # by the name of the file

_PYTHON = os.path.normcase(Path(os.__file__).parent) + os.sep
_SELF = os.path.normcase(Path(__file__).resolve().parents[2]) + os.sep


def spot(traceback: TracebackType | None) -> CodeType | None:
    """The code that an exception comes from: the innermost of the application's, else the innermost of all.

    >>> spot(None) is None
    True
    """
    if traceback is None:
        return None
    last = traceback
    while (inner := last.tb_next) is not None:
        last = inner
    code = last.tb_frame.f_code
    # Nearly always: then nothing is looked at of the frames before, of which a framework makes many.
    if _ours.get(code.co_filename) or _is_ours(code):
        return code
    return _innermost_of_ours(traceback) or code


def site_of(code: CodeType | None) -> str:
    """A place in the code as text: where its file is below the roots of imports, and the name of the function.

    >>> site_of(site_of.__code__)
    'errcore/monitor/counting/sites.py:site_of'
    """
    if code is None:
        return NOWHERE
    return f"{_below_root(code.co_filename)}:{code.co_qualname}"[-_LENGTH:]


def _innermost_of_ours(traceback: TracebackType | None) -> CodeType | None:
    found = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if _is_ours(code):
            found = code
        traceback = traceback.tb_next
    return found


def _is_ours(code: CodeType) -> bool:
    filename = code.co_filename
    known = _ours.get(filename)
    if known is None:
        if len(_ours) >= _KNOWN:
            _ours.clear()
        known = _ours[filename] = _is_application(filename)
    return known


def _is_application(filename: str) -> bool:
    path = os.path.normcase(filename)
    # What was made of no file, as by `exec`, has the name that somebody gave it while running: its caller names the place.
    if path.startswith(("<", _SELF, _PYTHON)):
        return False
    return not any(f"{os.sep}{folder}{os.sep}" in path for folder in ("site-packages", "dist-packages"))


def _below_root(filename: str) -> str:
    """The part of a file's path that is the same on every machine: below the longest entry of `sys.path`, else its end."""
    roots = [root for root in sys.path if root and filename.startswith(root.rstrip(os.sep) + os.sep)]
    if roots:
        return filename[len(max(roots, key=len).rstrip(os.sep)) + 1 :].replace(os.sep, "/")
    return "/".join(filename.replace(os.sep, "/").split("/")[-2:])
