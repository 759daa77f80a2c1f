"""Draws pictures with Matplotlib; lengths are CSS pixels, y grows upward."""

import re
from html import escape
from io import BytesIO
from itertools import cycle
from typing import Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from finops_common.pictures.domain import (
    DaysPicture,
    Format,
    Kind,
    Picture,
    RowsPicture,
    ticks,
)
from finops_common.pictures.lettering import drawable, fitted, lettering, width_of

WIDTH, HEIGHT = 800, 400
NAME_WIDTH = 430
"""What is longer beside a bar is shortened."""
_INCH = 72
"""SVG counts points, which browsers are told are pixels; a PNG has twice as many."""
_EDGE, _TOP, _BOTTOM = 16, 72, 40
_FEW_DAYS = 7
"""Columns of fewer days are no wider."""
_INK, _PALE, _GRID = "#1f2430", "#5b6270", "#d9dce2"
_STACKS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
"""Okabe and Ito's colours, which colour-blind people can tell apart."""
_HALF = 0.32
"""Of a row, above and below its middle, is its bar."""
_BOX = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)
_REST = "#a7abb5"
_COLOURS: dict[Kind, str] = {
    "group": "#0072b2",
    "rest": _REST,
    "total": "#5b6270",
    "more": "#d55e00",
    "less": "#0072b2",
}


def draw(picture: Picture, form: Format) -> bytes:
    """The picture as a file, the same bytes for the same picture."""
    with mpl.rc_context({"svg.hashsalt": "finops", "text.parse_math": False}):
        figure = _days(picture) if isinstance(picture, DaysPicture) else _rows(picture)
        return _png(figure) if form == "png" else _svg(figure, picture)


