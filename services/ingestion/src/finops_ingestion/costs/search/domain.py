"""What a search finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from finops_ingestion.costs.domain import Days

Kind = Literal["account", "service", "region", "resource", "tag"]
KINDS: tuple[Kind, ...] = ("account", "service", "region", "resource", "tag")
DAYS_BACK = 90
"""How far back bills are searched where no days are named."""


@dataclass(frozen=True)
class Asked:
    """Things of the bills of some days whose name or id has `text` in it, whatever its case."""

    text: str
    days: Days
    limit: int


@dataclass(frozen=True)
class Hit:
    """A value of a dimension; `name` is a person's name for it, `key` the key of a tag."""

    kind: Kind
    value: str
    key: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Hits:
    """Hits of one kind, beginnings first; `more`: there are others."""

    kind: Kind
    items: tuple[Hit, ...]
    more: bool


def grouped(hits: Sequence[Hit], asked: Asked) -> list[Hits]:
    """The hits of each kind that has any, each thing once and named where it has a name."""
    found = []
    for kind in KINDS:
        once: dict[tuple[str, str | None], Hit] = {}
        for hit in hits:
            if hit.kind == kind and (hit.name or (hit.value, hit.key) not in once):
                once[hit.value, hit.key] = hit
        ranked = sorted(once.values(), key=lambda hit: _rank(hit, asked.text))
        if ranked:
            found.append(Hits(kind, tuple(ranked[: asked.limit]), len(ranked) > asked.limit))
    return found


def _rank(hit: Hit, text: str) -> tuple[bool, str, str]:
    names = (hit.value, hit.name or "")
    begins = any(name.lower().startswith(text.lower()) for name in names)
    return (not begins, hit.value, hit.key or "")
