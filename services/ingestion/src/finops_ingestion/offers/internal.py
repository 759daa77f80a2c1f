"""What other services ask about offers."""

from uuid import UUID

from fastapi import APIRouter, Response

from finops_common.contracts.ingestion import PriceList
from finops_ingestion.dependencies import Offers

router = APIRouter(tags=["offers"])


@router.get("/offers/{price_list_id}", summary="A dated price list", response_model=PriceList)
async def read_price_list(price_list_id: UUID, offers: Offers) -> Response:
    """Its rows, as they were read from the provider. Kept 30 days."""
    # Stored as the answer: tens of thousands of rows are not built anew each time.
    return Response(await offers.content(price_list_id), media_type="application/json")
