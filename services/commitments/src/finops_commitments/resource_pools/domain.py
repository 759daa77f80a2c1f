"""Resource-based commitments of Google Cloud as pools of cores and of memory (COM-20).

The bill names no commitment on usage that one covered: what was bought of a family in a region
and what was covered there are known, and so the utilization of all commitments to it together.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from finops_commitments.figures.domain import EXACT, percent

Resource = Literal["vcpu", "memory"]


@dataclass(frozen=True, slots=True)
class ResourcePool:
    """What was bought and used over some time, in `unit`; `cost` is the fees.

    `family` None: the fee's SKU names none, so nobody knows which usage it paid for.
    """

    payer_account_id: str
    currency: str
    region: str | None
    family: str | None
    resource: Resource
    unit: str | None
    bought: Decimal
    covered: Decimal
    cost: Decimal

    @property
    def used(self) -> Decimal | None:
        """Of what was bought; the rest of what is covered is by commitments from elsewhere."""
        return None if self.family is None else min(self.covered, self.bought)

    @property
    def unused(self) -> Decimal | None:
        return None if self.used is None else EXACT.subtract(self.bought, self.used)

    @property
    def utilization_percent(self) -> Decimal | None:
        return percent(self.used, self.bought)

    @property
    def unused_cost(self) -> Decimal | None:
        """The share of the fees that nothing used."""
        if self.unused is None or not self.bought:
            return None
        return EXACT.divide(EXACT.multiply(self.cost, self.unused), self.bought)
