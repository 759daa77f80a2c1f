"""An hour of any provider as its answer needs it: an order, what is used, and what is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from finops_commitments.simulation.domain import Order

Exact = Fraction | None
"""None is unknown: a price is missing."""


@dataclass(frozen=True, slots=True)
class Used:
    """A usage line; money per unit without a commitment: at list, and as it would be charged."""

    label: str | None
    quantity: Fraction
    list_price: Exact
    price: Exact


@dataclass(frozen=True, slots=True)
class Held:
    """A commitment of a kind: what the hour offers of it, and what the hour costs, used or not."""

    kind: str
    id: str | None
    amount: Fraction
    cost: Exact


@dataclass(frozen=True, slots=True)
class Hour:
    """Usage and commitments stand as the order has them; `kinds` are its stages.

    `discount` names what lowers the price without a commitment, where the provider has it.
    """

    order: Order
    kinds: tuple[str, ...]
    used: Sequence[Used]
    held: Sequence[Held]
    discount: str | None = None


def exact(value: object) -> Exact:
    """The number exactly; None stays unknown."""
    return None if value is None else Fraction(str(value))
