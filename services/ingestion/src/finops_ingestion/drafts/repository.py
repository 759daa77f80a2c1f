"""Drafts of registrations in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from finops_common.contracts.ingestion import Provider
from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_ingestion.drafts.domain import KEPT, AccountDraft
from finops_ingestion.drafts.tables import account_drafts

_c = account_drafts.c
_COLUMNS = [_c[name] for name in AccountDraft.__dataclass_fields__]


class DraftRepository:
    """Drafts of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._mine = _c.organization_id == tx.organization_id

    async def lock(self) -> None:
        """Let the organization's additions come one after another."""
        await self._tx.lock("account drafts", self._tx.organization_id)

    async def count(self) -> int:
        return int(await self._tx.scalar(select(func.count()).where(self._mine)))

    async def find(self, draft_id: UUID, *, lock: bool = False) -> AccountDraft | None:
        found = select(*_COLUMNS).where(self._mine, _c.id == draft_id)
        row = await self._tx.one_or_none(found.with_for_update() if lock else found)
        return None if row is None else _draft(row)

    async def get(self, draft_id: UUID, *, lock: bool = False) -> AccountDraft:
        """As `find`; with `lock` nobody else changes it meanwhile. Raises NotFound."""
        found = await self.find(draft_id, lock=lock)
        if found is None:
            raise NotFound
        return found

    async def page(self, request: PageRequest) -> Page[AccountDraft]:
        return await read_page(
            self._tx,
            select(*_COLUMNS).where(self._mine),
            request,
            sortable={name: _c[name] for name in ("created_at", "changed_at")},
            default="changed_at",
            unique=_c.id,
            make=_draft,
        )

    async def add(self, draft_id: UUID, provider: Provider, created_by: UUID) -> AccountDraft:
        """A draft without an answer."""
        now = self._tx.now
        made = AccountDraft(draft_id, provider, {}, None, created_by, 0, now, now)
        row = insert(account_drafts).values(
            organization_id=self._tx.organization_id,
            company_id=self._tx.company_id,
            **{name: getattr(made, name) for name in AccountDraft.__dataclass_fields__},
        )
        await self._tx.execute(row)
        return made

    async def change(self, draft_id: UUID, **values: Any) -> AccountDraft:  # noqa: ANN401 - columns
        row = await self._tx.one(
            update(account_drafts)
            .where(self._mine, _c.id == draft_id)
            .values(version=_c.version + 1, changed_at=self._tx.now, **values)
            .returning(*_COLUMNS)
        )
        return _draft(row)

    async def remove(self, draft: AccountDraft) -> None:
        """Delete it, unless it has changed since."""
        this = (_c.id == draft.id, _c.version == draft.version)
        await self._tx.execute(delete(account_drafts).where(self._mine, *this))


async def forget_old(tx: Transaction) -> None:
    """Remove what nobody has changed for long; system scope."""
    await tx.execute(delete(account_drafts).where(_c.changed_at < tx.now - KEPT))


def _draft(row: Row[Any]) -> AccountDraft:
    return AccountDraft(*row[: len(_COLUMNS)])
