"""How routers get their use cases from the wiring."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from finops_commitments.alerts.service import AlertService
from finops_commitments.entered.service import EnteredService
from finops_commitments.figures.service import FigureService
from finops_commitments.findings.service import FindingService
from finops_commitments.inventory.service import InventoryService
from finops_commitments.planned_changes.schemas import PlannedChangeBody
from finops_commitments.recommendations.service import RecommendationService
from finops_commitments.spend_contracts.schemas import SpendContractBody
from finops_commitments.spend_contracts.service import SpendContractService
from finops_common.app import wired
from finops_common.clock import Clock


def _now(clock: Annotated[Clock, Depends(wired("clock"))]) -> datetime:
    return clock()


FigureAnswers = Annotated[FigureService, Depends(wired("figures"))]
Commitments = Annotated[InventoryService, Depends(wired("inventory"))]
Alerts = Annotated[AlertService, Depends(wired("alerts"))]
Findings = Annotated[FindingService, Depends(wired("findings"))]
RecommendationAnswers = Annotated[RecommendationService, Depends(wired("recommendations"))]
PlannedChanges = Annotated[EnteredService[PlannedChangeBody], Depends(wired("planned_changes"))]
EnteredContracts = Annotated[EnteredService[SpendContractBody], Depends(wired("entered_contracts"))]
SpendContracts = Annotated[SpendContractService, Depends(wired("spend_contracts"))]
Now = Annotated[datetime, Depends(_now)]
