"""A small picture for the demo: stacked bars by day, as SVG."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 920, 320, 60, 48, 40
COVERED, UNCOVERED = "#2f7d5b", "#e0a33a"


def stacked_days(title: str, days: Sequence[tuple[str, Decimal, Decimal]]) -> str:
    """Bars of (day, covered, on demand), covered below; a legend and a scale."""
    highest = max((covered + open_ for _, covered, open_ in days), default=Decimal(1)) or Decimal(1)
    step = (WIDTH - LEFT - 20) / max(len(days), 1)
    tall = HEIGHT - TOP - BOTTOM
    shapes = [_text(LEFT, 24, title, size=16)]
    for number, (day, covered, open_) in enumerate(days):
        x = LEFT + number * step
        low = float(covered / highest) * tall
        high = float(open_ / highest) * tall
        base = TOP + tall
        shapes.append(_bar(x, base - low, step - 2, low, COVERED))
        shapes.append(_bar(x, base - low - high, step - 2, high, UNCOVERED))
        if day.endswith("-01") or number == 0:
            shapes.append(_text(x, HEIGHT - 16, day))
    shapes.append(_text(8, TOP + 8, f"{highest:,.0f}"))
    shapes.append(_text(8, TOP + tall, "0"))
    for number, (label, colour) in enumerate((("covered", COVERED), ("on demand", UNCOVERED))):
        shapes.append(_bar(WIDTH - 220 + number * 100, 14, 12, 12, colour))
        shapes.append(_text(WIDTH - 204 + number * 100, 24, label))
    body = "".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>{body}</svg>\n'
    )


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def _text(x: float, y: float, text: str, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="#333">{escape(text)}</text>'
