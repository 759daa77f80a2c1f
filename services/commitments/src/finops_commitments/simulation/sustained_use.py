"""Google's sustained-use discount: the longer in a month a resource runs, the less an hour costs."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import numpy as np

from finops_commitments.simulation.domain import Numbers

QUARTERS = 4

_THIRTY = (Decimal(1), Decimal("0.8"), Decimal("0.6"), Decimal("0.4"))
_TWENTY = (Decimal(1), Decimal("0.8678"), Decimal("0.733"), Decimal("0.6"))

TIERS: Mapping[str, tuple[Decimal, ...]] = {
    **dict.fromkeys(("n1", "m1", "m2"), _THIRTY),
    **dict.fromkeys(("n2", "n2d", "c2"), _TWENTY),
}
"""What each quarter of the month costs, as a share of the price, by machine family.

The list grows with the catalogue; families that are not in it have no such discount.
"""


def average_price(family: str | None, month_share: Fraction) -> Fraction:
    """What an hour costs on average, as a share of the price.

    Args:
        family: the machine family, such as n2.
        month_share: in how much of the month the resource runs, above 0, at most 1.
    """
    quarters = month_share * QUARTERS
    run = (min(max(quarters - at, Fraction(0)), Fraction(1)) for at in range(QUARTERS))
    charged = (part * tier for part, tier in zip(run, _tiers(family), strict=True))
    return sum(charged, Fraction(0)) / quarters


def billed_at_list(family: str | None, left: Numbers) -> Numbers:
    """The quantity at list price that a month of uncovered usage costs as much as.

    Each core or gigabyte is charged by how many hours of the month that many ran at once: the
    hours sorted by usage, the first quarter of them at the first tier, and so on.

    Args:
        family: the machine family, such as n2.
        left: [resource, hour] of one whole month that no commitment covered, summed over all
            machines of a project, region and family.

    Raises:
        ValueError: the hours are no whole days.
    """
    hours = left.shape[1]
    if hours % QUARTERS:
        raise ValueError(f"{hours} hours are no month")
    factors = np.repeat(np.array(_tiers(family), dtype=object), hours // QUARTERS).astype(
        left.dtype
    )
    most_used_first = np.sort(left, axis=1)[:, ::-1]
    billed: Numbers = (most_used_first * factors).sum(axis=1)
    return billed


def _tiers(family: str | None) -> list[Fraction]:
    return [Fraction(tier) for tier in TIERS.get(family or "", (Decimal(1),) * QUARTERS)]
