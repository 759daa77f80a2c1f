"""The simulated Azure on a loopback port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_sandbox.azure.app import create_app
from finops_sandbox.azure.state import State
from finops_sandbox.loopback import serve


@dataclass(frozen=True)
class ServedAzure:
    """A running simulator and what it knows."""

    url: str
    state: State

    @property
    def settings(self) -> dict[str, str]:
        """What ingestion reads from its environment to talk to it, without the prefix."""
        return {
            "azure_login_url": f"{self.url}/login",
            "azure_management_url": self.url,
            "azure_blob_url": f"{self.url}/blob/{{account}}",
            "azure_prices_url": f"{self.url}/api/retail/prices",
        }


@asynccontextmanager
async def serve_azure(state: State) -> AsyncIterator[ServedAzure]:
    """Serve in this event loop until the block ends."""
    async with serve(create_app(state)) as url:
        yield ServedAzure(url, state)
