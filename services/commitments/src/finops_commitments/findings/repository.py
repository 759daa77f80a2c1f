"""Findings and assessments in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from finops_commitments.findings.domain import Finding, FindingKind, Found, Thresholds
from finops_commitments.findings.tables import assessments, findings, thresholds
from finops_commitments.inventory.domain import Severity
from finops_common.db.transaction import Transaction
from finops_common.ids import new_id
from finops_common.pagination import Page, PageRequest, read_page

_f, _a = findings.c, assessments.c
_COLUMNS = tuple(_f[field.name] for field in fields(Finding))


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an organization's findings and advice were last made from, and the advice."""

    basis: str
    payers: list[str]
    advised: list[dict[str, Any]]
    version: int


class FindingRepository:
    """Findings of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._mine = _f.organization_id == tx.organization_id

    async def page(
        self, request: PageRequest, *, kind: FindingKind | None, state: str | None
    ) -> Page[Finding]:
        """By default the newest first."""
        statement = select(*_COLUMNS).where(self._mine)
        if kind is not None:
            statement = statement.where(_f.kind == kind.value)
        if state is not None:
            ended = _f.closed_at.is_(None)
            statement = statement.where(ended if state == "open" else ~ended)
        return await read_page(
            self._tx,
            statement,
            request,
            sortable={"opened_at": _f.opened_at, "kind": _f.kind, "subject": _f.subject},
            default="-opened_at",
            unique=_f.id,
            make=_finding,
        )

    async def list_open(self) -> list[Finding]:
        rows = await self._tx.all(select(*_COLUMNS).where(self._mine, _f.closed_at.is_(None)))
        return [_finding(row) for row in rows]

    async def open(self, found: Found) -> UUID:
        """Write a new finding; its id."""
        identity = new_id()
        row = insert(findings).values(
            organization_id=self._tx.organization_id,
            company_id=self._tx.company_id,
            id=identity,
            kind=found.kind.value,
            subject=found.subject,
            commitment_id=found.commitment_id,
            severity=found.severity.value,
            facts=dict(found.facts),
            opened_at=self._tx.now,
        )
        await self._tx.execute(row)
        return identity

    async def refresh(self, finding_id: UUID, found: Found) -> None:
        """Keep the newest figures of one that is still so."""
        values = {"severity": found.severity.value, "facts": dict(found.facts)}
        await self._tx.execute(
            update(findings).where(self._mine, _f.id == finding_id).values(values)
        )

    async def close(self, finding_ids: Sequence[UUID]) -> None:
        change = update(findings).where(self._mine, _f.id.in_(finding_ids))
        await self._tx.execute(change.values(closed_at=self._tx.now))


class AssessmentRepository:
    """The last assessment and the thresholds of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self) -> None:
        """Let one assessment write at a time."""
        await self._tx.lock("findings", self._tx.organization_id)

    async def find(self) -> Assessment | None:
        columns = (_a.basis, _a.payers, _a.advised, _a.version)
        mine = _a.organization_id == self._tx.organization_id
        row = await self._tx.one_or_none(select(*columns).where(mine))
        return None if row is None else Assessment(**row._mapping)

    async def keep(self, assessment: Assessment) -> None:
        """Write it in place of the one before."""
        values = {field.name: getattr(assessment, field.name) for field in fields(assessment)}
        values |= {"company_id": self._tx.company_id, "assessed_at": self._tx.now}
        row = insert(assessments).values(organization_id=self._tx.organization_id, **values)
        await self._tx.execute(
            row.on_conflict_do_update(index_elements=["organization_id"], set_=values)
        )

    async def thresholds(self) -> Thresholds:
        """From where on figures are findings here."""
        c = thresholds.c
        columns = [c[field.name] for field in fields(Thresholds)]
        mine = select(*columns).where(c.organization_id == self._tx.organization_id)
        row = await self._tx.one_or_none(mine)
        return Thresholds() if row is None else Thresholds(**row._mapping)

    async def set_thresholds(self, wanted: Thresholds) -> None:
        values = asdict(wanted) | {"company_id": self._tx.company_id, "changed_at": self._tx.now}
        row = insert(thresholds).values(organization_id=self._tx.organization_id, **values)
        await self._tx.execute(
            row.on_conflict_do_update(index_elements=["organization_id"], set_=values)
        )


async def organizations_of_payer(tx: Transaction, payer_account_id: str) -> list[tuple[UUID, UUID]]:
    """Company and id of those with records under a payer; in system scope."""
    found = select(_a.company_id, _a.organization_id).where(_a.payers.contains([payer_account_id]))
    return [(row.company_id, row.organization_id) for row in await tx.all(found)]


async def all_assessed(tx: Transaction) -> list[tuple[UUID, UUID]]:
    """Company and id of every organization that was assessed; in system scope."""
    found = select(_a.company_id, _a.organization_id).order_by(_a.organization_id)
    return [(row.company_id, row.organization_id) for row in await tx.all(found)]


def _finding(row: Row[Any]) -> Finding:
    facts = {field.name: getattr(row, field.name) for field in fields(Finding)}
    return Finding(**facts | {"kind": FindingKind(row.kind), "severity": Severity(row.severity)})
