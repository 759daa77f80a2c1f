"""How a plan differs from an earlier one. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from finops_autosavings.plans.domain import Content, Item, Totals, document, totals

_COMPARED = (
    "term_years",
    "payment_option",
    "hourly_commitment",
    "total_commitment",
    "upfront",
    "monthly_savings",
    "monthly_savings_if_usage_falls",
    "buy_at",
    "limited_by",
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an item: what it was and is, as JSON."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What became of one payer's item."""

    payer_account_id: str
    commitment_type: str
    change: Literal["added", "removed", "changed", "same"]
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs; without an earlier plan every item is added."""

    items: tuple[ItemChange, ...]
    totals_before: Totals
    totals_after: Totals
    policy_changed: bool


def compare(before: Content | None, after: Content) -> Comparison:
    """Item by item, by payer and commitment type."""
    old = {_key(item): item for item in before.items} if before else {}
    new = {_key(item): item for item in after.items}
    changes = tuple(
        _change(key, old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())
    )
    return Comparison(
        items=changes,
        totals_before=totals(old.values()),
        totals_after=totals(new.values()),
        policy_changed=before is not None and before.policy_version != after.policy_version,
    )


def week_start(moment: datetime) -> datetime:
    """Monday 00:00 UTC of the week of `moment`: last week's plan is the newest made before."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=moment.weekday())


def _key(item: Item) -> tuple[str, str]:
    return item.payer_account_id, item.commitment_type


def _change(key: tuple[str, str], old: Item | None, new: Item | None) -> ItemChange:
    changed = tuple(
        FieldChange(name, before, after)
        for name in _COMPARED
        if (before := _shown(old, name)) != (after := _shown(new, name))
    )
    if old and new:
        return ItemChange(*key, "changed" if changed else "same", changed)
    return ItemChange(*key, "added" if new else "removed", changed)


def _shown(item: Item | None, name: str) -> Any:  # noqa: ANN401 - JSON
    return None if item is None else document(getattr(item, name))
