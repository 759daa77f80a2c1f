"""The job that assesses an organization: findings opened and closed, people and services told."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from finops_commitments.alerts.domain import Alert, of_findings, reminders
from finops_commitments.alerts.service import send, unsent
from finops_commitments.figures.domain import Group
from finops_commitments.figures.measures import commitment_figures, figures
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.figures.sharing import ELSEWHERE
from finops_commitments.findings import domain
from finops_commitments.findings.coverage import coverage_drops
from finops_commitments.findings.domain import FindingKind, Found
from finops_commitments.findings.jobs import assess_soon
from finops_commitments.findings.repository import (
    Assessment,
    AssessmentRepository,
    FindingRepository,
    all_assessed,
)
from finops_commitments.inventory.domain import Commitment
from finops_commitments.inventory.listed import commitments_listed
from finops_commitments.inventory.service import BILL, USE, InventoryService, billed_at, merge
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.offers.service import OfferService
from finops_commitments.recommendations.replacement import replacement
from finops_commitments.recommendations.service import DEFAULT_DAYS, RecommendationService
from finops_commitments.recommendations.variants import Variant, preferred
from finops_commitments.revisions.domain import Revision, known_until
from finops_commitments.revisions.repository import RevisionRepository
from finops_common.acting import Acting, Acts
from finops_common.clock import Clock
from finops_common.contracts.commitments import (
    AdvisedPlan,
    FindingClosed,
    FindingOpened,
    RecommendationMade,
)
from finops_common.db import scopes
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database, Transaction

LOOK_BACK = timedelta(days=DEFAULT_DAYS)
_Ending = tuple[Alert, Commitment]


@dataclass(frozen=True)
class Assessor:
    """Assesses organizations one at a time."""

    database: Database
    records: OpenedRecords
    inventory: InventoryService
    offers: OfferService
    recommendations: RecommendationService
    clock: Clock

    async def assess(self, _job_id: UUID, payload: dict[str, Any]) -> None:
        """Bring findings and advice up to date; nothing, if they rest on the same as before."""
        company_id, organization_id = UUID(payload["company_id"]), UUID(payload["organization_id"])
        acts = Acting(scopes.organization(company_id, organization_id))
        now = self.clock()
        basis, before = await self._basis(acts, now)
        if before is not None and before.basis == basis:
            return
        found, ending = await self._found(acts, now)
        advice = await self.recommendations.advise(acts)
        advised = [_plan(each) for each in preferred(advice.variants)]
        payers = sorted({each.payer_account_id for each in advice.families})
        due = await self._reminders(acts, ending, now)
        async with self.database.transaction(acts) as tx:
            assessments = AssessmentRepository(tx)
            await assessments.lock()
            opened = await _settle_findings(tx, found)
            await send(tx, [*of_findings(found, opened, now), *due])
            await _settle_advice(tx, assessments, basis, payers, advised)

    async def assess_all(self) -> None:
        """Queue everybody's assessment of the day: what expires does so without an event."""
        day = self.clock().date().isoformat()
        async with self.database.transaction(Acting(SYSTEM)) as tx:
            for company_id, organization_id in await all_assessed(tx):
                await assess_soon(tx, company_id, organization_id, uuid5(organization_id, day))

    async def _basis(self, acts: Acts, now: datetime) -> tuple[str, Assessment | None]:
        """A digest of all that an assessment rests on, and the last assessment."""
        async with self.database.transaction(acts) as tx:
            parts = await RevisionRepository(tx).list_parts(
                now - LOOK_BACK, now, with_records=False, collected_only=True
            )
            before = await AssessmentRepository(tx).find()
            thresholds = await AssessmentRepository(tx).thresholds()
        snapshots = await self.inventory.snapshots(acts, collected_only=True)
        lists = await self.offers.newest(before.payers) if before else []
        facts = (
            now.date().isoformat(),
            str(thresholds),
            *sorted({f"{e.revision.billing_source_id}/{e.revision.attempt}" for e in parts}),
            *sorted(str(each.snapshot) for each in snapshots),
            *map(str, lists),
        )
        return hashlib.sha256("\n".join(facts).encode()).hexdigest(), before

    async def _reminders(self, acts: Acts, ending: Sequence[_Ending], at: datetime) -> list[Alert]:
        """Those that were not sent, each with what would replace what ends."""
        async with self.database.transaction(acts) as tx:
            new = await unsent(tx, [each for each, _ in ending])
        if not new:
            return []
        commitments = {each.about: commitment for each, commitment in ending}
        payers = {each.payer_account_id or "" for each in commitments.values()}
        prices = {each.payer_account_id: each for each in await self.offers.prices(payers)}

        def question(records: HourlyRecords, revisions: Sequence[Revision]) -> list[Alert]:
            until = known_until(revisions, at).replace(minute=0, second=0, microsecond=0)
            return [_sized(records, each, commitments[each.about], prices, until) for each in new]

        return (await self.records.ask(acts, at - BILL, at, question, collected_only=True)).value

    async def _found(self, acts: Acts, at: datetime) -> tuple[list[Found], list[_Ending]]:
        """What is so now, and what ends."""
        async with self.database.transaction(acts) as tx:
            thresholds = await AssessmentRepository(tx).thresholds()
            fallen_from = _fallen_from(await FindingRepository(tx).list_open())
        points = thresholds.coverage_drop_points
        listed = commitments_listed(await self.inventory.snapshots(acts, collected_only=True))

        def question(
            records: HourlyRecords, revisions: Sequence[Revision]
        ) -> tuple[list[Found], list[_Ending]]:
            recent = Filters(since=at - USE, until=at)
            cells = commitment_figures(records, filters=recent)
            own = [each for each in cells if each.cell.group(Group.COMMITMENT) != ELSEWHERE]
            of_inventory, ending = _of_inventory(records, listed, at)
            found = [
                *domain.underutilized(own, thresholds.utilization_percent),
                *domain.over_committed(figures(records, None, (Group.PAYER,), recent)),
                *coverage_drops(records, listed, known_until(revisions, at), points, fallen_from),
                *of_inventory,
            ]
            return found, ending

        return (await self.records.ask(acts, at - BILL, at, question, collected_only=True)).value


