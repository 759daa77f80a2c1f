"""Which findings an organization's commitments give rise to; pure, from figures already made."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from uuid import UUID

from finops_commitments.figures.domain import Figures, Group
from finops_commitments.inventory.domain import (
    Commitment,
    MissingInInventory,
    Severity,
    Uses,
    differences,
    expiring,
)
from finops_common.money import plain

_STEP = Decimal("1e-6")
_ARN = re.compile(r"arn:[\w-]+:([\w-]+):")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_List = tuple[str | None, str]


class FindingKind(StrEnum):
    UNDERUTILIZED = "underutilized"
    EXPIRING = "expiring"
    UNLISTED = "unlisted"
    UNBILLED = "unbilled"
    OVER_COMMITTED = "over_committed"
    COVERAGE_DROPPED = "coverage_dropped"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on figures are findings; an organization may set others."""

    utilization_percent: Decimal = Decimal(50)
    """Of a commitment that is used less (COM-20)."""
    coverage_drop_points: Decimal = Decimal(10)
    """Percentage points by which coverage falls (COM-31)."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is so now; `subject` tells two of a kind apart. Facts are exact, as text."""

    kind: FindingKind
    subject: str
    commitment_id: str | None
    severity: Severity
    facts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found, and is open until `closed_at`."""

    id: UUID
    kind: FindingKind
    subject: str
    commitment_id: str | None
    severity: Severity
    facts: Mapping[str, str | None]
    opened_at: datetime
    closed_at: datetime | None


def underutilized(cells: Iterable[Figures], threshold: Decimal) -> list[Found]:
    """Commitments used less than `threshold` percent; what is not known is no finding."""
    return [
        Found(
            FindingKind.UNDERUTILIZED,
            name,
            name,
            Severity.HIGH if cell.utilization_percent * 2 < threshold else Severity.MEDIUM,
            {
                "utilization_percent": text(cell.utilization_percent),
                "threshold_percent": text(threshold),
                "unused": text(cell.unused),
                "currency": cell.cell.currency,
            },
        )
        for cell in cells
        if (name := cell.cell.group(Group.COMMITMENT)) is not None
        and cell.utilization_percent is not None
        and cell.utilization_percent < threshold
    ]


def over_committed(cells: Iterable[Figures]) -> list[Found]:
    """Payers with more unused commitment than usage left that could take it."""
    return [
        Found(
            FindingKind.OVER_COMMITTED,
            f"{cell.cell.group(Group.PAYER)} {cell.cell.currency}",
            None,
            Severity.HIGH,
            {
                "payer_account_id": cell.cell.group(Group.PAYER),
                "commitment_to_eligible_percent": text(cell.commitment_to_eligible_percent),
                "unused": text(cell.unused),
                "on_demand_cost": text(cell.on_demand_cost),
                "currency": cell.cell.currency,
            },
        )
        for cell in cells
        if cell.over_committed
    ]


def ending(commitments: Iterable[Commitment], at: datetime, uses: Uses) -> list[Found]:
    """Commitments that end within 30 days, with the cost of a day once they have."""
    return [
        Found(
            FindingKind.EXPIRING,
            each.commitment_id,
            each.commitment_id,
            each.severity,
            {
                "ends_at": each.ends_at.isoformat(),
                "expires_in_days": str(each.expires_in_days),
                "covered_a_day": text(each.use.covered) if each.use else None,
                "extra_cost_a_day": text(each.use.extra_cost) if each.use else None,
            },
        )
        for each in expiring(commitments, at, uses)
    ]


def in_one_only(
    listed: Sequence[Commitment],
    billed: Sequence[Commitment],
    since: datetime,
    until: datetime,
) -> list[Found]:
    """Commitments in the bill and not in the provider's lists, or the reverse (COM-2).

    Only of payers and lists that both speak of: what may not be read is not missing there.
    """
    both = {_list_of(each) for each in listed} & {_list_of(each) for each in billed}
    found = differences(_of(listed, both), _of(billed, both), since, until)
    return [
        Found(
            FindingKind.UNLISTED if isinstance(each, MissingInInventory) else FindingKind.UNBILLED,
            each.commitment_id,
            each.commitment_id,
            Severity.MEDIUM,
            {},
        )
        for each in found
    ]


def text(value: Decimal | None) -> str | None:
    """A figure as a fact: six places at most."""
    if value is None:
        return None
    return plain(value.quantize(_STEP, ROUND_HALF_EVEN) + 0)


def _of(commitments: Sequence[Commitment], lists: set[_List]) -> list[Commitment]:
    return [each for each in commitments if _list_of(each) in lists]


def _list_of(commitment: Commitment) -> _List:
    """Which of a payer's lists it stands in: one a service, and credits' names in none."""
    payer, arn = commitment.payer_account_id, _ARN.match(commitment.id)
    if arn:
        # What is bought for EC2 is listed with one right, and so there or not at once.
        return payer, "ec2" if arn[1] == "savingsplans" else arn[1]
    if commitment.provider == "Google Cloud":
        return payer, "spend" if _GUID.fullmatch(commitment.id) else "unnamed"
    return payer, commitment.provider
