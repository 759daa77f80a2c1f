"""Dated price lists: read daily with a payer's own session or key, kept, announced, handed out."""

import zlib
from datetime import date, timedelta
from uuid import UUID

from anyio import to_thread
from sqlalchemy import delete, insert, select

from finops_common.acting import Acting
from finops_common.contracts.ingestion import OffersListed, PriceList
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound
from finops_common.ids import new_id
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.accounts.turns import claim_turn, set_turn
from finops_ingestion.connections.domain import ConnectionBrokenError
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.offers.adapters import AwsOffers
from finops_ingestion.offers.azure import AzureOffers
from finops_ingestion.offers.google import google_offers
from finops_ingestion.offers.tables import price_lists

EVERY = timedelta(days=1)
SOON = timedelta(hours=1)
"""As often until there is an answer: Azure is asked for where bills are from, Google may not let us."""
KEPT = timedelta(days=30)
"""Who was told of a list finds it that long."""


class OfferService:
    """Use cases of offers."""

    def __init__(
        self,
        database: Database,
        connections: ConnectionService,
        aws: AwsOffers,
        azure: AzureOffers,
    ) -> None:
        self._database = database
        self._connections = connections
        self._aws = aws
        self._azure = azure

    async def list_next(self) -> bool:
        """Read the price list of one payer that is due; False when none is."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            source, today = await claim_turn(tx, "offers"), tx.now.date()
        if source is None:
            return False
        rates, reservations = await self._listed(source, today)
        acting = Acting(scopes.company(source.company_id))
        async with self._database.transaction(acting) as tx:
            again = EVERY if rates or reservations or source.provider == "AWS" else SOON
            await set_turn(tx, source, "offers", tx.now + again)
            if rates or reservations:
                found = PriceList(
                    price_list_id=new_id(),
                    listed_at=tx.now,
                    rows=rates,
                    reservations=reservations,
                )
                content = await to_thread.run_sync(_packed, found)
                await self._keep(tx, source, found, content)
        return True

    async def content(self, price_list_id: UUID) -> bytes:
        """A `PriceList` as JSON. Raises NotFound."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            found = select(price_lists.c.content).where(price_lists.c.id == price_list_id)
            packed = await tx.scalar(found)
        if packed is None:
            raise NotFound
        return await to_thread.run_sync(zlib.decompress, packed)

    async def _listed(
        self, source: BillingSource, today: date
    ) -> tuple[list[SavingsPlanRate], list[ReservationOffer]]:
        """Plans and reservations on offer; none of a payer that lets nobody in."""
        if source.provider == "Microsoft":
            return await self._azure.listed(source, today)
        if source.cloud_account_id is None:
            return [], []
        try:
            session = await self._connections.session(source.cloud_account_id)
            if source.provider == "Google Cloud":
                return await google_offers(session, source.payer_account_id or "")
        except ConnectionBrokenError:
            return [], []
        return await self._aws.plan_rates(session), await self._aws.reservations(session)

    async def _keep(
        self, tx: Transaction, source: BillingSource, found: PriceList, content: bytes
    ) -> None:
        facts = {
            "provider": source.provider,
            "payer_account_id": source.payer_account_id or "",
            "listed_at": found.listed_at,
            "rows": len(found.rows) + len(found.reservations),
        }
        new = insert(price_lists).values(
            id=found.price_list_id, company_id=source.company_id, content=content, **facts
        )
        await tx.execute(new)
        old = price_lists.c.listed_at < tx.now - KEPT
        await tx.execute(delete(price_lists).where(old))
        event = OffersListed.model_validate({"price_list_id": found.price_list_id, **facts})
        tx.publish(event, organization_id=source.organization_id)


def _packed(found: PriceList) -> bytes:
    return zlib.compress(found.model_dump_json().encode())
