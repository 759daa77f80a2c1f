"""What a new price list means here: fetch it (COM-46)."""

from finops_common.contracts.ingestion import OffersListed
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope
from finops_common.jobs import enqueue

FETCH = "commitments.fetch-offers"


async def on_offers_listed(message: Envelope[OffersListed], tx: Transaction) -> None:
    """Queue the fetching: no network inside a transaction."""
    event = message.data
    payload = {
        "provider": event.provider,
        "payer_account_id": event.payer_account_id,
        "price_list_id": str(event.price_list_id),
    }
    await enqueue(tx, FETCH, payload, job_id=event.price_list_id)
