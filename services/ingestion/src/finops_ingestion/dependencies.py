"""How routers get their use cases from the wiring."""

from typing import Annotated

from fastapi import Depends, Request

from finops_common.app import wired
from finops_common.i18n import Language, preferred_language
from finops_ingestion.accounts.service import AccountService
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.connections.stacks import StackService
from finops_ingestion.costs.service import CostService
from finops_ingestion.imports.revisions import RevisionService
from finops_ingestion.imports.service import ImportService
from finops_ingestion.offers.service import OfferService


def spoken_language(request: Request) -> Language:
    """The best language for the request's `Accept-Language`."""
    return preferred_language(request.headers.get("accept-language"))


SpeaksLanguage = Annotated[Language, Depends(spoken_language)]
Accounts = Annotated[AccountService, Depends(wired("accounts"))]
Connections = Annotated[ConnectionService, Depends(wired("connections"))]
Stacks = Annotated[StackService, Depends(wired("stacks"))]
Offers = Annotated[OfferService, Depends(wired("offers"))]
Imports = Annotated[ImportService, Depends(wired("imports"))]
Revisions = Annotated[RevisionService, Depends(wired("revisions"))]
CostQueries = Annotated[CostService, Depends(wired("costs"))]
