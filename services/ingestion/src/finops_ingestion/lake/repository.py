"""What the lake should follow and what it has followed, in PostgreSQL; system scope."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, and_, delete, func, or_, select, true, union, update
from sqlalchemy.dialects.postgresql import insert

from finops_common.contracts.ingestion import CostTotal
from finops_common.db.transaction import Transaction
from finops_ingestion.imports.repository import current_shares
from finops_ingestion.imports.tables import periods, revisions, shares
from finops_ingestion.lake.domain import Month, Share
from finops_ingestion.lake.tables import publications, turns

LEASE = timedelta(minutes=2)
"""After a crash, and after a failure, the organization waits for so long; others do not."""
CANDIDATES = 20

_SOURCE = ("billing_source_id", "period")
_PUBLISHED = ("organization_id", *_SOURCE)
_TOTALS = TypeAdapter(tuple[CostTotal, ...])


def _same(left: Any, right: Any, *names: str) -> Any:  # noqa: ANN401 - tables; a condition
    return and_(true(), *(left.c[name] == right.c[name] for name in names))


class LakeRepository:
    """Turns, publications and standing shares."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def claim_behind(self) -> UUID | None:
        """Take the turn of an organization whose tables are behind; None: there is none free."""
        behind = _behind().subquery()
        found = (
            select(behind.c.organization_id, behind.c.company_id)
            .distinct()
            .outerjoin(turns, _same(behind, turns, "organization_id"))
            .where(or_(turns.c.free_at.is_(None), turns.c.free_at <= self._tx.now))
        )
        return await self._claim(found)

    async def claim_unkept(self, before: datetime) -> UUID | None:
        """Take the turn of an organization whose tables nobody has looked after since then."""
        found = select(turns.c.organization_id, turns.c.company_id).where(
            turns.c.free_at <= self._tx.now,
            or_(turns.c.kept_at.is_(None), turns.c.kept_at < before),
        )
        return await self._claim(found)

    async def _claim(self, found: Select[Any]) -> UUID | None:
        until = self._tx.now + LEASE
        for row in await self._tx.all(found.limit(CANDIDATES)):
            mine = insert(turns).values(**row._mapping, free_at=until)
            change = mine.on_conflict_do_update(
                index_elements=[turns.c.organization_id],
                set_={"free_at": until},
                where=turns.c.free_at <= self._tx.now,
            )
            if await self._tx.execute(change) == 1:
                return UUID(str(row.organization_id))
        return None

    async def release(self, organization_id: UUID, **values: Any) -> None:  # noqa: ANN401 - columns
        """Let others have the organization's turn."""
        mine = update(turns).where(turns.c.organization_id == organization_id)
        await self._tx.execute(mine.values(free_at=self._tx.now, **values))

    async def behind(self, organization_id: UUID) -> list[date]:
        """Periods whose files in the tables are not those that stand."""
        found = _behind().subquery()
        mine = found.c.organization_id == organization_id
        rows = await self._tx.all(select(found.c.period).distinct().where(mine))
        return sorted(row.period for row in rows)

    async def published(self, organization_id: UUID) -> list[date]:
        """Periods the tables hold something of."""
        mine = publications.c.organization_id == organization_id
        rows = await self._tx.all(select(publications.c.period).distinct().where(mine))
        return sorted(row.period for row in rows)

    async def month(self, organization_id: UUID, period: date) -> Month:
        """What stands now; without shares where nothing does (any more)."""
        asked = current_shares().where(
            shares.c.organization_id == organization_id, shares.c.period == period
        )
        rows = await self._tx.all(asked.order_by(shares.c.billing_source_id))
        return Month(organization_id, period, tuple(map(_share, rows)))

    async def note(self, month: Month, snapshot_id: int | None) -> None:
        """The tables hold just this of the period."""
        mine = {"organization_id": month.organization_id, "period": month.period}
        held = [share.billing_source_id for share in month.shares]
        await self._tx.execute(
            delete(publications).where(
                *(publications.c[name] == value for name, value in mine.items()),
                publications.c.billing_source_id.not_in(held),
            )
        )
        facts = {"snapshot_id": snapshot_id, "published_at": self._tx.now}
        for share in month.shares:
            row = insert(publications).values(
                **mine,
                **facts,
                billing_source_id=share.billing_source_id,
                company_id=share.company_id,
                revision=share.revision,
            )
            change = row.on_conflict_do_update(
                index_elements=[publications.c[name] for name in _PUBLISHED],
                set_={"revision": share.revision, **facts},
                where=publications.c.revision != share.revision,
            )
            await self._tx.execute(change)

    async def superseded(self, organization_id: UUID, before: datetime) -> Sequence[Row[Any]]:
        """Shares of revisions of open months that were replaced before then, files and all."""
        successor = revisions.alias()
        return await self._tx.all(
            select(shares)
            .join(revisions, _same(shares, revisions, *_SOURCE, "revision"))
            .join(successor, _same(shares, successor, *_SOURCE))
            .where(successor.c.revision == shares.c.revision + 1)
            .where(successor.c.committed_at < before)
            .where(shares.c.organization_id == organization_id)
            # What a closed month said before its correction is kept as such (ING-13).
            .where(revisions.c.finality == "open")
            .where(shares.c.files != func.jsonb_build_object())
        )

    async def forget_files(self, share: Row[Any]) -> None:
        """The share's files are gone; its figures stay."""
        mine = (shares.c[name] == getattr(share, name) for name in (*_PUBLISHED, "revision"))
        await self._tx.execute(update(shares).where(*mine).values(files={}))


def _behind() -> Any:  # noqa: ANN401 - a statement of three columns
    """Organization, company and period of whatever stands and is not published, or the reverse."""
    standing = (
        select(shares)
        .join(periods, _same(shares, periods, *_SOURCE, "revision"))
        .subquery("standing")
    )
    same = _same(standing, publications, *_PUBLISHED, "revision")
    columns = ("organization_id", "company_id", "period")
    new = (
        select(*(standing.c[name] for name in columns))
        .outerjoin(publications, same)
        .where(publications.c.revision.is_(None))
    )
    old = (
        select(*(publications.c[name] for name in columns))
        .outerjoin(standing, same)
        .where(standing.c.revision.is_(None))
    )
    return union(new, old)


def _share(row: Row[Any]) -> Share:
    return Share(
        row.billing_source_id,
        row.company_id,
        row.revision,
        row.finality,
        _TOTALS.validate_python(row.totals),
        row.files,
    )
