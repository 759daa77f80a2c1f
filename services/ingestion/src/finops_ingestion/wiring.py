"""Builds everything ingestion is made of from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from finops_common.clock import Clock, utc_now
from finops_common.contracts.ingestion import Provider
from finops_common.essentials import Essentials, essentials
from finops_ingestion.accounts.moving import MoveService
from finops_ingestion.accounts.service import AccountService
from finops_ingestion.connections.adapters.aws import Aws
from finops_ingestion.connections.adapters.azure import AzureEndpoints
from finops_ingestion.connections.adapters.clouds import AzureCloud, Clouds, GoogleCloud
from finops_ingestion.connections.adapters.gcp import GoogleEndpoints
from finops_ingestion.connections.adapters.rest import Rest
from finops_ingestion.connections.detaching import DetachService
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.connections.stacks import StackService
from finops_ingestion.costs.bridge.service import BridgeService
from finops_ingestion.costs.currencies.service import RateService
from finops_ingestion.costs.deliveries.service import DeliveryService
from finops_ingestion.costs.deliveries.wiring import DeliveryParts, delivery_parts
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
from finops_ingestion.importing import Importing, importing
from finops_ingestion.imports.backfilling import BackfillService
from finops_ingestion.imports.erasing import erase
from finops_ingestion.imports.freshness import freshness
from finops_ingestion.imports.queueing import queue_recuts, stop_imports
from finops_ingestion.imports.revisions import RevisionService
from finops_ingestion.imports.service import ImportService
from finops_ingestion.inventory.adapters import AwsCommitments
from finops_ingestion.inventory.azure import AzureCommitments
from finops_ingestion.inventory.domain import Lister
from finops_ingestion.inventory.google import GoogleCommitments
from finops_ingestion.inventory.service import InventoryService
from finops_ingestion.offers.adapters import AwsOffers
from finops_ingestion.offers.service import OfferService
from finops_ingestion.reconciliation.service import ReconciliationService
from finops_ingestion.settings import Settings


@dataclass(frozen=True)
class Wiring:
    """The use cases of one process."""

    essentials: Essentials
    accounts: AccountService
    moves: MoveService
    detaching: DetachService
    connections: ConnectionService
    stacks: StackService
    drafts: DraftService
    inventory: InventoryService
    offers: OfferService
    importing: Importing
    imports: ImportService
    backfill: BackfillService
    folders: FolderService
    revisions: RevisionService
    reconciliations: ReconciliationService
    costs: CostService
    line_items: LineItemService
    tags: TagService
    bridges: BridgeService
    pictures: PictureService
    cost_groups: CostGroupService
    exchange_rates: RateService
    saved_queries: SavedService
    dashboards: SavedService
    layouts: LayoutService
    exports: ExportService
    delivering: DeliveryParts
    deliveries: DeliveryService
    searching: SearchService
    overviews: OverviewService


@asynccontextmanager
async def wire(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Wiring]:
    """Everything, wired; closed at the end."""
    async with AsyncExitStack() as stack:
        shared = await stack.enter_async_context(essentials("ingestion", settings, clock=clock))
        database, aws = shared.database, _aws(settings)
        clouds = other_clouds(settings, shared)
        connections = ConnectionService(database, shared.sealer, aws, clouds)
        named = settings.aws_reservation_regions
        regions = named.split(",") if named else None
        listers: Mapping[Provider, Lister] = {
            "AWS": AwsCommitments(aws, regions),
            "Microsoft": AzureCommitments(),
            "Google Cloud": GoogleCommitments(),
        }
        bills = await stack.enter_async_context(importing(settings, database, connections.bills))
        stacks = _stacks(settings, shared)
        delivering = await stack.enter_async_context(
            delivery_parts(settings, database, shared.sealer, aws, bills.standing)
        )
        yield Wiring(
            essentials=shared,
            accounts=AccountService(database, freshness),
            moves=MoveService(database, queue_recuts),
            detaching=DetachService(database, stop_imports, erase),
            connections=connections,
            stacks=stacks,
            drafts=DraftService(database, shared.sealer, connections, stacks),
            inventory=InventoryService(database, connections, listers),
            offers=OfferService(database, connections, AwsOffers(aws, regions)),
            importing=bills,
            imports=bills.imports,
            backfill=BackfillService(database, connections.bills),
            folders=FolderService(database, connections.bills),
            revisions=bills.revisions,
            reconciliations=ReconciliationService(database),
            costs=bills.costs,
            line_items=bills.line_items,
            tags=bills.tags,
            bridges=bills.bridges,
            pictures=PictureService(bills.costs, bills.bridges, bills.cost_groups),
            cost_groups=bills.cost_groups,
            exchange_rates=bills.exchange_rates,
            saved_queries=SavedService(database, "query"),
            dashboards=SavedService(database, "dashboard"),
            layouts=LayoutService(database),
            exports=bills.exports,
            delivering=delivering,
            deliveries=delivering.service,
            searching=bills.searching,
            overviews=bills.overviews,
        )


def other_clouds(settings: Settings, shared: Essentials) -> Clouds:
    """Azure and Google Cloud, answering where the settings say."""
    rest = Rest(shared.http)
    azure = AzureEndpoints(
        settings.azure_login_url, settings.azure_management_url, settings.azure_blob_url
    )
    google = GoogleEndpoints(
        settings.gcp_token_url, settings.gcp_bigquery_url, settings.gcp_billing_url
    )
    return {
        "Microsoft": AzureCloud(rest, azure, shared.clock),
        "Google Cloud": GoogleCloud(rest, google, shared.clock),
    }


def _stacks(settings: Settings, shared: Essentials) -> StackService:
    return StackService(
        shared.database,
        shared.sealer,
        settings.aws_platform_principal,
        settings.aws_template_url,
        settings.aws_region,
    )


def _aws(settings: Settings) -> Aws:
    key, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    return Aws(
        settings.aws_region,
        settings.aws_endpoint_url,
        key.get_secret_value() if key else None,
        secret.get_secret_value() if secret else None,
    )
