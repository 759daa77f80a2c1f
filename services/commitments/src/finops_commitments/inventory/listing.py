"""One list of commitments: filtered, sorted, paged, with totals. In memory: thousands at most."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from finops_commitments.inventory.domain import (
    OVER,
    Commitment,
    DailyUse,
    Expiring,
    Scope,
    Uses,
    expiring,
    use_of,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A commitment at one instant: whether it runs, and what it does on an average day."""

    commitment: Commitment
    active: bool
    expires_in_days: int | None
    notice: Expiring | None
    use: DailyUse | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which items; None is any. Texts match whole, without regard to case."""

    texts: dict[str, str] = field(default_factory=dict)
    active: bool | None = None
    expires_within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """Of one currency; money per hour, and what the commitments cost on an average day."""

    currency: str | None
    count: int
    hourly_amount: Decimal
    upfront: Decimal
    recurring_hourly: Decimal
    amortised_a_day: Decimal


Text = Callable[[Item], str | None]
Value = Callable[[Item], str | Decimal | datetime | int | None]


def _of(name: str) -> Callable[[Item], Any]:
    return lambda item: getattr(item.commitment, name)


def _in_scope(name: str) -> Callable[[Item], Any]:
    return lambda item: getattr(item.commitment.scope, name, None)


_OWN = (
    "id",
    "provider",
    "kind",
    "type",
    "payer_account_id",
    "owner_account_id",
    "currency",
    "payment_option",
    "state",
    "offering_class",
)
_ORDERED = (
    "hourly_amount",
    "quantity",
    "term_years",
    "upfront",
    "recurring_hourly",
    "starts_at",
    "ends_at",
)

TEXTS: dict[str, Text] = {
    **{name: _of(name) for name in _OWN},
    **{field.name: _in_scope(field.name) for field in fields(Scope)},
}
"""The columns that can be filtered by their value."""

SORTS: dict[str, Value] = {
    **TEXTS,
    **{name: _of(name) for name in _ORDERED},
    "expires_in_days": lambda item: item.expires_in_days,
}
"""The columns that can be sorted by; what is not known comes last in either direction."""


def items(commitments: Iterable[Commitment], uses: Uses, at: datetime) -> list[Item]:
    """The commitments as they stand at `at`."""
    known = list(commitments)
    notices = {each.commitment_id: each for each in expiring(known, at, uses)}
    return [
        Item(
            commitment=each,
            active=is_active(each, at),
            expires_in_days=(each.ends_at - at).days
            if each.ends_at and each.ends_at > at
            else None,
            notice=notices.get(each.id),
            use=use_of(each, uses),
        )
        for each in known
    ]


def is_active(commitment: Commitment, at: datetime) -> bool:
    """Whether it runs at `at`, as far as its state and dates are known."""
    if commitment.state in OVER:
        return False
    begun = commitment.starts_at is None or commitment.starts_at <= at
    return begun and (commitment.ends_at is None or at < commitment.ends_at)


def narrowed(found: Iterable[Item], narrowing: Narrowing) -> list[Item]:
    """The items that fit."""
    return [item for item in found if _fits(item, narrowing)]


def ordered(found: Iterable[Item], sort: str) -> list[Item]:
    """By the column `sort`, descending behind a minus, then by id."""
    key = SORTS[sort.removeprefix("-")]
    by_id = sorted(found, key=lambda item: item.commitment.id)
    known = [item for item in by_id if key(item) is not None]
    unknown = [item for item in by_id if key(item) is None]
    known.sort(key=key, reverse=sort.startswith("-"))  # type: ignore[arg-type] # of one column, all of one type
    return known + unknown


def totals(found: Sequence[Item]) -> list[Total]:
    """The sums of all items that fit, by currency."""
    sums: dict[str | None, Total] = {}
    for item in found:
        each = item.commitment
        zero = Total(each.currency, 0, Decimal(0), Decimal(0), Decimal(0), Decimal(0))
        before = sums.get(each.currency, zero)
        sums[each.currency] = replace(
            before,
            count=before.count + 1,
            hourly_amount=before.hourly_amount + (each.hourly_amount or 0),
            upfront=before.upfront + (each.upfront or 0),
            recurring_hourly=before.recurring_hourly + (each.recurring_hourly or 0),
            amortised_a_day=before.amortised_a_day + (item.use.amortised if item.use else 0),
        )
    return [sums[currency] for currency in sorted(sums, key=lambda name: name or "")]


def _fits(item: Item, narrowing: Narrowing) -> bool:
    if narrowing.active is not None and item.active is not narrowing.active:
        return False
    days, most = item.expires_in_days, narrowing.expires_within_days
    if most is not None and (days is None or days > most):
        return False
    return all(
        (TEXTS[name](item) or "").casefold() == value.casefold()
        for name, value in narrowing.texts.items()
    )
