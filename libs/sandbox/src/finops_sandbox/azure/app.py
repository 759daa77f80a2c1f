"""Puts the simulated Azure together."""

from fastapi import FastAPI

from finops_sandbox.azure import benefits, blobs, login, management
from finops_sandbox.azure.errors import AzureError, answer
from finops_sandbox.azure.state import State


def create_app(state: State) -> FastAPI:
    """Log-in below /login, storage accounts below /blob, the resource manager at the root."""
    app = FastAPI(title="Simulated Azure", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.azure = state
    app.add_exception_handler(AzureError, answer)
    app.include_router(login.router, prefix="/login")
    app.include_router(blobs.router)
    app.include_router(management.router)
    app.include_router(benefits.router)
    return app