def _of_inventory(
    records: HourlyRecords, listed: Sequence[Commitment], at: datetime
) -> tuple[list[Found], list[_Ending]]:
    billed = billed_at(records, at)
    held = merge(listed, billed.commitments)
    found = [
        *domain.ending(held, at, billed.uses),
        *domain.in_one_only(listed, billed.commitments, at - BILL, at),
    ]
    return found, [(due, each) for each in held for due in reminders([each], at, billed.uses)]


def _sized(
    records: HourlyRecords,
    alert: Alert,
    commitment: Commitment,
    prices: Mapping[str, StoredPrices],
    until: datetime,
) -> Alert:
    of = prices.get(commitment.payer_account_id or "")
    found = replacement(records, of, commitment, until)
    return replace(alert, facts={**alert.facts, **found.facts})


def _fallen_from(findings: Sequence[domain.Finding]) -> dict[str, Decimal]:
    """By subject, what coverage was before the falls that are open."""
    return {
        each.subject: Decimal(each.facts["coverage_before_percent"] or 0)
        for each in findings
        if each.kind is FindingKind.COVERAGE_DROPPED
    }


def _plan(variant: Variant) -> AdvisedPlan:
    sizing = variant.sizing
    return AdvisedPlan(
        payer_account_id=variant.family.payer_account_id,
        currency=variant.family.currency,
        plan_type="compute_savings_plan",
        term_years=sizing.terms.years,
        payment_option=sizing.terms.payment_option,
        hourly_commitment=sizing.hourly_commitment,
        monthly_savings=sizing.monthly_savings,
    )


async def _settle_findings(
    tx: Transaction, found: Sequence[Found]
) -> dict[tuple[FindingKind, str], UUID]:
    """Open what is new, close what is no longer so, and say both; the ids of all that is open."""
    repository = FindingRepository(tx)
    known = {(each.kind, each.subject): each for each in await repository.list_open()}
    opened_ids = {}
    for each in found:
        before = known.pop((each.kind, each.subject), None)
        if before is not None:
            opened_ids[each.kind, each.subject] = before.id
            await repository.refresh(before.id, each)
            continue
        opened_ids[each.kind, each.subject] = await repository.open(each)
        opened = FindingOpened(
            company_id=tx.company_id,
            organization_id=tx.organization_id,
            finding_id=opened_ids[each.kind, each.subject],
            kind=each.kind.value,
            commitment_id=each.commitment_id,
            facts=dict(each.facts),
        )
        tx.publish(opened, version=1)
    await repository.close([each.id for each in known.values()])
    for gone in known.values():
        closed = FindingClosed(
            company_id=tx.company_id,
            organization_id=tx.organization_id,
            finding_id=gone.id,
            kind=gone.kind.value,
            commitment_id=gone.commitment_id,
            facts=dict(gone.facts),
        )
        tx.publish(closed, version=2)
    return opened_ids


async def _settle_advice(
    tx: Transaction,
    assessments: AssessmentRepository,
    basis: str,
    payers: list[str],
    plans: Sequence[AdvisedPlan],
) -> None:
    """Keep the advice, and say so when it is another than before."""
    before = await assessments.find()
    worth = [each for each in plans if each.hourly_commitment > 0]
    advised = [each.model_dump(mode="json") for each in worth]
    changed = advised != (before.advised if before else [])
    version = (before.version if before else 0) + changed
    await assessments.keep(Assessment(basis, payers, advised, version))
    if changed:
        made = RecommendationMade(
            company_id=tx.company_id,
            organization_id=tx.organization_id,
            look_back_days=DEFAULT_DAYS,
            plans=tuple(worth),
        )
        tx.publish(made, version=version)
