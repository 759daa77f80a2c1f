"""The inventory of commitments: what is known of each, from where, and what is wrong.

Close to the Contract Commitment of FOCUS 1.4. A bill shows what a commitment costs and
does; its term, payment option and dates come from the provider's APIs.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from finops_commitments.figures.domain import EXACT

EXPIRY_NOTICE = timedelta(days=30)

_HOURS_A_DAY = Decimal(24)


OVER = frozenset({"returned", "retired", "queued-deleted", "payment-failed"})
"""States of AWS in which nothing runs or falls due any more, whatever the end."""


class Source(StrEnum):
    """Where a field of a commitment was learnt."""

    PROVIDER = "provider"
    BILL = "bill"


class Kind(StrEnum):
    """Whether money per hour was committed, or capacity."""

    SPEND = "spend"
    CAPACITY = "capacity"


class Severity(StrEnum):
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a commitment applies to; None is any, or not known from this source."""

    service: str | None = None
    region: str | None = None
    zone: str | None = None
    family: str | None = None
    instance_type: str | None = None
    platform: str | None = None
    tenancy: str | None = None
    deployment: str | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """One commitment. None is "not known"; `sources` names the origin of each known field.

    `hourly_amount` is committed money an hour, `quantity` committed capacity (instances,
    or normalised units an hour, as `unit` says). `upfront` was paid at the start,
    `recurring_hourly` falls due every hour. Instants are UTC; `ends_at` is exclusive.
    `state` and `offering_class` are the provider's words.
    """

    id: str
    provider: str
    kind: Kind | None = None
    type: str | None = None
    scope: Scope | None = None
    payer_account_id: str | None = None
    owner_account_id: str | None = None
    hourly_amount: Decimal | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    currency: str | None = None
    term_years: int | None = None
    payment_option: str | None = None
    upfront: Decimal | None = None
    recurring_hourly: Decimal | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    state: str | None = None
    offering_class: str | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)


DETAILS: tuple[str, ...] = tuple(
    each.name for each in fields(Commitment) if each.name not in {"id", "provider", "sources"}
)


@dataclass(frozen=True, slots=True)
class BilledCommitment:
    """What the records of one commitment show; the last fee of each kind counts."""

    id: str
    provider: str
    payer_account_id: str
    owner_account_id: str | None
    currency: str
    type: str | None
    category: str | None
    unit: str | None
    scope: Scope
    upfront: Decimal | None
    hourly_quantity: Decimal | None
    hourly_fee: Decimal | None
    monthly_quantity: Decimal | None
    monthly_fee: Decimal | None
    daily_quantity: Decimal | None
    month: datetime | None


def from_bill(billed: BilledCommitment) -> Commitment:
    """The commitment as far as a bill shows it, each known field marked so.

    A reservation's month fee counts units of the whole month, so one that began or ended
    inside the month reads as smaller than it is. Where no fee tells the amount, what a day
    shows as used and unused does. Amounts in several units, such as cores and memory, are not
    added up: `unit` and `quantity` are None then.
    """
    spend = billed.category == "Spend"
    units = None if billed.unit is None else _units(billed)
    fee = _an_hour(billed.monthly_fee, billed.month)
    commitment = Commitment(
        id=billed.id,
        provider=billed.provider,
        kind=None if billed.category is None else Kind.SPEND if spend else Kind.CAPACITY,
        type=billed.type,
        scope=billed.scope,
        payer_account_id=billed.payer_account_id,
        owner_account_id=billed.owner_account_id,
        hourly_amount=units if spend else None,
        quantity=None if spend else units,
        unit=billed.unit,
        currency=billed.currency,
        upfront=billed.upfront,
        recurring_hourly=fee if billed.hourly_fee is None else billed.hourly_fee,
    )
    return marked(commitment, Source.BILL)


def marked(commitment: Commitment, source: Source) -> Commitment:
    """The commitment with every known field marked as learnt from `source`."""
    known = (name for name in DETAILS if getattr(commitment, name) is not None)
    return replace(commitment, sources=dict.fromkeys(known, source))


