"""Reads what a drawn picture shows back from its file."""

import re
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; y grows downward, as in SVG."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Drawn:
    """An SVG."""

    def __init__(self, content: bytes) -> None:
        self.root = ET.fromstring(content)  # noqa: S314 - our own

    @property
    def title(self) -> str:
        return str(self.root.findtext(f"{_SVG}title"))

    @property
    def told(self) -> str:
        return str(self.root.findtext(f"{_SVG}desc"))

    @property
    def size(self) -> tuple[str, str]:
        return self.root.attrib["width"], self.root.attrib["height"]

    def boxes(self, kind: str) -> list[list[Box]]:
        """Those of `stack-0`, `stack-1` …, or of `row-0` …"""
        found: list[list[Box]] = []
        while (group := self.root.find(f".//{_SVG}g[@id='{kind}-{len(found)}']")) is not None:
            found.append(_boxes("".join(path.attrib["d"] for path in group.iter(f"{_SVG}path"))))
        return found

    def glyphs(self) -> list[str]:
        """The outlines of all characters of a picture without axes, as they follow each other."""
        link = "{http://www.w3.org/1999/xlink}href"
        outlines = {each.get("id"): each.get("d", "") for each in self.root.iter(f"{_SVG}path")}
        used = (each.get(link, "").removeprefix("#") for each in self.root.iter(f"{_SVG}use"))
        return [outlines[each] for each in used if each in outlines]


def _boxes(path: str) -> list[Box]:
    found = []
    for part in filter(str.strip, path.split("M")):
        numbers = [float(each) for each in re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", part)]
        across, down = numbers[::2], numbers[1::2]
        found.append(Box(min(across), min(down), max(across), max(down)))
    return found


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of what is a PNG, every chunk whole."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunk, check = (
            content[at + 4 : at + 8 + length],
            content[at + 8 + length : at + 12 + length],
        )
        assert zlib.crc32(chunk) == int.from_bytes(check)
        at += 12 + length
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def meet(boxes: list[Box]) -> bool:
    """Whether each begins where the one before it ends, from left to right or back."""
    return all(
        min(abs(b - a) for a in (one.left, one.right) for b in (two.left, two.right)) < 0.1
        for one, two in pairwise(boxes)
    )
