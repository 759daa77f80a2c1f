"""What is worth telling people of, and when; pure (COM-31)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from finops_commitments.findings.domain import FindingKind, Found, text
from finops_commitments.inventory import domain as inventory
from finops_commitments.inventory.domain import Commitment, DailyUse, Uses, use_of
from finops_common.contracts.notices import Severity

DAYS = (1, 7, 14, 30, 60, 90)
"""Before a commitment's end people are reminded, once for each."""
_URGENT, _SOON = 7, 30
_MONTHLY = (FindingKind.UNDERUTILIZED, FindingKind.OVER_COMMITTED)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something people should know. The same `occasion` of a kind about a thing is the same alert.

    Who takes note of an alert does so of its `matter`, whatever the occasion: of this end of a
    commitment, or of this finding until it is closed.
    """

    kind: str
    about: str
    occasion: str
    matter: str
    severity: Severity
    facts: Mapping[str, str]

    def id_in(self, organization_id: UUID) -> UUID:
        """The same whenever and by whomever it is found in an organization."""
        return uuid5(organization_id, f"{self.kind}\n{self.about}\n{self.occasion}")


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that people were told of."""

    id: UUID
    kind: str
    about: str
    occasion: str
    severity: Severity
    facts: Mapping[str, str]
    raised_at: datetime
    recipients: Mapping[str, Any]
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None


def reminders(commitments: Iterable[Commitment], at: datetime, uses: Uses) -> list[Alert]:
    """Of every commitment that ends within 90 days the reminder that is due now.

    Of reminders that were missed, as by who came late, only the last is due.
    """
    return [
        _reminder(each, each.ends_at, days, at, use_of(each, uses))
        for each in commitments
        if each.ends_at is not None and (days := _step(each.ends_at - at)) is not None
    ]


def of_findings(
    found: Iterable[Found], opened: Mapping[tuple[FindingKind, str], UUID], at: datetime
) -> list[Alert]:
    """Of what lies idle or is committed too much, once a calendar month; of a fall of coverage once.

    `opened` are the ids of the findings. A service's fall is no alert beside its payer's.
    """
    found = list(found)
    payers = {_family(each) for each in found if _fell(each) and each.facts["service"] is None}
    return [
        Alert(
            kind=f"commitment.{each.kind.value}",
            about=each.subject[:300],
            occasion=f"{at:%Y-%m}"
            if each.kind in _MONTHLY
            else str(opened[each.kind, each.subject]),
            matter=str(opened[each.kind, each.subject]),
            severity="critical" if each.severity is inventory.Severity.CRITICAL else "warning",
            facts=_known({"commitment_id": each.commitment_id, **each.facts}),
        )
        for each in found
        if each.kind in _MONTHLY
        or (_fell(each) and (each.facts["service"] is None or _family(each) not in payers))
    ]


def _fell(found: Found) -> bool:
    return found.kind is FindingKind.COVERAGE_DROPPED


def _family(found: Found) -> tuple[str | None, str | None]:
    return found.facts["payer_account_id"], found.facts["currency"]


def _step(left: timedelta) -> int | None:
    if left <= timedelta(0):
        return None
    return next((days for days in DAYS if left <= timedelta(days=days)), None)


def _reminder(
    commitment: Commitment, ends_at: datetime, days: int, at: datetime, use: DailyUse | None
) -> Alert:
    facts = {
        "commitment_id": commitment.id,
        # Begun days count: what ends tomorrow morning does so in one day.
        "days": str(-((at - ends_at) // timedelta(days=1))),
        "ends_at": ends_at.date().isoformat(),
        "hourly_commitment": text(commitment.hourly_amount),
        "currency": commitment.currency,
        "covered_a_day": text(use.covered) if use else None,
        "extra_cost_a_day": text(use.extra_cost) if use else None,
    }
    return Alert(
        kind="commitment.expiring",
        about=commitment.id[:300],
        # With its end: one that was prolonged ends anew.
        occasion=f"{days} days before {ends_at.isoformat()}",
        matter=ends_at.isoformat(),
        severity="critical" if days <= _URGENT else "warning" if days <= _SOON else "info",
        facts=_known(facts),
    )


def _known(facts: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value is not None}