def merged(listed: Commitment, billed: Commitment) -> Commitment:
    """One view of the same commitment: the provider's word first, the bill fills gaps.

    Raises:
        ValueError: they are different commitments.
    """
    if listed.id != billed.id:
        raise ValueError(f"{listed.id} is not {billed.id}")
    filled = {name: getattr(billed, name) for name in DETAILS if getattr(listed, name) is None}
    sources = {name: billed.sources[name] for name in filled if name in billed.sources}
    return replace(listed, **filled, sources={**listed.sources, **sources})


@dataclass(frozen=True, slots=True)
class MissingInInventory:
    """The bill shows a commitment the provider's lists do not."""

    commitment_id: str


@dataclass(frozen=True, slots=True)
class MissingInBill:
    """The provider lists a commitment as active that the bill does not show."""

    commitment_id: str


@dataclass(frozen=True, slots=True)
class DailyUse:
    """What a commitment does on an average day, in money: usage covered, and its cost."""

    covered: Decimal | None
    amortised: Decimal

    @property
    def extra_cost(self) -> Decimal | None:
        """What the day costs more once the usage is on demand; negative if it costs less."""
        return None if self.covered is None else EXACT.subtract(self.covered, self.amortised)


Uses = Mapping[tuple[str, str], DailyUse]
"""What commitments do on an average day, by currency and commitment id."""


def use_of(commitment: Commitment, uses: Uses) -> DailyUse | None:
    """What the commitment does in its own currency."""
    return uses.get((commitment.currency or "", commitment.id))


@dataclass(frozen=True, slots=True)
class Expiring:
    """A commitment that ends within 30 days; whole days left, and what it does till then."""

    commitment_id: str
    ends_at: datetime
    expires_in_days: int
    severity: Severity
    use: DailyUse | None


def differences(
    listed: Sequence[Commitment],
    billed: Sequence[Commitment],
    since: datetime,
    until: datetime,
) -> list[MissingInInventory | MissingInBill]:
    """Commitments in one of the two only, for a bill of [since, until).

    A listed one counts where its known dates touch that time.
    """
    listed_ids = {each.id for each in listed}
    billed_ids = {each.id for each in billed}
    unlisted = [MissingInInventory(each) for each in sorted(billed_ids - listed_ids)]
    active = {each.id for each in listed if _touches(each, since, until)}
    return [*unlisted, *(MissingInBill(each) for each in sorted(active - billed_ids))]


def expiring(commitments: Iterable[Commitment], as_of: datetime, uses: Uses) -> list[Expiring]:
    """What ends within 30 days of `as_of`, soonest first; what has ended is not named."""
    ending = [
        Expiring(
            commitment_id=each.id,
            ends_at=each.ends_at,
            expires_in_days=(each.ends_at - as_of).days,
            severity=_severity(each.ends_at - as_of),
            use=use_of(each, uses),
        )
        for each in commitments
        if each.ends_at is not None and as_of < each.ends_at <= as_of + EXPIRY_NOTICE
    ]
    return sorted(ending, key=lambda each: (each.ends_at, each.commitment_id))


def _severity(left: timedelta) -> Severity:
    if left <= timedelta(days=7):
        return Severity.CRITICAL
    return Severity.HIGH if left <= timedelta(days=14) else Severity.MEDIUM


def _touches(commitment: Commitment, since: datetime, until: datetime) -> bool:
    begun = commitment.starts_at is None or commitment.starts_at < until
    return begun and (commitment.ends_at is None or commitment.ends_at > since)


def _units(billed: BilledCommitment) -> Decimal | None:
    bought = billed.hourly_quantity or _an_hour(billed.monthly_quantity, billed.month)
    if bought is not None or billed.daily_quantity is None:
        return bought
    return EXACT.divide(billed.daily_quantity, _HOURS_A_DAY)


def _an_hour(in_month: Decimal | None, month: datetime | None) -> Decimal | None:
    if in_month is None or month is None:
        return None
    hours = calendar.monthrange(month.year, month.month)[1] * 24
    return EXACT.divide(in_month, Decimal(hours))
