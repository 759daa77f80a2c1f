"""Cloud accounts in PostgreSQL."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.ids import new_id
from finops_common.pagination import Page, PageRequest, read_page
from finops_ingestion.accounts.domain import CloudAccount, Finding, Move
from finops_ingestion.accounts.tables import cloud_account_moves, cloud_accounts

_COLUMNS = [cloud_accounts.c[name] for name in CloudAccount.__dataclass_fields__]
_MOVE = [cloud_account_moves.c[name] for name in Move.__dataclass_fields__]
_LIVE = cloud_accounts.c.detached_at.is_(None)
LEASE = timedelta(minutes=4)
"""How long a due check is somebody's; after that another worker takes it."""


class AccountRepository:
    """Live cloud accounts within the transaction's scope, which row-level security holds."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find(self, cloud_account_id: UUID, *, ended: bool = False) -> CloudAccount | None:
        """A live account, or one that was detached too where `ended` ones are wanted."""
        found = _select(ended=ended).where(cloud_accounts.c.id == cloud_account_id)
        row = await self._tx.one_or_none(found)
        return None if row is None else _account(row)

    async def find_by_number(
        self, organization_id: UUID, provider: str, account_id: str
    ) -> CloudAccount | None:
        """An organization's account by the provider's own id."""
        found = _select().where(
            cloud_accounts.c.organization_id == organization_id,
            cloud_accounts.c.provider == provider,
            cloud_accounts.c.account_id == account_id,
        )
        row = await self._tx.one_or_none(found)
        return None if row is None else _account(row)

    async def get(self, cloud_account_id: UUID, *, ended: bool = False) -> CloudAccount:
        """The account, as `find`; its row is locked. Raises NotFound."""
        found = _select(ended=ended).where(cloud_accounts.c.id == cloud_account_id)
        row = await self._tx.one_or_none(found.with_for_update())
        if row is None:
            raise NotFound
        return _account(row)

    async def get_all(self, cloud_account_ids: Collection[UUID]) -> list[CloudAccount]:
        """All of these; their rows are locked. Raises NotFound when one is not there."""
        wanted = set(cloud_account_ids)
        found = _select().where(cloud_accounts.c.id.in_(wanted)).order_by(cloud_accounts.c.id)
        rows = await self._tx.all(found.with_for_update())
        if len(rows) != len(wanted):
            raise NotFound
        return [_account(row) for row in rows]

    async def list_of(self, organization_id: UUID) -> list[CloudAccount]:
        """All of an organization, by the provider's id."""
        found = _select().where(cloud_accounts.c.organization_id == organization_id)
        return [
            _account(row) for row in await self._tx.all(found.order_by(cloud_accounts.c.account_id))
        ]

    async def list_of_payer(self, company_id: UUID, payer_account_id: str) -> list[CloudAccount]:
        """The company's accounts that one payer pays for, itself included; rows are locked."""
        found = _select().where(
            cloud_accounts.c.company_id == company_id,
            cloud_accounts.c.payer_account_id == payer_account_id,
        )
        # The payer's row first, as a check of it locks them: in one order nobody waits in a ring.
        linked = cloud_accounts.c.account_id != payer_account_id
        rows = await self._tx.all(found.order_by(linked, cloud_accounts.c.id).with_for_update())
        return [_account(row) for row in rows]

    async def list_by_numbers(
        self, company_id: UUID, provider: str, account_ids: Iterable[str]
    ) -> list[CloudAccount]:
        """Those of the company's accounts that the provider calls by these ids."""
        found = _select().where(
            cloud_accounts.c.company_id == company_id,
            cloud_accounts.c.provider == provider,
            cloud_accounts.c.account_id.in_(list(account_ids)),
        )
        return [_account(row) for row in await self._tx.all(found.order_by(cloud_accounts.c.id))]

    async def page(self, request: PageRequest, connection: str | None) -> Page[CloudAccount]:
        """A page of the transaction's organization; detached ones where they are asked for."""
        found = _select(ended=connection == "to_be_deleted").where(
            cloud_accounts.c.organization_id == self._tx.organization_id
        )
        if connection is not None:
            found = found.where(cloud_accounts.c.connection == connection)
        return await self._page(found, request)

    async def page_linked(self, request: PageRequest) -> Page[CloudAccount]:
        """A page of the accounts that payers of the transaction's company have brought in."""
        company = cloud_accounts.c.company_id == self._tx.company_id
        found = _select().where(company, cloud_accounts.c.origin == "linked")
        return await self._page(found, request)

    async def _page(self, found: Any, request: PageRequest) -> Page[CloudAccount]:  # noqa: ANN401 - as `_select`
        sortable = {name: cloud_accounts.c[name] for name in ("name", "account_id", "created_at")}
        return await read_page(
            self._tx,
            found,
            request,
            sortable=sortable,
            default="account_id",
            unique=cloud_accounts.c.id,
            make=_account,
        )

    async def add(self, **values: Any) -> CloudAccount:  # noqa: ANN401 - columns by name
        """A new account. Raises IntegrityError when a unique index stands against it."""
        new = insert(cloud_accounts).values(findings=[], created_at=self._tx.now, **values)
        return _account(await self._tx.one(new.returning(*_COLUMNS)))

    async def add_free(self, **values: Any) -> CloudAccount | None:  # noqa: ANN401 - columns by name
        """A new account; None when somebody has it already."""
        try:
            async with self._tx.connection.begin_nested():
                return await self.add(**values)
        except IntegrityError:
            return None

    async def prove(self, cloud_account_id: UUID) -> CloudAccount | None:
        """Make it the organization's own; None when another organization was first (ING-1)."""
        try:
            async with self._tx.connection.begin_nested():
                return await self.change(cloud_account_id, proven_at=self._tx.now)
        except IntegrityError:
            return None

    async def change(
        self,
        cloud_account_id: UUID,
        **values: Any,  # noqa: ANN401 - columns by name
    ) -> CloudAccount:
        """Set columns; counts as a new version."""
        return await self._set(cloud_account_id, version=cloud_accounts.c.version + 1, **values)

    async def note(
        self,
        cloud_account_id: UUID,
        **values: Any,  # noqa: ANN401 - columns by name
    ) -> CloudAccount:
        """Set columns that nobody is told of: when it was looked at, and what was found."""
        if "findings" in values:
            values["findings"] = [asdict(finding) for finding in values["findings"]]
        return await self._set(cloud_account_id, **values)

    async def _set(
        self,
        cloud_account_id: UUID,
        **values: Any,  # noqa: ANN401 - columns by name
    ) -> CloudAccount:
        change = update(cloud_accounts).where(cloud_accounts.c.id == cloud_account_id)
        return _account(await self._tx.one(change.values(**values).returning(*_COLUMNS)))

    async def end(self, cloud_account_id: UUID) -> None:
        """Take the account out of the living; it can be registered again."""
        gone = update(cloud_accounts).where(cloud_accounts.c.id == cloud_account_id)
        await self._tx.execute(gone.values(detached_at=self._tx.now, next_check_at=None))

    async def claim_due(self) -> CloudAccount | None:
        """One account whose check is due, for this worker alone as long as the lease lasts."""
        due = (
            select(cloud_accounts.c.id)
            .where(_LIVE, cloud_accounts.c.next_check_at <= self._tx.now)
            .order_by(cloud_accounts.c.next_check_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = await self._tx.scalar(due)
        if found is None:
            return None
        return await self.note(found, next_check_at=self._tx.now + LEASE)


class MoveRepository:
    """Who gave which account to which organization; company scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, account: CloudAccount, from_organization_id: UUID) -> None:
        """Note that `account`, as it is now, came from another organization."""
        actor = self._tx.origin.actor
        new = insert(cloud_account_moves).values(
            id=new_id(),
            cloud_account_id=account.id,
            company_id=account.company_id,
            from_organization_id=from_organization_id,
            to_organization_id=account.organization_id,
            moved_by=UUID(actor.id) if actor and actor.kind == "user" else None,
            moved_at=self._tx.now,
        )
        await self._tx.execute(new)

    async def list_of(self, cloud_account_id: UUID) -> list[Move]:
        """An account's moves, newest first."""
        found = select(*_MOVE).where(cloud_account_moves.c.cloud_account_id == cloud_account_id)
        newest = found.order_by(cloud_account_moves.c.id.desc())
        return [Move(**row._mapping) for row in await self._tx.all(newest)]


def _select(*, ended: bool = False) -> Any:  # noqa: ANN401 - SQLAlchemy types a column list by its length
    found = select(*_COLUMNS)
    return found if ended else found.where(_LIVE)


def _account(row: Row[Any]) -> CloudAccount:
    known = row._mapping
    values = {name: known[name] for name in CloudAccount.__dataclass_fields__}
    findings = tuple(
        Finding(each["capability"], tuple(each["granted"]), tuple(each["missing"]))
        for each in values["findings"]
    )
    return CloudAccount(
        **values | {"capabilities": tuple(values["capabilities"]), "findings": findings}
    )
