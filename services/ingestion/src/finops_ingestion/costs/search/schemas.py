"""Searches on the wire."""

from pydantic import BaseModel, Field

from finops_ingestion.costs.search.domain import Kind


class HitView(BaseModel):
    value: str = Field(description="the id, or the value of a tag")
    key: str | None = Field(description="of a tag")
    name: str | None = Field(description="of a registered account")


class HitsView(BaseModel):
    kind: Kind
    items: list[HitView] = Field(description="those that begin with it first")
    more: bool = Field(description="there are others: ask for more of the name")


class SearchView(BaseModel):
    groups: list[HitsView]
