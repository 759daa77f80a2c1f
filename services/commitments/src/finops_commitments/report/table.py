"""Tables for a terminal: columns as wide as their text is shown, numbers to the right."""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple


class Heading(NamedTuple):
    """A column's heading; numbers stand to the right."""

    text: str
    number: bool = False


def shown_width(text: str) -> int:
    """Terminal cells the text takes: two for East Asian wide letters, none for marks."""
    return sum(_cells(letter) for letter in text)


def table(headings: Sequence[Heading], rows: Sequence[Sequence[str]]) -> str:
    """The rows under their headings, a line under these, no blanks at line ends."""
    lines = [[heading.text for heading in headings], *rows]
    widths = [max(shown_width(line[at]) for line in lines) for at in range(len(headings))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(_line(headings, line, widths) for line in lines)


def _line(headings: Sequence[Heading], texts: Sequence[str], widths: Sequence[int]) -> str:
    cells = []
    for heading, text, width in zip(headings, texts, widths, strict=True):
        padding = " " * (width - shown_width(text))
        cells.append(padding + text if heading.number else text + padding)
    return "  ".join(cells).rstrip()


def _cells(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Cf", "Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
