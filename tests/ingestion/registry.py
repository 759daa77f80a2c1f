"""Accounts and billing sources without a service around them: a real database, and no cloud."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from tests.ingestion.callers import a_caller

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion import Finality
from finops_common.db import scopes
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_common.testing.databases import Databases
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.repository import AccountRepository
from finops_ingestion.accounts.sources import BillingSource, read_export, sources_paid_by
from finops_ingestion.connections.detaching import DetachService
from finops_ingestion.imports.erasing import erase
from finops_ingestion.imports.queueing import stop_imports
from finops_ingestion.imports.tables import periods, revisions, shares

MIGRATIONS = Path(__file__).parents[2] / "services" / "ingestion" / "migrations"
PLACE = {"bucket": "bills", "prefix": "billing/", "region": "us-east-1"}


@dataclass(frozen=True)
class Registry:
    """What one company has registered."""

    database: Database
    company: UUID = field(default_factory=new_id)
    organization: UUID = field(default_factory=new_id)

    @property
    def detaching(self) -> DetachService:
        return DetachService(self.database, stop_imports, erase)

    @property
    def caller(self) -> Caller:
        """An Owner of the company, in its organization."""
        return a_caller(self.company, self.organization)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """In the company's scope."""
        return self.database.transaction(Acting(scopes.company(self.company)))

    async def account(self, number: str | None = None, **facts: Any) -> CloudAccount:  # noqa: ANN401 - columns
        """A registered account; it pays for itself unless `payer_account_id` says otherwise."""
        number = number or f"{secrets.randbelow(9 * 10**11) + 10**11}"
        known: dict[str, Any] = {
            "organization_id": self.organization,
            "payer_account_id": number,
            "origin": "registered",
            "credentials_version": 1,
            "provider": "AWS",
        }
        async with self.transaction() as tx:
            return await AccountRepository(tx).add(
                id=new_id(),
                company_id=self.company,
                account_id=number,
                name=number,
                proven_at=tx.now,
                connection="healthy",
                capabilities=["bills", "accounts"],
                **known | facts,
            )

    async def linked(self, payer: CloudAccount, **facts: Any) -> CloudAccount:  # noqa: ANN401 - columns
        """An account that its payer has brought in."""
        brought = {"origin": "linked", "credentials_version": None}
        return await self.account(payer_account_id=payer.account_id, **brought | facts)

    async def source(self, payer: CloudAccount) -> BillingSource:
        """The source of the payer's bills, as a check of the account leaves it."""
        async with self.transaction() as tx:
            await read_export(tx, payer, name="export", **PLACE)
            (found,) = await sources_paid_by(tx, payer)
        return found

    async def stands(
        self,
        source: BillingSource,
        period: date,
        finality: Finality,
        import_id: UUID | None = None,
    ) -> None:
        """The first revision of a month stands, of a bill of this source that nobody has read."""
        month = {"billing_source_id": source.id, "period": period, "company_id": self.company}
        owner = {"organization_id": source.organization_id}
        async with self.transaction() as tx:
            known = {"revision": 1, "finality": finality, "as_of": tx.now}
            cut = {"fingerprint": "f", "owners": "those of then"}
            await tx.execute(insert(periods).values(**month, **owner, **known, **cut))
            made = {
                "import_id": import_id or new_id(),
                "attempt": new_id(),
                "schema": "cur2",
                "parts": 0,
            }
            row = insert(revisions).values(**month, **known, **made, committed_at=tx.now)
            await tx.execute(row)
            files = {"hourly": f"{source.id}/hourly.parquet"}
            empty = {"parts": 0, "rows": 0, "lines": 0, "totals": []}
            share = insert(shares).values(revision=1, files=files, **month, **owner, **empty)
            await tx.execute(share)


@asynccontextmanager
async def a_registry(databases: Databases) -> AsyncIterator[Registry]:
    """Over a fresh database."""
    stored = await databases.clone("ingestion", MIGRATIONS)
    engine = create_engine(stored.service_url, name="test", pool_size=8)
    yield Registry(Database(engine, "ingestion"))
    await engine.dispose()
