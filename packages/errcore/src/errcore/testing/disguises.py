# SPDX-License-Identifier: MIT
"""A word in a text, also where the text has it encoded.

Escapes are undone in the text, because each of them can be written in several ways; what has one way only,
hexadecimal and base64, is looked for as it is written.
"""

from __future__ import annotations

import html
import re
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Disguises"]

_ROUNDS = 3  # of escapes in escapes: JSON in JSON in a URL
_MOST_READINGS = 16
_LONGEST_UNPACKED = 16 * 2**20  # bytes
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SHORT_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_URL_SAFE = str.maketrans("-_", "+/")  # RFC 4648 section 5
_UNKNOWN_SIGNS = (0, 2, 3)
"""Signs of base64 that depend on what stands before, by how many bytes do."""


class Disguises:
    """What a word looks like in all the ways in which it may be written.

    Args:
        word: What is looked for, in upper or lower case.

    >>> disguised = Disguises("hunter2-Xy7")
    >>> disguised.in_text("Basic YWRtaW46aHVudGVyMi1YeTc=")
    'in base64'
    >>> disguised.in_text("nothing to see") is None
    True
    """

    def __init__(self, word: str) -> None:
        data = word.encode("utf-8", "surrogatepass")
        self._word = word.casefold()
        self._hex = data.hex()
        self._cores = tuple(_core(data, shift) for shift in range(3))
        self._wide = tuple(word.encode(name, "surrogatepass") for name in ("utf-16-le", "utf-16-be"))
        self._undo: dict[str, Callable[[str], str]] = {
            "percent-encoded": lambda text: unquote(text) if "%" in text else text,
            "escaped": lambda text: _unescaped(text) if "\\" in text else text,
            "escaped for HTML": lambda text: html.unescape(text) if "&" in text else text,
        }
        if " " in word:
            self._undo["as in a form"] = lambda text: text.replace("+", " ")
        if not word.isascii():
            self._undo["in another charset"] = _recoded

    def in_text(self, text: str) -> str | None:
        """How the word is written there, or None."""
        readings = {text: ""}
        latest = [text]
        for _ in range(_ROUNDS):
            for reading in latest:
                if (how := self._plainly(reading)) is not None:
                    return " and ".join(filter(None, (readings[reading], how))) or "as it is"
            latest = self._deeper(latest, readings)
        return None

    def in_bytes(self, data: bytes) -> str | None:
        """How the word is written there, or None. Compressed bytes are unpacked."""
        if any(wide in data for wide in self._wide):
            return "in UTF-16"
        how = self.in_text(data.decode("utf-8", "replace")) or self.in_text(data.decode("latin-1"))
        if how is None and (unpacked := _unpacked(data)) is not None:
            found = self.in_bytes(unpacked)
            return found and f"compressed, {found}"
        return how

    def _plainly(self, text: str) -> str | None:
        """How the word is written in a text without escapes; empty if as it is."""
        folded = text.casefold()
        if self._word in folded:
            return ""
        if self._hex in folded:
            return "in hexadecimal"
        packed = "".join(text.split()).translate(_URL_SAFE)
        return "in base64" if any(core in packed for core in self._cores) else None

    def _deeper(self, latest: list[str], readings: dict[str, str]) -> list[str]:
        """What the latest readings become by undoing one escape more; noted in `readings`, with what was undone."""
        found: list[str] = []
        for reading in latest:
            for how, undo in self._undo.items():
                text = undo(reading)
                if text not in readings and len(readings) < _MOST_READINGS:
                    before = readings[reading]
                    readings[text] = before if before.endswith(how) else f"{before}, {how}".removeprefix(", ")
                    found.append(text)
        return found


def _core(data: bytes, shift: int) -> str:
    """What of the base64 of `data` is the same whatever stands before, `shift` bytes past a border, and after."""
    signs = b64encode(bytes(shift) + data).decode("ascii").rstrip("=")
    end = len(signs) - ((shift + len(data)) % 3 > 0)
    return signs[_UNKNOWN_SIGNS[shift] : end]


def _unescaped(text: str) -> str:
    """A text without the escapes of JSON and of Python's `repr`."""
    plain = _ESCAPE.sub(_sign, text)
    # JSON has signs beyond the first 65536 as two halves.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sign(escape: re.Match[str]) -> str:
    *numbers, sign = escape.groups()
    number = next(filter(None, numbers), None)
    if number is None:
        return _SHORT_ESCAPES.get(sign, sign)
    return chr(min(int(number, 16), 0x10FFFF))


def _recoded(text: str) -> str:
    """UTF-8 that was read as latin-1, as headers are, read as UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _unpacked(data: bytes) -> bytes | None:
    """What gzip or zlib packed, as far as it goes; None if it is neither."""
    if data[:2] != b"\x1f\x8b" and data[:1] != b"\x78":
        return None
    try:
        return zlib.decompressobj(wbits=47).decompress(data, _LONGEST_UNPACKED)  # 47: either header
    except zlib.error:
        return None
