"""How routers get their use cases from the wiring."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from finops_commitments.alerts.service import AlertService
from finops_commitments.figures.service import FigureService
from finops_commitments.findings.service import FindingService
from finops_commitments.inventory.service import InventoryService
from finops_commitments.recommendations.service import RecommendationService
from finops_common.app import wired
from finops_common.clock import Clock
from finops_common.i18n import Language, preferred_language


def _now(clock: Annotated[Clock, Depends(wired("clock"))]) -> datetime:
    return clock()


def spoken_language(request: Request) -> Language:
    """The best language for the request's `Accept-Language`."""
    return preferred_language(request.headers.get("accept-language"))


SpeaksLanguage = Annotated[Language, Depends(spoken_language)]
FigureAnswers = Annotated[FigureService, Depends(wired("figures"))]
Commitments = Annotated[InventoryService, Depends(wired("inventory"))]
Alerts = Annotated[AlertService, Depends(wired("alerts"))]
Findings = Annotated[FindingService, Depends(wired("findings"))]
RecommendationAnswers = Annotated[RecommendationService, Depends(wired("recommendations"))]
Now = Annotated[datetime, Depends(_now)]
