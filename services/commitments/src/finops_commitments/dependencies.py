"""How routers get their use cases from the wiring."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header

from finops_commitments.agreement.service import AgreementService
from finops_commitments.alerts.recipients import AlertRecipients
from finops_commitments.alerts.service import AlertService
from finops_commitments.backtest.service import BacktestService
from finops_commitments.charts.service import ChartService
from finops_commitments.entered.service import EnteredService
from finops_commitments.expiries.service import ExpiryService
from finops_commitments.exports.service import ExportService
from finops_commitments.figures.service import FigureService
from finops_commitments.findings.service import FindingService
from finops_commitments.hot_spots.service import HotSpotService
from finops_commitments.inventory.service import InventoryService
from finops_commitments.planned_changes.schemas import PlannedChangeBody
from finops_commitments.recommendations.service import RecommendationService
from finops_commitments.remaining.service import RemainingService
from finops_commitments.resource_pools.service import ResourcePoolService
from finops_commitments.risks.service import RiskService
from finops_commitments.spend_contracts.schemas import SpendContractBody
from finops_commitments.spend_contracts.service import SpendContractService
from finops_common.app import wired
from finops_common.clock import Clock
from finops_common.i18n import Language, preferred_language


async def _now(clock: Annotated[Clock, Depends(wired("clock"))]) -> datetime:
    return clock()


Charts = Annotated[ChartService, Depends(wired("charts"))]
Exports = Annotated[ExportService, Depends(wired("exports"))]


async def spoken_language(
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> Language:
    """The best language for the request's `Accept-Language`."""
    return preferred_language(accept_language)


SpeaksLanguage = Annotated[Language, Depends(spoken_language)]
FigureAnswers = Annotated[FigureService, Depends(wired("figures"))]
Commitments = Annotated[InventoryService, Depends(wired("inventory"))]
AgreementAnswers = Annotated[AgreementService, Depends(wired("agreement"))]
ExpiryAnswers = Annotated[ExpiryService, Depends(wired("expiries"))]
RiskAnswers = Annotated[RiskService, Depends(wired("risks"))]
Alerts = Annotated[AlertService, Depends(wired("alerts"))]
ChosenRecipients = Annotated[EnteredService[AlertRecipients], Depends(wired("alert_recipients"))]
Findings = Annotated[FindingService, Depends(wired("findings"))]
RemainingAnswers = Annotated[RemainingService, Depends(wired("remaining"))]
HotSpotAnswers = Annotated[HotSpotService, Depends(wired("hot_spots"))]
ResourcePoolAnswers = Annotated[ResourcePoolService, Depends(wired("resource_pools"))]
RecommendationAnswers = Annotated[RecommendationService, Depends(wired("recommendations"))]
BacktestAnswers = Annotated[BacktestService, Depends(wired("backtests"))]
PlannedChanges = Annotated[EnteredService[PlannedChangeBody], Depends(wired("planned_changes"))]
EnteredContracts = Annotated[EnteredService[SpendContractBody], Depends(wired("entered_contracts"))]
SpendContracts = Annotated[SpendContractService, Depends(wired("spend_contracts"))]
Now = Annotated[datetime, Depends(_now)]