def _days(picture: DaysPicture) -> Figure:
    figure = _sheet(picture, HEIGHT)
    if picture.is_empty:
        return figure
    scale = ticks(*picture.reach, picture.currency)
    left = _EDGE + max(width_of(text, 11) for _, text in scale) + 8
    right = WIDTH - _EDGE - _legend(figure, picture)
    axes = _axes(figure, (left, _BOTTOM, right, HEIGHT - _TOP))
    _columns(axes, picture)
    low, high = (float(each) for each in picture.reach)
    axes.set_ylim(low * 1.04, high * 1.04 if high > low else 1)
    spare = max(0, _FEW_DAYS - len(picture.days)) / 2
    axes.set_xlim(-0.6 - spare, len(picture.days) - 0.4 + spare)
    axes.set_yticks([float(at) for at, _ in scale], [text for _, text in scale])
    dates = [f"{each:{picture.date_format}}" for each in picture.days]
    gap = max(44, width_of(dates[0], 11) + 12)
    every = -(-len(dates) // max(1, int((right - left) // gap)))
    shown = range(0, len(dates), every)
    axes.set_xticks(shown, [dates[number] for number in shown])
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set(fontproperties=lettering(11), color=_PALE)
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.axhline(0, color=_INK, linewidth=1)
    return figure


def _columns(axes: Axes, picture: DaysPicture) -> None:
    """Costs on each other above the line, credits below it; a mark at the sum where both are."""
    above, below = [0.0] * len(picture.days), [0.0] * len(picture.days)
    for number, (stack, colour) in enumerate(zip(picture.stacks, _colours(picture), strict=True)):
        boxes = []
        for day, amount in enumerate(float(each) for each in stack.amounts):
            side = above if amount > 0 else below
            if amount:
                boxes.append(Path(_corners(day, side[day], side[day] + amount), _BOX))
                side[day] += amount
        # One outline of many boxes: a patch for each box takes seconds where there are many.
        outline = Path.make_compound_path(*boxes)
        axes.add_artist(PathPatch(outline, facecolor=colour, linewidth=0, gid=f"stack-{number}"))
    sums = picture.sums
    axes.plot(
        list(sums),
        list(map(float, sums.values())),
        "D",
        markersize=3.5,
        color=_INK,
        markeredgecolor="white",
        gid="sums",
    )


def _corners(day: int, low: float, high: float) -> list[tuple[float, float]]:
    left, right = day - 0.4, day + 0.4
    return [(left, low), (left, high), (right, high), (right, low), (left, low)]


def _legend(figure: Figure, picture: DaysPicture) -> float:
    """Colours, names and sums at the right; how wide it is."""
    if not picture.is_grouped:
        return 0
    names = [fitted(name, 12, 180) for name, _ in picture.legend]
    sums = [text for _, text in picture.legend]
    lengths = (*(width_of(each, 12) for each in names), *(width_of(each, 11) for each in sums))
    width = max(lengths) + 36
    left = WIDTH - _EDGE - width + 18
    for number, (name, total) in enumerate(zip(names, sums, strict=True)):
        y = HEIGHT - _TOP - 12 - number * 36
        if number < len(picture.stacks):
            figure.add_artist(_box(figure, (left, y - 1), _colours(picture)[number]))
        else:
            _text(figure, (left - 1, y), "◆", 12)
        _text(figure, (left + 18, y), name, 12)
        _text(figure, (left + 18, y - 15), total, 11, _PALE)
    return width


def _rows(picture: RowsPicture) -> Figure:
    count = len(picture.rows)
    high = min(44, max(26, (HEIGHT - _TOP - _EDGE) / max(count, 1)))
    height = max(HEIGHT, _TOP + _EDGE + count * high)
    figure = _sheet(picture, height)
    if picture.is_empty:
        return figure
    names = [fitted(each.name, 12, NAME_WIDTH) for each in picture.rows]
    sums = [text for _, text in picture.figures]
    left = _EDGE + max(width_of(each, 12) for each in names) + 10
    right = WIDTH - _EDGE - max(width_of(each, 12) for each in sums) - 10
    top = height - _TOP
    axes = _axes(figure, (left, top - count * high, right, top))
    _bars(axes, picture)
    for number, (name, told) in enumerate(zip(names, sums, strict=True)):
        y = top - (number + 0.5) * high - 4
        _text(figure, (_EDGE, y), name, 12)
        _text(figure, (WIDTH - _EDGE, y), told, 12, align="right")
    return figure


def _bars(axes: Axes, picture: RowsPicture) -> None:
    low, high = (float(each) for each in picture.reach)
    for number, row in enumerate(picture.rows):
        start, colour = float(row.start or picture.floor), _COLOURS[row.kind]
        (bar,) = axes.barh(
            number,
            float(row.end) - start,
            left=start,
            height=2 * _HALF,
            color=colour,
            edgecolor=colour,
            linewidth=1,
        )
        bar.set_gid(f"row-{number}")
        if row.kind in {"more", "less"}:
            axes.plot([start] * 2, [number - 1 + _HALF, number - _HALF], color=_PALE, linewidth=0.8)
        elif picture.floor:
            cut = [low + share * (high - low) for share in (0.03, 0.04)]
            axes.plot(cut, [number + 0.4, number - 0.4], color="white", linewidth=4)
    axes.set(xlim=(low, high if high > low else 1), ylim=(len(picture.rows) - 0.5, -0.5))
    axes.set(xticks=[], yticks=[])
    if not picture.floor:
        axes.axvline(0, color=_INK, linewidth=1)


def _sheet(picture: Picture, height: float) -> Figure:
    """A white sheet with the heading, and why it is empty where it is."""
    figure = Figure(figsize=(WIDTH / _INCH, height / _INCH), dpi=_INCH, facecolor="white")
    heading = picture.heading
    _text(figure, (_EDGE, height - 32), fitted(heading.title, 18, WIDTH - 2 * _EDGE), 18)
    subtitle = fitted(heading.subtitle, 12, WIDTH - 2 * _EDGE)
    _text(figure, (_EDGE, height - 53), subtitle, 12, _PALE)
    if picture.is_empty:
        _text(figure, (WIDTH / 2, height / 2 - 20), heading.empty, 15, _PALE, align="center")
    return figure


def _axes(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    """Bare axes between left, bottom, right and top."""
    (left, bottom, right, top), height = box, figure.get_figheight() * _INCH
    place = (left / WIDTH, bottom / height, (right - left) / WIDTH, (top - bottom) / height)
    axes = figure.add_axes(place, axisbelow=True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, pad=6)
    return axes


def _text(
    figure: Figure,
    at: tuple[float, float],
    text: str,
    size: float,
    colour: str = _INK,
    align: Literal["left", "right", "center"] = "left",
) -> None:
    x, y = at[0] / WIDTH, at[1] / (figure.get_figheight() * _INCH)
    figure.text(x, y, text, fontproperties=lettering(size), color=colour, ha=align)


def _box(figure: Figure, at: tuple[float, float], colour: str) -> Rectangle:
    place, side = (at[0] / _INCH, at[1] / _INCH), 10 / _INCH
    return Rectangle(place, side, side, facecolor=colour, transform=figure.dpi_scale_trans)


def _colours(picture: DaysPicture) -> list[str]:
    """One colour a stack; whatever is the rest is grey, unless it is all there is."""
    told = zip(picture.stacks, cycle(_STACKS))
    return [_REST if each.is_rest and picture.is_grouped else colour for each, colour in told]


def _png(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", dpi=2 * _INCH, metadata={"Software": None})
    return file.getvalue()


def _svg(figure: Figure, picture: Picture) -> bytes:
    """Text stands in it as outlines, so what it says is told beside it."""
    file = BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(
        file, format="svg", metadata={"Title": drawable(picture.heading.title), **nothing}
    )
    told = f"<desc>{escape(described(picture), quote=False)}</desc>"
    text = file.getvalue().decode()
    text = text.replace("<svg ", '<svg role="img" ', 1)
    text = re.sub(r' (width|height)="([0-9.]+)pt"', r' \1="\2"', text, count=2)
    return text.replace("</title>", f"</title>{told}", 1).encode()


def described(picture: Picture) -> str:
    """All that a picture shows, in words."""
    told = [f"{drawable(name)} {amount} {picture.currency}" for name, amount in picture.figures]
    return ". ".join([picture.heading.subtitle, "; ".join(told) or picture.heading.empty])
