"""Where the tiles of a dashboard lie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Picture = Literal["number", "table", "line", "area", "bar", "stacked_bar", "pie"]
COLUMNS = 12
"""Width of the grid."""
MOST_TILES = 40


@dataclass(frozen=True)
class Tile:
    """One saved query as a picture; places and sizes are cells of the grid, from its top left."""

    query_id: UUID
    picture: Picture
    x: int
    y: int
    width: int
    height: int

    def overlaps(self, other: "Tile") -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def flaws(tiles: Sequence[Tile]) -> Iterator[tuple[str, str]]:
    """Where in the layout something is wrong, and what."""
    for place, tile in enumerate(tiles):
        if tile.x + tile.width > COLUMNS:
            yield f"{place}.width", f"must end within {COLUMNS} columns"
        for before, other in enumerate(tiles[:place]):
            if tile.overlaps(other):
                yield str(place), f"lies over tile {before}"
                break
