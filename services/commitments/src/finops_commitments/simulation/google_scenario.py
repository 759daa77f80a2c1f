"""A scenario of Google Cloud: its wire form, what must make sense in it, and the hour it says."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from finops_commitments.simulation.checks import named_twice
from finops_commitments.simulation.google import (
    BillingAccount,
    Model,
    ResourceCommitment,
    SpendCommitment,
    UsageLine,
    order_of,
)
from finops_commitments.simulation.hour import Exact, Held, Hour, Used, exact
from finops_commitments.simulation.schemas import Amount, ExactWire, Name, Rate, Term
from finops_commitments.simulation.sustained_use import average_price

_KINDS = ("resource_commitments", "service_commitments", "flexible_commitments")
_Card = Literal["service_1y", "service_3y", "flexible_1y", "flexible_3y"]
_Discount = Annotated[Amount, Field(lt=1)]


class UsageWire(ExactWire):
    """Usage of the hour.

    `discounts` are what spend-based commitments take off the on-demand rate. `month_share` is
    in how much of the month as much runs: it earns sustained use on what nothing covers.
    """

    label: str | None = None
    project: Name | None = None
    service: Name = "compute"
    region: Name | None = None
    family: Name | None = None
    resource: Name | None = None
    quantity: Amount
    on_demand_rate: Amount | None = None
    discounts: Mapping[_Card, _Discount] = {}
    month_share: Annotated[Rate, Field(le=1)] | None = None

    @property
    def price(self) -> Exact:
        """What a unit costs without a commitment, on average of the month."""
        price = exact(self.on_demand_rate)
        if price is None or self.month_share is None:
            return price
        return price * average_price(self.family, Fraction(self.month_share))


class ResourceWire(ExactWire):
    """An amount of one resource of a family; of a project, or shared by the whole account."""

    id: str | None = None
    project: Name | None = None
    region: Name
    family: Name
    resource: Name
    amount: Amount
    hourly_rate: Amount | None = None


class SpendWire(ExactWire):
    """Money an hour: at discounted prices, or at list prices, as all were before 2026.

    What one at list prices costs follows from its `discount`.
    """

    id: str | None = None
    term: Term
    model: Model = Model.DISCOUNTED
    hourly_commitment: Amount
    discount: _Discount | None = None

    @property
    def cost(self) -> Exact:
        committed = Fraction(self.hourly_commitment)
        if self.model is Model.DISCOUNTED or not committed:
            return committed
        return None if self.discount is None else committed * (1 - Fraction(self.discount))


class ServiceWire(SpendWire):
    """Money for one service in one region."""

    service: Name
    region: Name


class GoogleScenarioWire(ExactWire):
    """The whole file."""

    provider: str
    usage: list[UsageWire]
    resource_commitments: tuple[ResourceWire, ...] = ()
    service_commitments: tuple[ServiceWire, ...] = ()
    flexible_commitments: tuple[SpendWire, ...] = ()


def google_hour(wire: GoogleScenarioWire) -> Hour:
    """The hour of a scenario that makes sense."""
    account = BillingAccount(
        [_line(each) for each in wire.usage],
        [
            ResourceCommitment(each.id or "", each.region, each.family, each.resource, each.project)
            for each in wire.resource_commitments
        ],
        [
            *(
                SpendCommitment(
                    *(each.id or "", f"service_{each.term}", each.service, each.region, each.model)
                )
                for each in wire.service_commitments
            ),
            *(
                SpendCommitment(each.id or "", f"flexible_{each.term}", model=each.model)
                for each in wire.flexible_commitments
            ),
        ],
    )
    return Hour(
        order_of(account),
        _KINDS,
        [
            Used(each.label, Fraction(each.quantity), exact(each.on_demand_rate), each.price)
            for each in wire.usage
        ],
        [*_held(wire)],
        discount="sustained_use_discount",
    )


def senseless_google_fields(wire: GoogleScenarioWire) -> Iterator[str]:
    """Each field that makes no sense beside the others: its path and why."""
    for at, usage in enumerate(wire.usage):
        yield from (f"usage[{at}].{refused}" for refused in _of_usage(usage, wire))
    for kind in _KINDS[1:]:
        for at, spend in enumerate(getattr(wire, kind)):
            if spend.discount is not None and spend.model is Model.DISCOUNTED:
                yield f"{kind}[{at}].discount: at discounted prices a commitment is what it costs"
    for kind in _KINDS:
        yield from named_twice(kind, [each.id for each in getattr(wire, kind)])


def _line(usage: UsageWire) -> UsageLine:
    return UsageLine(
        *(usage.project or "", usage.label or "", usage.service, usage.region or ""),
        *(usage.family, usage.resource, usage.on_demand_rate),
        {str(card): discount for card, discount in usage.discounts.items()},
    )


def _held(wire: GoogleScenarioWire) -> Iterator[Held]:
    for each in wire.resource_commitments:
        amount, rate = Fraction(each.amount), exact(each.hourly_rate)
        cost = amount * rate if rate is not None else None if amount else Fraction(0)
        yield Held(_KINDS[0], each.id, amount, cost)
    for kind in _KINDS[1:]:
        for spend in getattr(wire, kind):
            yield Held(kind, spend.id, Fraction(spend.hourly_commitment), spend.cost)


def _of_usage(usage: UsageWire, wire: GoogleScenarioWire) -> Iterator[str]:
    if usage.discounts and not usage.on_demand_rate:
        yield "on_demand_rate: discounts are shares of it, so it must be above 0 beside them"
    if usage.month_share is not None and usage.family is None:
        yield "family: needed beside month_share, as sustained use is by family"
    alike = [each for each in wire.resource_commitments if each.family == usage.family]
    if alike and usage.resource is None:
        yield "resource: needed, as there is a commitment of the family"
    if usage.project is None and any(each.project for each in alike):
        yield "project: needed, as a commitment of the family is for one"
    by_service = any(card.startswith("service") for card in usage.discounts) and any(
        each.service == usage.service for each in wire.service_commitments
    )
    if usage.region is None and (alike or by_service):
        yield "region: needed, as there is a commitment for one"
