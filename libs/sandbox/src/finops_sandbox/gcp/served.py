"""The simulated Google Cloud on a loopback port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_sandbox.gcp.app import create_app
from finops_sandbox.gcp.state import State
from finops_sandbox.loopback import serve


@dataclass(frozen=True)
class ServedGoogle:
    """A running simulator and what it knows."""

    url: str
    state: State

    @property
    def settings(self) -> dict[str, str]:
        """What ingestion reads from its environment to talk to it, without the prefix."""
        return {
            "gcp_token_url": f"{self.url}/token",
            "gcp_bigquery_url": self.url,
            "gcp_billing_url": self.url,
        }


@asynccontextmanager
async def serve_google(state: State) -> AsyncIterator[ServedGoogle]:
    """Serve in this event loop until the block ends."""
    async with serve(create_app(state)) as url:
        yield ServedGoogle(url, state)
