"""ingestion as a service: its routers, its worker, its topics."""

from pathlib import Path

from fastapi import FastAPI

from finops_common.app import build_app
from finops_common.contracts.catalogue import topics_of
from finops_common.service import Service
from finops_ingestion.accounts.internal import router as internal_accounts
from finops_ingestion.accounts.router import company_linked_accounts, linked_accounts
from finops_ingestion.accounts.router import router as accounts
from finops_ingestion.connections.router import aws
from finops_ingestion.connections.router import router as connections
from finops_ingestion.costs.bridge.router import router as bridge
from finops_ingestion.costs.currencies.router import router as exchange_rates
from finops_ingestion.costs.deliveries.router import router as deliveries
from finops_ingestion.costs.exports.router import costs_export, lines_export
from finops_ingestion.costs.groups.internal import router as internal_cost_groups
from finops_ingestion.costs.groups.router import router as cost_groups
from finops_ingestion.costs.line_items.router import router as line_items
from finops_ingestion.costs.overview.router import router as overview
from finops_ingestion.costs.pictures.router import router as pictures
from finops_ingestion.costs.router import router as costs
from finops_ingestion.costs.saved.dashboards.router import router as dashboards
from finops_ingestion.costs.saved.router import router as saved_queries
from finops_ingestion.costs.search.router import router as search
from finops_ingestion.costs.tags.router import router as tags
from finops_ingestion.drafts.router import router as drafts
from finops_ingestion.folders.router import router as billing_folders
from finops_ingestion.imports.internal import router as internal_revisions
from finops_ingestion.imports.router import imports_router, sources_router, uploads_router
from finops_ingestion.imports.uploading import UploadStream
from finops_ingestion.offers.internal import router as internal_offers
from finops_ingestion.reconciliation.router import router as reconciliations
from finops_ingestion.settings import Settings
from finops_ingestion.wiring import wire
from finops_ingestion.worker import work


def create_app(settings: Settings) -> FastAPI:
    """The API of ingestion."""
    app = build_app(
        "ingestion",
        "Cloud accounts, imports, cost records and what they cost",
        lambda: wire(settings),
        routers=[
            accounts,
            linked_accounts,
            company_linked_accounts,
            connections,
            drafts,
            aws,
            imports_router,
            sources_router,
            billing_folders,
            uploads_router,
            reconciliations,
            costs,
            line_items,
            tags,
            bridge,
            pictures,
            cost_groups,
            exchange_rates,
            saved_queries,
            dashboards,
            costs_export,
            lines_export,
            deliveries,
            search,
            overview,
        ],
        internal=[internal_accounts, internal_cost_groups, internal_offers, internal_revisions],
        trusted_hops=settings.trusted_proxy_hops,
    )
    app.add_middleware(UploadStream)
    return app


SERVICE = Service(
    name="ingestion",
    settings=Settings,
    create_app=create_app,
    work=work,
    migrations=Path(__file__).parents[2] / "migrations",
    topics=topics_of("ingestion"),
)
