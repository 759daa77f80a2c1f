"""autosavings as a service: its routers, its worker, its topics."""

from pathlib import Path

from fastapi import FastAPI

from finops_autosavings.activations.router import router as activations
from finops_autosavings.plans.router import router as plans
from finops_autosavings.policies.router import router as policies
from finops_autosavings.settings import Settings
from finops_autosavings.switches.router import router as switches
from finops_autosavings.wiring import wire
from finops_autosavings.worker import work
from finops_common.app import build_app
from finops_common.contracts.catalogue import topics_of
from finops_common.service import Service


def create_app(settings: Settings) -> FastAPI:
    """The API of autosavings."""
    return build_app(
        "autosavings",
        "Plans, approvals and purchases of commitments",
        lambda: wire(settings),
        routers=[activations, policies, switches, plans],
        trusted_hops=settings.trusted_proxy_hops,
    )


SERVICE = Service(
    name="autosavings",
    settings=Settings,
    create_app=create_app,
    work=work,
    migrations=Path(__file__).parents[2] / "migrations",
    topics=topics_of("autosavings"),
)
