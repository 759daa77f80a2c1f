"""How a request says which lines it is about, the same on every route about costs."""

from collections.abc import Iterable, Sequence
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Query

from finops_ingestion.costs.domain import COLUMN_OF, KEYED, Dimension, Filter, dimension_of
from finops_ingestion.costs.service import wrong

_MOST, _MOST_VALUES = 1100, 30
"""Characters, and values of one parameter: servers read no more than 64 KB of an address."""
Values = Annotated[
    list[Annotated[str, Query(max_length=_MOST)]] | None,
    Query(
        max_length=_MOST_VALUES,
        description="only these; may be repeated; empty: where the bill says none",
    ),
]
CostGroups = Annotated[
    list[Annotated[str, Query(max_length=_MOST)]] | None,
    Query(
        max_length=_MOST_VALUES,
        description="only these cost groups and those below them, by id; may be repeated; empty: "
        "what falls into none",
    ),
]
Pairs = Annotated[
    list[Annotated[str, Query(max_length=_MOST, min_length=1, examples=["team=web"])]] | None,
    Query(
        max_length=_MOST_VALUES,
        description="only lines with it: `key=value`, or `key` for any value. Of one key any value "
        "named will do, of several keys all must hold. An equals sign within a key is written %3D, "
        "before the URL's own encoding.",
    ),
]
Excluded = Annotated[
    list[Annotated[str, Query(max_length=_MOST, examples=["service:AmazonS3"])]] | None,
    Query(
        alias="not",
        max_length=_MOST_VALUES,
        description="all but these: `service:AmazonS3` for any filter of this route, `region:` for "
        "lines that say none, `tag:team=web`, and `tag:team` to keep what has no such tag",
    ),
]
BY_PATTERN = f"^({'|'.join(COLUMN_OF)}|({'|'.join(KEYED)}):.{{1,256}})$"


async def asked_filters(
    account: Values = None,
    payer: Values = None,
    provider: Values = None,
    service: Values = None,
    region: Values = None,
    zone: Values = None,
    sku: Values = None,
    usage_type: Values = None,
    operation: Values = None,
    charge_category: Values = None,
    pricing_category: Values = None,
    commitment: Values = None,
    commitment_type: Values = None,
    commitment_status: Values = None,
    instance_type: Values = None,
    instance_family: Values = None,
    operating_system: Values = None,
    tenancy: Values = None,
    resource: Values = None,
    cost_group: CostGroups = None,
    tag: Pairs = None,
    cost_category: Pairs = None,
    excluded: Excluded = None,
) -> tuple[Filter, ...]:
    """The filters of a request; all of them must hold.

    Raises:
        InvalidInput: one that cannot be read.
    """
    given = locals()
    found = [
        Filter(Dimension(kind), tuple(value or None for value in given[kind]))
        for kind in COLUMN_OF
        if given[kind]
    ]
    found += _together(_pair("tag", text, "tag") for text in tag or ())
    found += _together(
        _pair("cost_category", text, "cost_category") for text in cost_category or ()
    )
    return (*found, *_together(_excluded(text) for text in excluded or ()))


Filters = Annotated[tuple[Filter, ...], Depends(asked_filters)]


def dimensions_asked(by: Sequence[str]) -> tuple[Dimension, ...]:
    """What to group by. Raises InvalidInput for what is no dimension."""
    try:
        return tuple(dimension_of(each) for each in by)
    except ValueError:
        raise wrong("by", "must be a dimension, tag:KEY or cost_category:NAME") from None


def _pair(kind: str, text: str, field: str) -> Filter:
    key, equals, value = text.partition("=")
    if not key:
        raise wrong(field, "must be key=value, or a key")
    return Filter(Dimension(kind, unquote(key)), (value,) if equals else ())


def _excluded(text: str) -> Filter:
    kind, colon, rest = text.partition(":")
    if kind in KEYED:
        return _but(_pair(kind, rest, "not"))
    if kind not in COLUMN_OF:
        raise wrong("not", "must be dimension:value")
    return Filter(Dimension(kind), (rest or None,) if colon else (), excluded=True)


def _but(wanted: Filter) -> Filter:
    return Filter(wanted.dimension, wanted.values, excluded=True)


def _together(filters: Iterable[Filter]) -> list[Filter]:
    """One filter of each dimension; any value at all takes in every single one."""
    found: dict[Dimension, Filter] = {}
    for each in filters:
        held = found.setdefault(each.dimension, each)
        if held is not each:
            values = (*held.values, *each.values) if held.values and each.values else ()
            found[each.dimension] = Filter(each.dimension, values, each.excluded)
    return list(found.values())
