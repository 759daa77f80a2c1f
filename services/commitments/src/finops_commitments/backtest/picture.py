"""The backtest as a picture: a row a policy, a dot a replay, with mean and 10th percentile."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Literal

import matplotlib as mpl
from matplotlib.figure import Figure

from finops_commitments.backtest.replay import Summary
from finops_common.pictures.lettering import lettering

_INK, _PALE, _GRID, _DOT, _MEAN = "#1f2430", "#5b6270", "#d9dce2", "#56b4e9", "#d55e00"
_SUBTITLE = "savings as a share of the best constant commitment in hindsight"


def draw_shares(
    title: str, shares: Mapping[str, Sequence[float]], form: Literal["svg", "png"]
) -> bytes:
    """The picture as a file, the same bytes for the same shares; `shares` are by policy."""
    with mpl.rc_context({"svg.hashsalt": "finops", "text.parse_math": False}):
        figure = Figure(figsize=(800 / 72, (150 + 56 * len(shares)) / 72), dpi=72)
        axes = figure.add_axes((0.22, 0.16, 0.74, 0.62))
        axes.set_title(title, fontproperties=lettering(16), color=_INK, loc="left", pad=28)
        axes.text(
            *(0, 1.04, _SUBTITLE),
            transform=axes.transAxes,
            fontproperties=lettering(11),
            color=_PALE,
        )
        for row, each in enumerate(shares.values()):
            _row(axes, row, each)
        axes.set_ylim(len(shares) - 0.4, -0.6)
        axes.set_yticks(range(len(shares)), [name.replace("_", " ") for name in shares])
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.grid(axis="x", color=_GRID)
        axes.set_axisbelow(True)
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            label.set(fontproperties=lettering(11), color=_INK)
        _legend(axes)
        return _file(figure, title, form)


def _row(axes: mpl.axes.Axes, row: int, shares: Sequence[float]) -> None:
    summary = Summary.of(shares)
    # Dots one above the other in the order they came, so that equal ones can be told apart.
    heights = [row - 0.2 + 0.4 * (at % 7) / 6 for at in range(len(shares))]
    axes.plot(shares, heights, "o", markersize=4, color=_DOT, alpha=0.7, markeredgewidth=0)
    axes.plot([summary.p10] * 2, [row - 0.32, row + 0.32], color=_INK, linewidth=2)
    axes.plot([summary.mean], [row], "D", markersize=8, color=_MEAN, markeredgecolor="white")
    told = f"mean {summary.mean:.3f}, p10 {summary.p10:.3f}, worst {summary.worst:.2f}"
    place = (0.005, row - 0.4)
    axes.text(
        *place,
        told,
        transform=axes.get_yaxis_transform(),
        fontproperties=lettering(10),
        color=_PALE,
    )


def _legend(axes: mpl.axes.Axes) -> None:
    entries = [
        mpl.lines.Line2D([], [], marker="o", color=_DOT, linestyle="", label="one replay"),
        mpl.lines.Line2D([], [], marker="D", color=_MEAN, linestyle="", label="mean"),
        mpl.lines.Line2D([], [], color=_INK, linewidth=2, label="10th percentile"),
    ]
    axes.legend(
        handles=entries,
        loc="upper center",
        bbox_to_anchor=(0.4, -0.08),
        ncols=3,
        frameon=False,
        prop=lettering(11),
    )


def _file(figure: Figure, title: str, form: Literal["svg", "png"]) -> bytes:
    file = BytesIO()
    if form == "png":
        figure.savefig(file, format="png", dpi=144, metadata={"Software": None})
    else:
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(file, format="svg", metadata={"Title": title, **nothing})
    return file.getvalue()
