"""commitments as a service: its routers, its worker, its topics."""

from pathlib import Path

from fastapi import FastAPI

from finops_commitments.agreement.router import router as agreement
from finops_commitments.alerts.router import router as alerts
from finops_commitments.backtest.router import router as backtests
from finops_commitments.charts.router import router as charts
from finops_commitments.expiries.router import router as expiries
from finops_commitments.exports.router import router as exports
from finops_commitments.figures.router import router as figures
from finops_commitments.findings.router import router as findings
from finops_commitments.hot_spots.router import router as hot_spots
from finops_commitments.inventory.router import router as inventory
from finops_commitments.planned_changes.router import router as planned_changes
from finops_commitments.recommendations.internal import router as internal_recommendations
from finops_commitments.recommendations.router import router as recommendations
from finops_commitments.remaining.router import router as remaining
from finops_commitments.resource_pools.router import router as resource_pools
from finops_commitments.risks.router import router as risks
from finops_commitments.settings import Settings
from finops_commitments.spend_contracts.router import router as spend_contracts
from finops_commitments.wiring import wire
from finops_commitments.worker import work
from finops_common.app import build_app
from finops_common.contracts.catalogue import topics_of
from finops_common.service import Service


def create_app(settings: Settings) -> FastAPI:
    """The API of commitments."""
    return build_app(
        "commitments",
        "What was committed to, how well it is used, what it covers, and what to buy next",
        lambda: wire(settings),
        routers=[
            figures,
            inventory,
            findings,
            alerts,
            recommendations,
            exports,
            charts,
            remaining,
            hot_spots,
            resource_pools,
            backtests,
            agreement,
            expiries,
            risks,
            planned_changes,
            spend_contracts,
        ],
        internal=[internal_recommendations],
        trusted_hops=settings.trusted_proxy_hops,
    )


SERVICE = Service(
    name="commitments",
    settings=Settings,
    create_app=create_app,
    work=work,
    migrations=Path(__file__).parents[2] / "migrations",
    topics=topics_of("commitments"),
)
