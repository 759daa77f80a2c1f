"""Builds everything commitments is made of from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_commitments.agreement.service import AgreementService
from finops_commitments.alerts import recipients
from finops_commitments.alerts.service import AlertService
from finops_commitments.backtest.service import BacktestService
from finops_commitments.charts.service import ChartService
from finops_commitments.cost_groups.adapters import RemoteCostGroups
from finops_commitments.entered.service import EnteredService
from finops_commitments.expiries.service import ExpiryService
from finops_commitments.exports.service import ExportService
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.service import FigureService
from finops_commitments.findings.assessment import Assessor
from finops_commitments.findings.service import FindingService
from finops_commitments.hot_spots.service import HotSpotService
from finops_commitments.inventory.service import InventoryService
from finops_commitments.offers.adapters import RemotePriceLists
from finops_commitments.offers.service import OfferService
from finops_commitments.planned_changes import schemas as planned_changes
from finops_commitments.recommendations.service import RecommendationService
from finops_commitments.remaining.service import RemainingService
from finops_commitments.resource_pools.service import ResourcePoolService
from finops_commitments.revisions.catching_up import CatchUp, RemoteIngestion
from finops_commitments.risks.service import RiskService
from finops_commitments.settings import Settings
from finops_commitments.spend_contracts import schemas as spend_contracts
from finops_commitments.spend_contracts.service import SpendContractService
from finops_common.clock import Clock
from finops_common.essentials import Essentials, essentials

_MB = 1024 * 1024


@dataclass(frozen=True)
class Wiring:
    """The use cases of one process."""

    essentials: Essentials
    clock: Clock
    records: OpenedRecords
    figures: FigureService
    agreement: AgreementService
    inventory: InventoryService
    expiries: ExpiryService
    risks: RiskService
    offers: OfferService
    recommendations: RecommendationService
    backtests: BacktestService
    findings: FindingService
    alerts: AlertService
    alert_recipients: EnteredService[recipients.AlertRecipients]
    exports: ExportService
    charts: ChartService
    hot_spots: HotSpotService
    resource_pools: ResourcePoolService
    remaining: RemainingService
    assessor: Assessor
    catch_up: CatchUp
    planned_changes: EnteredService[planned_changes.PlannedChangeBody]
    entered_contracts: EnteredService[spend_contracts.SpendContractBody]
    spend_contracts: SpendContractService


@asynccontextmanager
async def wire(settings: Settings) -> AsyncIterator[Wiring]:
    """Everything, wired; closed at the end."""
    async with essentials("commitments", settings) as shared:
        database, clock = shared.database, shared.clock
        records = OpenedRecords(
            database,
            kept_bytes=settings.records_memory_mb * _MB,
            query_memory_mb=settings.query_memory_mb,
            threads=settings.query_threads,
        )
        ingestion = shared.client(settings.ingestion_url, "ingestion")
        inventory = InventoryService(database, records)
        findings = FindingService(database)
        offers = OfferService(database, RemotePriceLists(ingestion))
        cost_groups = RemoteCostGroups(ingestion)
        figures = FigureService(records, cost_groups)
        expiries = ExpiryService(records, inventory)
        changes = EnteredService(database, planned_changes.KIND)
        recommendations = RecommendationService(records, offers, inventory, changes, clock)
        try:
            yield Wiring(
                essentials=shared,
                clock=clock,
                records=records,
                figures=figures,
                agreement=AgreementService(records, inventory),
                inventory=inventory,
                expiries=expiries,
                risks=RiskService(records, inventory, findings),
                offers=offers,
                recommendations=recommendations,
                backtests=BacktestService(records, offers, clock),
                findings=findings,
                alerts=AlertService(database),
                alert_recipients=EnteredService(database, recipients.KIND),
                charts=ChartService(figures, recommendations, expiries),
                remaining=RemainingService(records, inventory),
                hot_spots=HotSpotService(records, offers, cost_groups, clock),
                exports=ExportService(database, records, inventory, recommendations, cost_groups),
                resource_pools=ResourcePoolService(records),
                assessor=Assessor(database, records, inventory, offers, recommendations, clock),
                catch_up=CatchUp(database, RemoteIngestion(ingestion)),
                planned_changes=changes,
                entered_contracts=EnteredService(database, spend_contracts.KIND),
                spend_contracts=SpendContractService(records, changes, clock),
            )
        finally:
            await records.close()
