"""Splits the difference between two bills into effects that sum to it exactly.

Usage is valued at the customer's own rates before commitments, as FOCUS's ContractedCost:

volume      other quantities at the former average rate of the service and unit
mix         the same quantity made of dearer or cheaper items, at their former rates
price       other rates of the same items, and what is paid beside its rate without a commitment
commitment  other savings by commitments, what they leave unused included
expiry      savings of commitments that are no more there
credit, adjustment, purchase, tax
            charges of that category; a commitment's fee is in the usage it covers
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Literal, get_args

from finops_ingestion.costs.domain import WIDE

Effect = Literal[
    "volume", "mix", "price", "commitment", "expiry", "credit", "adjustment", "purchase", "tax"
]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
PLACES = Decimal("1e-12")
"""Amounts have twelve decimal places; what a division leaves over is in the mix."""
_OF_CATEGORY: Mapping[str, Effect] = {
    "Credit": "credit",
    "Adjustment": "adjustment",
    "Purchase": "purchase",
    "Tax": "tax",
}

Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One item in some days: quantity, its value at the rates before commitments, its cost."""

    quantity: Decimal = Decimal(0)
    valued: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)

    def __add__(self, other: "Side") -> "Side":
        return Side(
            WIDE.add(self.quantity, other.quantity),
            WIDE.add(self.valued, other.valued),
            WIDE.add(self.cost, other.cost),
        )

    @property
    def beside(self) -> Decimal:
        """What is paid beside the value; less than nothing where a commitment saves."""
        return WIDE.subtract(self.cost, self.valued)


@dataclass(frozen=True, slots=True)
class Line:
    """What one item of a group cost before and now; quantities of a `scope` are of one unit."""

    currency: str
    values: Values
    charge_category: str
    scope: Values
    item: Values
    commitment_id: str | None
    before: Side
    now: Side


@dataclass(frozen=True)
class Step:
    """A group's cost before and now, and the effects between them; those not named are nothing."""

    before: Decimal = Decimal(0)
    now: Decimal = Decimal(0)
    effects: Mapping[Effect, Decimal] = field(default_factory=dict)

    @property
    def change(self) -> Decimal:
        """Now less before: the sum of the effects."""
        return WIDE.subtract(self.now, self.before)

    def __add__(self, other: "Step") -> "Step":
        summed = dict(self.effects)
        for effect, amount in other.effects.items():
            summed[effect] = WIDE.add(summed.get(effect, Decimal(0)), amount)
        return Step(WIDE.add(self.before, other.before), WIDE.add(self.now, other.now), summed)


@dataclass(frozen=True)
class Bridge:
    """All of one currency, its groups that changed most, and the others together."""

    currency: str
    total: Step
    groups: Sequence[tuple[Values, Step]]
    rest: Step | None


def bridges(lines: Iterable[Line], present: Collection[str], top: int) -> list[Bridge]:
    """One bridge a currency; `present` are the commitments that are there now."""
    together: dict[str, dict[Values, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        together[line.currency][line.values].append(line)
    return [
        _bridge(currency, {values: step_of(mine, present) for values, mine in groups.items()}, top)
        for currency, groups in sorted(together.items())
    ]


def _bridge(currency: str, steps: Mapping[Values, Step], top: int) -> Bridge:
    ranked = sorted(
        steps.items(),
        key=lambda each: (each[1].change.copy_abs().copy_negate(), [v or "" for v in each[0]]),
    )
    hidden = [step for _, step in ranked[top:]]
    total = sum(steps.values(), Step())
    return Bridge(currency, total, ranked[:top], sum(hidden, Step()) if hidden else None)


def step_of(lines: Sequence[Line], present: Collection[str]) -> Step:
    """The effects within one group."""
    effects: dict[Effect, Decimal] = defaultdict(Decimal)
    scopes: dict[Values, dict[Values, tuple[Side, Side]]] = defaultdict(dict)
    before = now = Decimal(0)
    with localcontext(WIDE):
        for line in lines:
            before, now = before + line.before.cost, now + line.now.cost
            if line.charge_category in _OF_CATEGORY:
                effects[_OF_CATEGORY[line.charge_category]] += line.now.cost - line.before.cost
                continue
            effects[_paid_beside(line, present)] += line.now.beside - line.before.beside
            items = scopes[line.scope]
            old, new = items.get(line.item, (Side(), Side()))
            items[line.item] = old + line.before, new + line.now
        for items in scopes.values():
            for effect, amount in usage_effects(list(items.values())).items():
                effects[effect] += amount
    return Step(before, now, {effect: effects[effect] for effect in EFFECTS if effects[effect]})


def _paid_beside(line: Line, present: Collection[str]) -> Effect:
    if line.commitment_id is None:
        return "price"
    return "commitment" if line.commitment_id in present else "expiry"


def usage_effects(items: Sequence[tuple[Side, Side]]) -> dict[Effect, Decimal]:
    """Volume, mix and price of items with one unit, before and now; they sum to the change."""
    with localcontext(WIDE):
        change = sum((new.valued - old.valued for old, new in items), Decimal(0))
        price = sum((_price(old, new) for old, new in items), Decimal(0)).quantize(PLACES)
        quantity = sum((old.quantity for old, _ in items), Decimal(0))
        if len(items) == 1 or quantity <= 0:
            return {"volume": change - price, "price": price}
        more = sum((new.quantity for _, new in items), Decimal(0)) - quantity
        average = sum((old.valued for old, _ in items), Decimal(0)) / quantity
        # A correction may cost something though nothing is used any more.
        unused = sum((new.valued for _, new in items if not new.quantity), Decimal(0))
        volume = (more * average + unused).quantize(PLACES)
        return {"volume": volume, "mix": change - price - volume, "price": price}


def _price(old: Side, new: Side) -> Decimal:
    if not old.quantity or not new.quantity:
        return Decimal(0)
    return new.valued - old.valued / old.quantity * new.quantity
