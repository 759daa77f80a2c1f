"""How routers get their use cases from the wiring."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from finops_common.app import wired
from finops_common.essentials import Essentials
from finops_common.i18n import Language, preferred_language
from finops_ingestion.accounts.moving import MoveService
from finops_ingestion.accounts.service import AccountService
from finops_ingestion.connections.detaching import DetachService
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.connections.stacks import StackService
from finops_ingestion.costs.bridge.service import BridgeService
from finops_ingestion.costs.currencies.service import RateService
from finops_ingestion.costs.deliveries.service import DeliveryService
from finops_ingestion.costs.exports.service import ExportService
from finops_ingestion.costs.groups.service import CostGroupService
from finops_ingestion.costs.line_items.service import LineItemService
from finops_ingestion.costs.overview.service import OverviewService
from finops_ingestion.costs.pictures.service import PictureService
from finops_ingestion.costs.saved.dashboards.service import LayoutService
from finops_ingestion.costs.saved.service import SavedService
from finops_ingestion.costs.search.service import SearchService
from finops_ingestion.costs.service import CostService
from finops_ingestion.costs.tags.service import TagService
from finops_ingestion.drafts.service import DraftService
from finops_ingestion.folders.service import FolderService
from finops_ingestion.imports.backfilling import BackfillService
from finops_ingestion.imports.revisions import RevisionService
from finops_ingestion.imports.service import ImportService
from finops_ingestion.offers.service import OfferService
from finops_ingestion.reconciliation.service import ReconciliationService


async def spoken_language(request: Request) -> Language:
    """The best language for the request's `Accept-Language`."""
    return preferred_language(request.headers.get("accept-language"))


async def today(request: Request) -> date:
    """The day on which a request is answered, UTC."""
    essentials: Essentials = request.app.state.essentials
    return essentials.clock().date()


SpeaksLanguage = Annotated[Language, Depends(spoken_language)]
Today = Annotated[date, Depends(today)]
Accounts = Annotated[AccountService, Depends(wired("accounts"))]
Moves = Annotated[MoveService, Depends(wired("moves"))]
Detaching = Annotated[DetachService, Depends(wired("detaching"))]
Connections = Annotated[ConnectionService, Depends(wired("connections"))]
Drafts = Annotated[DraftService, Depends(wired("drafts"))]
Stacks = Annotated[StackService, Depends(wired("stacks"))]
Offers = Annotated[OfferService, Depends(wired("offers"))]
Imports = Annotated[ImportService, Depends(wired("imports"))]
Backfill = Annotated[BackfillService, Depends(wired("backfill"))]
Folders = Annotated[FolderService, Depends(wired("folders"))]
Revisions = Annotated[RevisionService, Depends(wired("revisions"))]
Reconciliations = Annotated[ReconciliationService, Depends(wired("reconciliations"))]
CostQueries = Annotated[CostService, Depends(wired("costs"))]
LineItems = Annotated[LineItemService, Depends(wired("line_items"))]
Tags = Annotated[TagService, Depends(wired("tags"))]
Bridges = Annotated[BridgeService, Depends(wired("bridges"))]
Pictures = Annotated[PictureService, Depends(wired("pictures"))]
CostGroups = Annotated[CostGroupService, Depends(wired("cost_groups"))]
ExchangeRates = Annotated[RateService, Depends(wired("exchange_rates"))]
SavedQueries = Annotated[SavedService, Depends(wired("saved_queries"))]
Dashboards = Annotated[SavedService, Depends(wired("dashboards"))]
Layouts = Annotated[LayoutService, Depends(wired("layouts"))]
Deliveries = Annotated[DeliveryService, Depends(wired("deliveries"))]
Exports = Annotated[ExportService, Depends(wired("exports"))]
Searching = Annotated[SearchService, Depends(wired("searching"))]
Overviews = Annotated[OverviewService, Depends(wired("overviews"))]
