# SPDX-License-Identifier: MIT
"""User and password of URLs: plain ones, percent-encoded ones, and those that do not end within what is looked at."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs

from errcore.jsonsafe import REDACTED

if TYPE_CHECKING:
    import re

__all__ = ["mask_urls"]

# Everything up to the last "@" that can belong to it: a name and a password without "/", or a password that may contain
# anything but a blank, behind a colon that does not start a port.
_USERINFO = r"""
(?P<keep>://)
(?: [^\s/?#@"'<>`]*+@
  | [^\s/@:\["'<>`]{0,128}+ : (?!\d{1,5}+(?:[/?#]|\Z)) [^\s@"'<>`]{0,256}+@
)++
"""
# A password that does not end within what is looked at. It may not contain "://", so that no character is read twice.
_CUT_USERINFO = r"""
(?P<keep>://) [^\s/@:\["'<>`]{0,128}+ : (?!\d{1,5}+(?:[/?\#]|\Z)) (?: [^\s@:"'<>`] | :(?!//) ){192,}+ \Z
"""
# The same URL percent-encoded, once or twice.
_ENCODED_USERINFO = r"""
(?P<keep>%(?P<level>(?:25)?+)3[Aa]%(?P=level)2[Ff]%(?P=level)2[Ff])
(?: (?: [^\s&%@"'<>] | %(?!(?P=level)(?:2[Ff36]|3[Ff]|40)) )*+ (?P<at>%(?P=level)40) )++
"""


_CUT_SIZE = 192  # characters that any match of `_CUT_USERINFO` has


@attrs.frozen
class _Compiled:
    userinfo: re.Pattern[str]
    cut: re.Pattern[str]
    encoded: re.Pattern[str]


@cache
def _compiled() -> _Compiled:
    import re

    return _Compiled(
        userinfo=re.compile(_USERINFO, re.VERBOSE),
        cut=re.compile(_CUT_USERINFO, re.VERBOSE),
        encoded=re.compile(_ENCODED_USERINFO, re.VERBOSE),
    )


def mask_urls(text: str) -> str:
    """Mask user and password of URLs.

    >>> mask_urls("postgres://app:p@ss:w/rd@db:5432/x?y=z@z http://host:80/a@b")
    'postgres://[redacted]@db:5432/x?y=z@z http://host:80/a@b'
    """
    known = _compiled()
    if "://" in text:
        if "@" in text:
            text = known.userinfo.sub(rf"\g<keep>{REDACTED}@", text)
        if len(text) > _CUT_SIZE:
            text = known.cut.sub(rf"\g<keep>{REDACTED}", text)
    if "%" in text and "40" in text:
        text = known.encoded.sub(rf"\g<keep>{REDACTED}\g<at>", text)
    return text
