# SPDX-License-Identifier: MIT
"""Goodput over time as a picture: SVG, written by hand, the same bytes for the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["picture"]

_WIDTH, _HEIGHT = 720, 300
_LEFT, _TOP, _RIGHT, _BOTTOM = 48, 16, 120, 40
_STYLES = {
    "no retries": ("#7a7a7a", ""),
    "naive": ("#c0392b", ""),
    "stamina-like": ("#1f618d", "9 9"),
    "AWS-like": ("#d68910", "3 6"),
    "gRPC-like": ("#8e44ad", "6 3"),
    "errcore": ("#1e8449", ""),
}
"""Colour and dashes, so that lines on top of each other are seen."""


def picture(lines: Mapping[str, Sequence[float]], spell: tuple[float, float], title: str) -> str:
    """An SVG with one line for each arm.

    Args:
        lines: Goodput of each second, by arm, from 0 to 1.
        spell: Between which seconds everything was slow.
        title: What is shown, for readers who cannot see it.
    """
    seconds = max(len(line) for line in lines.values())

    def x(second: float) -> float:
        return _LEFT + second / seconds * (_WIDTH - _LEFT - _RIGHT)

    def y(share: float) -> float:
        return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            'font-family="sans-serif" font-size="12">'
        ),
        f"<title>{title}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        (
            f'<rect x="{x(spell[0]):.1f}" y="{_TOP}" width="{x(spell[1]) - x(spell[0]):.1f}" '
            f'height="{_HEIGHT - _TOP - _BOTTOM}" fill="#f2e6c9"/>'
        ),
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(
            f'<line x1="{_LEFT}" x2="{x(seconds):.1f}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#dddddd"/>'
        )
        parts.append(f'<text x="{_LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    parts += [
        f'<text x="{x(second):.1f}" y="{_HEIGHT - 20}" text-anchor="middle">{second} s</text>'
        for second in range(0, seconds + 1, 30)
    ]
    for place, (name, line) in enumerate(lines.items()):
        points = " ".join(f"{x(second):.1f},{y(share):.1f}" for second, share in enumerate(line))
        colour, dashes = _STYLES.get(name, ("#333333", ""))
        stroke = f'fill="none" stroke="{colour}" stroke-width="2"' + (
            f' stroke-dasharray="{dashes}"' if dashes else ""
        )
        left, level = _WIDTH - _RIGHT + 8, _TOP + 14 + 18 * place
        parts.append(f'<polyline points="{points}" {stroke}/>')
        parts.append(f'<line x1="{left}" x2="{left + 22}" y1="{level - 4}" y2="{level - 4}" {stroke}/>')
        parts.append(f'<text x="{left + 28}" y="{level}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])
