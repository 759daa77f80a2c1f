"""The simulated Google Cloud: tokens, Cloud Billing and BigQuery at one address.

Tests change its `State`; answers follow the REST APIs as Google documents them.
"""

from finops_sandbox.gcp.app import create_app
from finops_sandbox.gcp.served import ServedGoogle, serve_google
from finops_sandbox.gcp.state import BillingAccount, Project, ServiceAccount, State, Table

__all__ = [
    "BillingAccount",
    "Project",
    "ServedGoogle",
    "ServiceAccount",
    "State",
    "Table",
    "create_app",
    "serve_google",
]
