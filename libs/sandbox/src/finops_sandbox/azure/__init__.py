"""The simulated Azure: log-in, resource manager and Blob storage at one address.

Tests change its `State`; answers follow the REST APIs as Microsoft documents them.
"""

from finops_sandbox.azure.app import create_app
from finops_sandbox.azure.served import ServedAzure, serve_azure
from finops_sandbox.azure.state import App, BillingAccount, Export, State

__all__ = [
    "App",
    "BillingAccount",
    "Export",
    "ServedAzure",
    "State",
    "create_app",
    "serve_azure",
]
