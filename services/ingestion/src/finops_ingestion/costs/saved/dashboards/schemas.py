"""Dashboards on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.schemas import Command, Line
from finops_ingestion.costs.saved.dashboards.domain import COLUMNS, MOST_TILES, Picture, Tile


class TilePlaced(Command):
    """Places and sizes are cells of a grid of 12 columns, counted from its top left."""

    query_id: UUID = Field(description="of a saved query")
    picture: Picture = "table"
    x: int = Field(ge=0, lt=COLUMNS)
    y: int = Field(ge=0, le=1000)
    width: int = Field(ge=1, le=COLUMNS)
    height: int = Field(ge=1, le=100)

    def tile(self) -> Tile:
        return Tile(**self.model_dump())


class DashboardDraft(Command):
    name: Line
    shared: bool = Field(default=False, description="everybody who may see usage may see it")
    tiles: tuple[TilePlaced, ...] = Field(
        max_length=MOST_TILES, description="none lies over another"
    )


class DashboardChange(Command):
    """What is left out, or null, stays."""

    name: Line | None = None
    shared: bool | None = None
    tiles: tuple[TilePlaced, ...] | None = Field(
        None, max_length=MOST_TILES, description="take the place of the former, all of them"
    )


class TileView(BaseModel):
    query_id: UUID
    query_name: str | None = Field(
        description="null: the query is deleted, or private to somebody else"
    )
    picture: Picture
    x: int
    y: int
    width: int
    height: int


class DashboardSummaryView(BaseModel):
    id: UUID
    name: str
    shared: bool
    owner_id: UUID = Field(description="who saved it, and alone may change it")
    tiles: int = Field(description="how many")
    version: int
    created_at: datetime
    changed_at: datetime


class DashboardView(BaseModel):
    id: UUID
    name: str
    shared: bool
    owner_id: UUID = Field(description="who saved it, and alone may change it")
    tiles: list[TileView]
    version: int
    created_at: datetime
    changed_at: datetime
