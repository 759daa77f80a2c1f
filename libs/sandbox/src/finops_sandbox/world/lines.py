"""A bill line before any file format, and the lines that usage and its coverage make."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from finops_sandbox.world.apply import Fill, Usage
from finops_sandbox.world.chance import token
from finops_sandbox.world.model import (
    HOUR,
    Commitment,
    ReservedInstance,
    SavingsPlan,
)
from finops_sandbox.world.prices import ten_places
from finops_sandbox.world.settlement import Settlement

LineType = Literal[
    "Usage",
    "DiscountedUsage",
    "RIFee",
    "Fee",
    "SavingsPlanCoveredUsage",
    "SavingsPlanNegation",
    "SavingsPlanRecurringFee",
    "SavingsPlanUpfrontFee",
    "Tax",
    "Credit",
    "Refund",
]

ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One bill line. `figures` are its reservation/ and savingsPlan/ columns by CUR name.

    `effective` is the amortised cost to count; `future` the part of it that belongs to
    hours the bill does not know yet (fees are billed for the whole month).
    """

    type: LineType
    start: datetime
    end: datetime
    account: str
    product_code: str
    usage_type: str
    operation: str
    quantity: Decimal
    unblended: Decimal
    effective: Decimal
    description: str
    rate: Decimal | None = None
    public: Decimal | None = None
    future: Decimal = ZERO
    usage: Usage | None = None
    commitment: Commitment | None = None
    figures: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Stable over revisions for the same charge."""
        return token(
            *(self.type, self.start, self.account, self.product_code, self.usage_type),
            *(self.operation, self.usage.workload.id if self.usage else self.description),
            self.commitment.id if self.commitment else "",
        )

    @property
    def region(self) -> str | None:
        if self.usage is not None:
            return self.usage.sku.region
        return self.commitment.region if self.commitment else None

    @property
    def zone(self) -> str | None:
        return self.usage.workload.zone if self.usage else None


def usage_lines(settlement: Settlement) -> Iterator[Line]:
    """Usage, covered usage and the negations that offset what plans cover."""
    for hour in settlement.hours:
        yield from map(_usage_line, hour.fills)
        yield from _negations(hour.fills)
    yield from map(_usage_line, settlement.daily)


def _usage_line(fill: Fill) -> Line:
    if fill.commitment is None:
        return _line(fill, "Usage", fill.cost, fill.usage.sku.rate, {})
    if isinstance(fill.commitment, SavingsPlan):
        figures = {
            "savingsPlan/SavingsPlanRate": fill.rate,
            "savingsPlan/SavingsPlanEffectiveCost": fill.cost,
        }
        rate = fill.usage.sku.on_demand
        return _line(fill, "SavingsPlanCoveredUsage", fill.on_demand, rate, figures)
    upfront = amortised_upfront(fill.commitment, fill.cost)
    figures = {
        "reservation/EffectiveCost": fill.cost,
        "reservation/AmortizedUpfrontCostForUsage": upfront,
        "reservation/RecurringFeeForUsage": fill.cost - upfront,
    }
    return _line(fill, "DiscountedUsage", ZERO, ZERO, figures)


def amortised_upfront(commitment: ReservedInstance, cost: Decimal) -> Decimal:
    """The prepaid part of an amortised cost."""
    return ten_places(cost * commitment.upfront_share)


def _line(
    fill: Fill,
    line_type: LineType,
    unblended: Decimal,
    rate: Decimal,
    figures: Mapping[str, Decimal],
) -> Line:
    sku = fill.usage.sku
    return Line(
        type=line_type,
        start=fill.usage.start,
        end=fill.usage.end,
        account=fill.usage.workload.account,
        product_code=sku.service,
        usage_type=sku.usage_type,
        operation=sku.operation,
        quantity=fill.quantity,
        unblended=unblended,
        effective=fill.cost,
        description=f"${sku.rate.normalize():f} per {sku.unit} {sku.usage_type}",
        rate=rate,
        public=fill.on_demand,
        usage=fill.usage,
        commitment=fill.commitment,
        figures=figures,
    )


def _negations(fills: tuple[Fill, ...]) -> Iterator[Line]:
    """One per plan, account, operation, usage type and zone of the hour."""
    groups: dict[tuple[str | None, ...], list[Fill]] = defaultdict(list)
    for fill in fills:
        if isinstance(fill.commitment, SavingsPlan):
            workload, sku = fill.usage.workload, fill.usage.sku
            place = (workload.account, sku.operation, sku.usage_type, workload.zone)
            groups[fill.commitment.id, *place].append(fill)
    for group in groups.values():
        yield _negation(group)


def _negation(fills: list[Fill]) -> Line:
    usage, plan = fills[0].usage, fills[0].commitment
    return Line(
        type="SavingsPlanNegation",
        start=usage.start,
        end=usage.start + HOUR,
        account=usage.workload.account,
        product_code=usage.sku.service,
        usage_type=usage.sku.usage_type,
        operation=usage.sku.operation,
        quantity=sum((fill.quantity for fill in fills), ZERO),
        unblended=-sum((fill.on_demand for fill in fills), ZERO),
        effective=ZERO,
        description=f"SavingsPlanNegation used by AccountId : {usage.workload.account}",
        rate=-usage.sku.on_demand,
        usage=usage,
        commitment=plan,
    )
