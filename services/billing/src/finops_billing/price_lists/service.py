"""What people ask of price lists."""

from collections.abc import Sequence

from finops_billing.price_lists.domain import PriceList, in_force
from finops_common.clock import Clock
from finops_common.errors.problem import NotFound


class PriceListService:
    """Use cases of price lists."""

    def __init__(self, lists: Sequence[PriceList], clock: Clock) -> None:
        self._lists = lists
        self._clock = clock

    def current(self) -> PriceList:
        """The list that new subscriptions are bought under."""
        return in_force(self._lists, self._clock().date())

    def get(self, version: str) -> PriceList:
        """Any version, old ones included: who bought under one keeps it. Raises NotFound."""
        for each in self._lists:
            if each.version == version:
                return each
        raise NotFound
