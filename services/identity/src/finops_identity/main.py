"""identity as a service: its routers, its worker, its topics."""

from pathlib import Path

from fastapi import FastAPI

from finops_common.app import build_app
from finops_common.clock import Clock, utc_now
from finops_common.contracts.catalogue import topics_of
from finops_common.service import Service
from finops_identity.accounts.router import router as accounts
from finops_identity.email_changes.router import router as email_changes
from finops_identity.keys.router import router as keys
from finops_identity.passwords.router import router as passwords
from finops_identity.sessions.internal import router as internal_sessions
from finops_identity.sessions.router import router as sessions
from finops_identity.settings import Settings
from finops_identity.wiring import wire
from finops_identity.worker import work


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """The API of identity."""
    return build_app(
        "identity",
        "People, sessions and the proof of who is calling",
        lambda: wire(settings, clock),
        routers=[accounts, email_changes, passwords, sessions, keys],
        internal=[internal_sessions],
        trusted_hops=settings.trusted_proxy_hops,
    )


SERVICE = Service(
    name="identity",
    settings=Settings,
    create_app=create_app,
    work=work,
    migrations=Path(__file__).parents[2] / "migrations",
    topics=topics_of("identity"),
)
