"""Makes a period's new revision: announces it, sends its records, then lets it stand at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from finops_common.blobs import Blobs
from finops_common.contracts.ingestion import (
    CostCommitted,
    CostFailed,
    CostPart,
    CostStarted,
    OrganizationShare,
    RevisionCommitted,
)
from finops_common.db.transaction import Database, Transaction
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, envelope
from finops_common.ids import new_id
from finops_ingestion.accounts.sources import hold_source
from finops_ingestion.imports.adapters import RecordTopic
from finops_ingestion.imports.domain import Import, Period, finality_of, is_past, month_end
from finops_ingestion.imports.fetching import import_acting
from finops_ingestion.imports.orders import CutPart, CutPeriod, CutShare, Reading
from finops_ingestion.imports.repository import ImportRepository, PeriodRepository
from finops_ingestion.reconciliation.repository import InvoiceRepository

WINDOW = 32
"""Parts sent between two waits for acknowledgements: at most 29 MB are in flight."""


class OvertakenError(Exception):
    """Another attempt has taken this one's place; nothing of it may stand."""


class PeriodBusyError(Exception):
    """Another import is making a revision of the same period."""


class SourceStoppedError(Exception):
    """The account was detached meanwhile: nothing more is made of its bills."""


@dataclass(frozen=True)
class Basis:
    """What a reading rests on: whose the accounts were, and the revision it cuts anew, if one."""

    owners: str
    recut: Period | None = None


@dataclass(frozen=True)
class Attempt:
    """One try to make a revision."""

    id: UUID
    read: Import
    found: CutPeriod
    revision: int
    basis: Basis

    @property
    def stream(self) -> dict[str, Any]:
        """The fields that every event of the attempt carries."""
        return {
            "billing_source_id": self.read.billing_source_id,
            "company_id": self.read.company_id,
            "period": self.found.period,
            "revision": self.revision,
            "attempt": self.id,
        }

    def files_of(self, share: CutShare) -> dict[str, str]:
        """Where the share's files are kept; laid as Iceberg partitions would be."""
        folder = (
            f"organization={share.organization_id}/period={self.found.period:%Y-%m}"
            f"/source={self.read.billing_source_id}/revision={self.revision}"
        )
        return {name: f"{folder}/{name}-{self.id}.parquet" for name in share.files}


