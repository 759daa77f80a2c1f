"""billing as a service: its routers, its worker, its topics."""

from pathlib import Path

from fastapi import FastAPI

from finops_billing.entitlements.router import router as entitlements
from finops_billing.price_lists.router import router as price_lists
from finops_billing.settings import Settings
from finops_billing.subscriptions.router import overview
from finops_billing.subscriptions.router import router as subscriptions
from finops_billing.wiring import wire
from finops_billing.worker import work
from finops_common.app import build_app
from finops_common.contracts.catalogue import topics_of
from finops_common.service import Service


def create_app(settings: Settings) -> FastAPI:
    """The API of billing."""
    return build_app(
        "billing",
        "Editions, price lists and subscriptions",
        lambda: wire(settings),
        routers=[price_lists, entitlements, overview, subscriptions],
        trusted_hops=settings.trusted_proxy_hops,
    )


SERVICE = Service(
    name="billing",
    settings=Settings,
    create_app=create_app,
    work=work,
    migrations=Path(__file__).parents[2] / "migrations",
    topics=topics_of("billing"),
)
