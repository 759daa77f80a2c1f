"""The order in which Google Cloud applies committed use to an hour, as pools, and what is left.

Resource-based commitments first (cores and memory of a machine family in a region), then the
spend-based commitment of a single service in a region, then flexible commitments. Sustained-use
discount applies to what no commitment covered.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finops_commitments.simulation.domain import (
    Offer,
    Order,
    Pool,
    pools_by_saving,
)

RESOURCE, SPEND, FLEXIBLE = 0, 1, 2
"""The stages of an answer."""


class Model(StrEnum):
    """How a spend-based commitment is stated.

    DISCOUNTED: at the discounted price, as all are since 21 January 2026. LIST: at the
    on-demand price, as older exports have it, and still those of VMware Engine, NetApp Volumes
    and Backup for GKE (https://docs.cloud.google.com/docs/cuds-multiprice).
    """

    DISCOUNTED = "discounted"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class UsageLine:
    """Usage of one resource of one project; its quantities stand in an array.

    `resource` is what a resource-based commitment is counted in (vcpu, memory). `discounts`
    are shares of the on-demand price by rate card: what a spend-based commitment of that card
    takes off, zero to below one; none where it does not cover the line.
    """

    project: str
    label: str = ""
    service: str = "compute"
    region: str = ""
    family: str | None = None
    resource: str | None = None
    price: Decimal | None = None
    discounts: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResourceCommitment:
    """Cores or memory of one family in one region; `project` None: shared by the account."""

    id: str
    region: str
    family: str
    resource: str
    project: str | None = None


@dataclass(frozen=True, slots=True)
class SpendCommitment:
    """Money an hour: of one service in one region, or flexible over all compute.

    `service` None is flexible. Commitments of another term have another `rate_card`.
    """

    id: str
    rate_card: str
    service: str | None = None
    region: str | None = None
    model: Model = Model.DISCOUNTED


@dataclass(frozen=True)
class BillingAccount:
    """Who uses and holds what under one billing account."""

    lines: Sequence[UsageLine]
    resources: Sequence[ResourceCommitment] = ()
    spend: Sequence[SpendCommitment] = ()


def order_of(account: BillingAccount) -> Order:
    """The order for a billing account; stages RESOURCE, SPEND and FLEXIBLE.

    Usage is in the lines' units. Commitments are the resources' amounts, then the money of
    spend as its model states it.
    """
    stages = (
        _resource_pools(account),
        _spend_pools(account, flexible=False),
        _spend_pools(account, flexible=True),
    )
    return Order.of(stages, (Fraction(1) for _ in (*account.resources, *account.spend)))


def in_discounted_prices(commitment: Decimal, discount: Decimal) -> Decimal:
    """What a commitment stated at list price is since prices are stated discounted; its fee."""
    return commitment * (1 - discount)


def _resource_pools(account: BillingAccount) -> Iterator[Pool]:
    held: dict[Hashable, list[int]] = defaultdict(list)
    for at in sorted(range(len(account.resources)), key=lambda at: account.resources[at].id):
        each = account.resources[at]
        held[each.project, each.region, each.family, each.resource].append(at)
    # A project's own commitments go before those the account shares.
    for shared in (False, True):
        lines: dict[Hashable, list[int]] = defaultdict(list)
        for at in sorted(range(len(account.lines)), key=lambda at: _named(account.lines[at])):
            line = account.lines[at]
            project = None if shared else line.project
            lines[project, line.region, line.family, line.resource].append(at)
        for key, members in held.items():
            if covered := lines.get(key):
                yield Pool.of(members, covered, [Fraction(1)] * len(covered))


def _named(line: UsageLine) -> tuple[str, str]:
    return line.project, line.label


def _spend_pools(account: BillingAccount, *, flexible: bool) -> Iterator[Pool]:
    held: dict[Hashable, list[int]] = defaultdict(list)
    for at in sorted(range(len(account.spend)), key=lambda at: account.spend[at].id):
        each = account.spend[at]
        if (each.service is None) == flexible:
            held[None if flexible else (each.service, each.region)].append(at)
    for members in held.values():
        drawn = [(len(account.resources) + at, _card(account.spend[at])) for at in members]
        known = {_card(account.spend[at]): account.spend[at] for at in members}
        yield from pools_by_saving(
            (
                _offer(line, at, card, each)
                for at, line in enumerate(account.lines)
                for card, each in known.items()
                if each.rate_card in line.discounts and _reaches(each, line)
            ),
            drawn,
        )


def _card(commitment: SpendCommitment) -> str:
    return f"{commitment.rate_card} {commitment.model}"


def _reaches(commitment: SpendCommitment, line: UsageLine) -> bool:
    if commitment.service is None:
        return True
    return (commitment.service, commitment.region) == (line.service, line.region)


def _offer(line: UsageLine, at: int, card: str, commitment: SpendCommitment) -> Offer:
    if not line.price:
        raise ValueError(f"{line.label}: a discount needs a price beside it")
    ratio = 1 - Fraction(line.discounts[commitment.rate_card])
    price = Fraction(line.price)
    rate = price if commitment.model is Model.LIST else price * ratio
    return Offer(ratio, rate, _named(line), at, frozenset({card}))