class Publisher:
    """Publishes what was read, period by period."""

    def __init__(self, database: Database, blobs: Blobs, records: RecordTopic) -> None:
        self._database = database
        self._blobs = blobs
        self._records = records

    async def publish(self, read: Import, reading: Reading, found: CutPeriod, basis: Basis) -> None:
        """Make one period's revision; the one this import has made already is left alone.

        Raises:
            PeriodBusyError: another import works on the period, or has changed it since it was
                read; try later.
            OvertakenError: another worker has begun anew; this one must stop.
            SourceStoppedError: the account was detached.
        """
        attempt = await self._begin(read, found, basis)
        if attempt is None:
            return
        await self._records.send([self._message(attempt, CostStarted(**attempt.stream))])
        await self._send_parts(attempt)
        await self._store(attempt)
        await self._commit(attempt, reading)

    async def fail(self, read: Import, reason: str) -> None:
        """Say of what an import began and will not finish that it does not count."""
        async with self._database.transaction(import_acting(read)) as tx:
            periods = PeriodRepository(tx)
            for row in await periods.open_attempts(read.id):
                period = await periods.lock(read, row.period)
                if period.attempt == row.id:
                    await periods.change(period, attempt=None, import_id=None)
                    failed = CostFailed(
                        billing_source_id=row.billing_source_id,
                        company_id=row.company_id,
                        period=row.period,
                        revision=row.revision,
                        attempt=row.id,
                        reason=reason,
                    )
                    tx.publish(failed, outcome="failure", reason=reason)

    async def _begin(self, read: Import, found: CutPeriod, basis: Basis) -> Attempt | None:
        async with self._database.transaction(import_acting(read)) as tx:
            await _need_live(tx, read)
            periods = PeriodRepository(tx)
            period = await periods.lock(read, found.period)
            if await periods.made_by(period) == read.id:
                return None
            if basis.recut and basis.recut.revision != period.revision:
                raise PeriodBusyError("a newer revision stands")
            if period.attempt and period.import_id and period.import_id != read.id:
                other = await ImportRepository(tx).get(period.import_id)
                if not other.ended:
                    raise PeriodBusyError(str(other.id))
            attempt = Attempt(new_id(), read, found, period.revision + 1, basis)
            await periods.change(period, attempt=attempt.id, import_id=read.id)
            files = [key for share in found.shares for key in attempt.files_of(share).values()]
            await periods.add_attempt(
                id=attempt.id,
                company_id=read.company_id,
                import_id=read.id,
                billing_source_id=read.billing_source_id,
                period=found.period,
                revision=attempt.revision,
                files=files,
                started_at=tx.now,
            )
            return attempt

    async def _send_parts(self, attempt: Attempt) -> None:
        waiting: list[Envelope[Any]] = []
        for number, (share, part) in enumerate(_parts(attempt)):
            event = CostPart(
                **attempt.stream,
                organization_id=share.organization_id,
                part=number,
                rows=part.rows,
                records=part.path.read_bytes(),
            )
            waiting.append(self._message(attempt, event))
            if len(waiting) == WINDOW:
                await self._records.send(waiting)
                waiting.clear()
        await self._records.send(waiting)

    async def _store(self, attempt: Attempt) -> None:
        for share in attempt.found.shares:
            keys = attempt.files_of(share)
            for name, path in share.files.items():
                await self._blobs.put(keys[name], path)

    async def _commit(self, attempt: Attempt, reading: Reading) -> None:
        """The revision stands once this transaction has committed, and not before."""
        read, found, recut = attempt.read, attempt.found, attempt.basis.recut
        async with self._database.transaction(import_acting(read)) as tx:
            await _need_live(tx, read)
            periods = PeriodRepository(tx)
            period = await periods.lock(read, found.period)
            if period.attempt != attempt.id:
                raise OvertakenError(str(attempt.id))
            if recut:  # it knows no more than the revision it is made of
                facts = {"finality": period.finality, "as_of": period.as_of}
            else:
                facts = _learnt(reading, found, period, tx.now)
            revision = {
                "billing_source_id": read.billing_source_id,
                "period": found.period,
                "revision": attempt.revision,
            }
            row = revision | facts | {
                "company_id": read.company_id,
                "import_id": read.id,
                "attempt": attempt.id,
                "schema": reading.schema_name,
                "parts": sum(len(share.parts) for share in found.shares),
                "committed_at": tx.now,
            }  # fmt: skip
            await periods.add_revision(
                row, [self._share(attempt, revision, s) for s in found.shares]
            )
            await self._keep_invoices(tx, attempt, period, reading)
            await periods.change(
                period,
                **facts,
                # Its payer may be registered in another organization of the company by now.
                organization_id=read.organization_id,
                revision=attempt.revision,
                fingerprint=period.fingerprint if recut else read.fingerprint,
                owners=attempt.basis.owners,
                attempt=None,
                import_id=None,
                committed_at=tx.now,
            )
            await periods.change_attempt(attempt.id, state="committed")
            _announce(tx, attempt, period, facts)

    async def _keep_invoices(
        self, tx: Transaction, attempt: Attempt, before: Period, reading: Reading
    ) -> None:
        read, found = attempt.read, attempt.found
        invoices = InvoiceRepository(tx, read.billing_source_id, found.period)
        if attempt.basis.recut:
            return await invoices.carry_over(before.revision, attempt.revision)
        mine = [each for each in reading.invoices if each.period == found.period]
        return await invoices.keep(read.company_id, attempt.revision, mine)

    def _share(self, attempt: Attempt, revision: dict[str, Any], share: CutShare) -> dict[str, Any]:
        return revision | {
            "organization_id": share.organization_id,
            "company_id": attempt.read.company_id,
            "parts": len(share.parts),
            "rows": share.rows,
            "lines": share.lines,
            "totals": [total.model_dump(mode="json") for total in share.totals],
            "files": attempt.files_of(share),
            "last_hour": share.last_hour,
        }

    def _message(self, attempt: Attempt, event: Event) -> Envelope[Any]:
        return envelope(
            event,
            source=f"/{self._database.service}",
            time=self._database.clock(),
            origin=import_acting(attempt.read).origin,
            company_id=attempt.read.company_id,
        )


def _announce(tx: Transaction, attempt: Attempt, before: Period, facts: dict[str, Any]) -> None:
    """Say that the revision stands, on the topic of records and on that of revisions."""
    shares = attempt.found.shares
    told = tuple(map(_told, shares))
    parts = sum(len(share.parts) for share in shares)
    tx.publish(CostCommitted(**attempt.stream, **facts, parts=parts, organizations=told))
    committed = RevisionCommitted(
        billing_source_id=attempt.read.billing_source_id,
        period=attempt.found.period,
        revision=attempt.revision,
        **facts,
        company_id=attempt.read.company_id,
        organizations=told,
        before={"revision": before.revision, "finality": before.finality},
        after={"revision": attempt.revision, "finality": facts["finality"]},
    )
    reason = "accounts-moved" if attempt.basis.recut else None
    tx.publish(committed, version=attempt.revision, reason=reason)


def _parts(attempt: Attempt) -> Iterator[tuple[CutShare, CutPart]]:
    for share in attempt.found.shares:
        for part in share.parts:
            yield share, part


def _told(share: CutShare) -> OrganizationShare:
    return OrganizationShare(
        organization_id=share.organization_id,
        parts=len(share.parts),
        rows=share.rows,
        lines=share.lines,
        totals=share.totals,
    )


def _learnt(reading: Reading, found: CutPeriod, before: Period, now: datetime) -> dict[str, Any]:
    closed = reading.invoiced or is_past(found.period, now)
    finality = finality_of(before.finality, closed=closed)
    return {"finality": finality, "as_of": _known_until(reading, found, closed=closed)}


async def _need_live(tx: Transaction, read: Import) -> None:
    source = await hold_source(tx, read.billing_source_id)
    if source is None or source.stopped_at is not None:
        raise SourceStoppedError(str(read.billing_source_id))


def _known_until(reading: Reading, found: CutPeriod, *, closed: bool) -> datetime:
    """The last instant the bill knows of; nothing metered yet: the period's beginning."""
    end = datetime.combine(month_end(found.period), time(), UTC)
    if closed:
        return end
    newest = [share.last_hour for share in found.shares if share.last_hour]
    reached = reading.reached or max(newest, default=None)
    return min(reached, end) if reached else datetime.combine(found.period, time(), UTC)
