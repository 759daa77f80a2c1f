"""What the customer allows a portfolio to be: cash, lock-in, and the share of each type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from finops_commitments.offers.domain import MONTH_HOURS, Kind
from finops_commitments.portfolio.market import Floats, Offer


@dataclass(frozen=True, slots=True)
class Limits:
    """Each None is "no limit".

    Args:
        cash: the most that may be paid at the start, money.
        lock_in: the most committed money times months it is committed for, where a month's
            money is that of 730 hours. Without it three years always win, being cheaper.
        shares: of what is bought, the most that may be of a type, 0 to 1.
        most: of the offers of these names together, the most money per hour.
        cost_of_capital: yearly rate at which paying early costs (0.08 is 8 %).
    """

    cash: Decimal | None = None
    lock_in: Decimal | None = None
    shares: Mapping[Kind, Decimal] = field(default_factory=dict)
    most: Mapping[frozenset[str], Decimal] = field(default_factory=dict)
    cost_of_capital: Decimal = Decimal(0)

    def rows(self, offers: Sequence[Offer]) -> list[tuple[Floats, float]]:
        """As linear limits: weights [offer] and the most that weights @ amounts may be."""
        found: list[tuple[Floats, float]] = []
        if self.cash is not None:
            found.append((np.array([float(each.upfront) for each in offers]), float(self.cash)))
        if self.lock_in is not None:
            months = np.array([float(each.months * MONTH_HOURS) for each in offers])
            found.append((months, float(self.lock_in)))
        for kind, share in self.shares.items():
            weights = np.array([float(each.kind == kind) for each in offers])
            found.append((weights - float(share), 0.0))
        for names, most in self.most.items():
            found.append((np.array([float(each.name in names) for each in offers]), float(most)))
        return found

    def keeps(self, offers: Sequence[Offer], amounts: Sequence[Decimal]) -> bool:
        """Whether what would be bought stays inside every limit, exactly."""
        bought = list(zip(offers, amounts, strict=True))
        cash = sum((each.upfront * amount for each, amount in bought), Decimal(0))
        locked = sum((each.months * amount for each, amount in bought), Decimal(0)) * MONTH_HOURS
        total = sum(amounts, Decimal(0))
        return (
            (self.cash is None or cash <= self.cash)
            and (self.lock_in is None or locked <= self.lock_in)
            and all(
                sum((amount for each, amount in bought if each.kind == kind), Decimal(0))
                <= share * total
                for kind, share in self.shares.items()
            )
            and all(
                sum((amount for each, amount in bought if each.name in names), Decimal(0)) <= most
                for names, most in self.most.items()
            )
        )
