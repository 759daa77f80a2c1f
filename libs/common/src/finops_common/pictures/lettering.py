"""The typeface of pictures: one that has Latin, Korean and Japanese, and how long text is in it."""

from functools import cache

from matplotlib.font_manager import FontProperties, get_font
from noto_cjk_sans_jp_regular import FONT_PATH

SPARE = "\N{WHITE SQUARE}"
"""For what the typeface does not have: bills may hold any script."""
_ELLIPSIS = "…"


def lettering(size: float) -> FontProperties:
    """The typeface in a size, in pixels."""
    return FontProperties(fname=_file(), size=size)


def drawable(text: str) -> str:
    """The text in one line, of characters that the typeface has."""
    known = _known()
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "".join(c if ord(c) in known else SPARE for c in line)


def width_of(text: str, size: float) -> float:
    """How long a line of drawable text is, in pixels."""
    font = get_font(_file())
    font.set_size(size, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64


def fitted(text: str, size: float, width: float) -> str:
    """The text as drawable, shortened in its middle to at most `width` pixels."""
    line = drawable(text)
    if width_of(line, size) <= width:
        return line
    few, many = 0, len(line)
    while many - few > 1:
        half = (few + many) // 2
        few, many = (half, many) if width_of(_shortened(line, half), size) <= width else (few, half)
    return _shortened(line, few)


def _shortened(line: str, kept: int) -> str:
    """The first and last characters, `kept` in all: ids and ARNs differ at their end."""
    last = kept // 2
    return line[: kept - last] + _ELLIPSIS + line[len(line) - last :]


@cache
def _known() -> frozenset[int]:
    return frozenset(get_font(_file()).get_charmap())


@cache
def _file() -> str:
    return str(FONT_PATH)
