"""Why a commitment is used less than before, as far as the records show it; pure (COM-30)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

_LESS = Decimal("0.9")
"""A fall of less than a tenth is no cause."""
_MOST = Decimal("0.5")
"""Half of what went must be found again for it to have moved there."""
_NOTHING = Decimal(0)


class Cause(StrEnum):
    MOVED_REGION = "moved_region"
    MOVED_FAMILY = "moved_family"
    SHUT_DOWN = "shut_down"
    DISPLACED = "displaced"
    PRICE_CUT = "price_cut"


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage of one region and family over some days that commitments cover or could.

    How much of all, its on-demand price, the price that this commitment covered, and others did.
    How much is counted in what it would have cost at first: so it adds up whatever its units are.
    """

    quantity: Decimal = _NOTHING
    price: Decimal = _NOTHING
    by_this: Decimal = _NOTHING
    by_others: Decimal = _NOTHING

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Usage)))


Place = tuple[str | None, str | None]
"""Region and family."""


def cause(before: Mapping[Place, Usage], after: Mapping[Place, Usage]) -> Cause | None:
    """The first that fits of: displaced, price cut, moved to another family, or region, shut down.

    Both are the usage of the owner's accounts, over equally many days; where the commitment
    covered less afterwards is where the cause is looked for. None: nothing fell, or nothing fits.
    """
    homes = [
        place
        for place, usage in before.items()
        if after.get(place, Usage()).by_this < usage.by_this * _LESS
    ]
    if not homes:
        return None
    was = sum((before[each] for each in homes), Usage())
    now = sum((after.get(each, Usage()) for each in homes), Usage())
    lost = was.by_this - now.by_this
    if now.quantity >= was.quantity * _LESS:
        return _while_running(was, now, lost)
    gone = was.price - now.price
    elsewhere = {
        place: usage.price - before.get(place, Usage()).price
        for place, usage in after.items()
        if place not in homes
    }
    regions = {region for region, _ in homes}
    same_region = sum(
        (max(v, _NOTHING) for (r, _), v in elsewhere.items() if r in regions), _NOTHING
    )
    other_region = sum(
        (max(v, _NOTHING) for (r, _), v in elsewhere.items() if r not in regions), _NOTHING
    )
    if max(same_region, other_region) >= gone * _MOST:
        return Cause.MOVED_FAMILY if same_region >= other_region else Cause.MOVED_REGION
    return Cause.SHUT_DOWN


def _while_running(was: Usage, now: Usage, lost: Decimal) -> Cause | None:
    """As much runs as before: others cover it now, or it costs less."""
    if now.by_others - was.by_others >= lost * _MOST:
        return Cause.DISPLACED
    if (
        now.quantity
        and was.quantity
        and now.price / now.quantity < was.price / was.quantity * _LESS
    ):
        return Cause.PRICE_CUT
    return None
