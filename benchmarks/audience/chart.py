"""A picture of helped against leakage: up and to the left is better."""

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, TOP, RIGHT, BOTTOM = 70, 40, 690, 380
MOST_LEAK, MOST_HELPED = 0.9, 0.7
OURS: Final = "fedi_aid"


def drawn(points: Mapping[str, tuple[float, float]]) -> str:
    """SVG; `points`: policy → (helped, leak), shares 0–1. Readable on light and dark ground."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="13" role="img" aria-labelledby="title">',
        '<title id="title">Requests helped within seven days, against readers of vulnerable posts who should '
        "not have seen them</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for step in range(8):
        share = step / 10
        parts.append(_line(LEFT, _y(share), RIGHT, _y(share)))
        parts.append(_text(LEFT - 8, _y(share) + 4, f"{step * 10} %", "end"))
    for step in range(10):
        parts.append(_text(_x(step / 10), BOTTOM + 20, f"{step * 10} %", "middle"))
    parts.append(
        _text(
            (LEFT + RIGHT) / 2, BOTTOM + 44, "readers of vulnerable posts who should not see them", "middle"
        )
    )
    parts.append(_text(LEFT, TOP - 16, "requests helped within seven days", "start"))
    for name, (helped, leak) in points.items():
        ours = name == OURS
        colour = "#0b6e4f" if ours else "#5b6470"
        parts.append(
            f'<circle cx="{_x(leak):.1f}" cy="{_y(helped):.1f}" r="{8 if ours else 6}" fill="{colour}"/>'
        )
        parts.append(_text(_x(leak) + 12, _y(helped) + 4, name, "start", bold=ours))
    return "\n".join([*parts, "</svg>", ""])


def _x(leak: float) -> float:
    return LEFT + (RIGHT - LEFT) * leak / MOST_LEAK


def _y(helped: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * helped / MOST_HELPED


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#d5d9de"/>'


def _text(x: float, y: float, words: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1d2329"{weight}>{escape(words)}</text>'
    )
