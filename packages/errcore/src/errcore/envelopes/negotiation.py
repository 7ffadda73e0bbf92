# SPDX-License-Identifier: MIT
"""Which of the enabled formats an error is told in (RFC 9110 section 12.5.1).

An error must reach whoever waits for it: a header that is missing, that cannot be read or that nothing matches gives
the default, and never a 406.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Offered", "negotiate"]

_LONGEST = 4096  # characters; real browsers send about 200
_RANGES = 64
_QVALUE = frozenset("0123456789.")


class Offered(Protocol):
    """What can be picked: anything with a media type. A `Format` is one."""

    @property
    def media_type(self) -> str:
        """What `Content-Type` would say."""
        ...


T = TypeVar("T", bound=Offered)


def negotiate(accept: str | None, enabled: Sequence[T], default: T) -> T:
    """The enabled format that an `Accept` header likes best.

    `application/json` and every `+json` type accept every JSON format; among JSON formats liked equally, the one that
    was named exactly comes first. Otherwise the default does, then the order of `enabled`.

    Args:
        accept: The header's value; longer than 4096 characters counts as missing.
        enabled: The formats to pick from.
        default: The format for everybody else.

    >>> from errcore.envelopes import get
    >>> problem, text = get("problem"), get("text")
    >>> negotiate("text/plain, application/json;q=0.5", [problem, text], problem).name
    'text'
    >>> negotiate("image/png", [problem, text], problem).name
    'problem'
    """
    if not accept or len(enabled) < 2 or len(accept) > _LONGEST:
        return default
    ranges = _ranges(accept)
    best, liked = default, _liking(default.media_type, ranges)
    for candidate in enabled:
        liking = _liking(candidate.media_type, ranges)
        more_exact = liking.is_json and liked.is_json and liking.rank > liked.rank
        if liking.quality > liked.quality or (liking.quality == liked.quality > 0 and more_exact):
            best, liked = candidate, liking
    return best


class _Liking(NamedTuple):
    """How much a header likes a media type: its quality, and how exactly the range names the type."""

    quality: float
    rank: int
    is_json: bool


def _ranges(accept: str) -> list[tuple[str, str, float]]:
    """(type, subtype, quality) of each range that can be read; the others are as if they were not there."""
    found: list[tuple[str, str, float]] = []
    for element in accept.lower().split(",", _RANGES)[:_RANGES]:
        media, *parameters = element.split(";")
        kind, slash, subtype = media.strip(" \t").partition("/")
        quality = _qvalue(parameters)
        if slash and kind and subtype and (kind != "*" or subtype == "*") and quality is not None:
            found.append((kind, subtype, quality))
    return found


def _qvalue(parameters: list[str]) -> float | None:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip(" \t") == "q":
            digits = value.strip(" \t")
            # RFC 9110 section 12.4.2: at most three decimals. `float` alone would take "nan", "1e9" and "1_0".
            if (
                not 1 <= len(digits) <= 5
                or not _QVALUE.issuperset(digits)
                or digits.count(".") > 1
                or digits == "."
            ):
                return None
            quality = float(digits)
            return quality if quality <= 1 else None
    return 1.0


def _liking(media_type: str, ranges: list[tuple[str, str, float]]) -> _Liking:
    """What the most specific matching range says of a media type; quality 0 if none matches."""
    kind, _, subtype = media_type.partition(";")[0].strip().lower().partition("/")
    is_json = subtype == "json" or subtype.endswith("+json")
    best = (0, 0.0)
    for wanted_kind, wanted, quality in ranges:
        if wanted_kind == kind and wanted == subtype:
            rank = 5
        elif is_json and wanted_kind == "application" and wanted == "json":
            rank = 4
        elif is_json and wanted.endswith("+json"):
            rank = 3
        elif wanted_kind == kind and wanted == "*":
            rank = 2
        elif wanted_kind == "*":
            rank = 1
        else:
            continue
        best = max(best, (rank, quality))
    return _Liking(best[1], best[0], is_json)
