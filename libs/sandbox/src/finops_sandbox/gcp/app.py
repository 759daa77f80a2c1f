"""Puts the simulated Google Cloud together."""

from fastapi import FastAPI

from finops_sandbox.gcp import bigquery, billing, catalog, tokens
from finops_sandbox.gcp.errors import GoogleError, answer
from finops_sandbox.gcp.state import State


def create_app(state: State) -> FastAPI:
    """Every API at the root: their paths do not meet."""
    app = FastAPI(title="Simulated Google Cloud", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.google = state
    app.add_exception_handler(GoogleError, answer)
    app.include_router(tokens.router)
    app.include_router(billing.router)
    app.include_router(bigquery.router)
    app.include_router(catalog.router)
    return app
