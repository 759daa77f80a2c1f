"""audit-log as a service: its routers, its worker, its topics."""

from pathlib import Path

from fastapi import FastAPI

from finops_audit_log.actions.router import router as actions
from finops_audit_log.entries.router import companies, mine, organizations
from finops_audit_log.patterns.router import router as patterns
from finops_audit_log.settings import Settings
from finops_audit_log.wiring import wire
from finops_audit_log.worker import work
from finops_common.app import build_app
from finops_common.contracts.catalogue import topics_of
from finops_common.service import Service


def create_app(settings: Settings) -> FastAPI:
    """The API of audit-log."""
    return build_app(
        "audit-log",
        "Who did what, when: append only",
        lambda: wire(settings),
        routers=[mine, organizations, companies, patterns, actions],
        trusted_hops=settings.trusted_proxy_hops,
    )


SERVICE = Service(
    name="audit-log",
    settings=Settings,
    create_app=create_app,
    work=work,
    migrations=Path(__file__).parents[2] / "migrations",
    topics=topics_of("audit-log"),
)
