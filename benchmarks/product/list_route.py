"""P11, P12: GET members of an organization with twenty people, from org-rbac's own api process."""

from pathlib import Path

from load import load
from product.firm import log_in, service_process
from product.routes import CONNECTIONS, SECONDS, members_sample
from sides import Given, Sample


async def measure(given: Given) -> Sample:
    firm = given.firm
    token = await log_in(firm)
    server = service_process("org-rbac", "serve", firm["environ"], Path(given.scratch))
    await server.start()
    try:
        organization = firm["small"]["organization_id"]
        url = f"{firm['org_rbac_url']}/org-rbac/v1/organizations/{organization}/members?limit=20"
        headers = {"Authorization": f"Bearer {token}"}
        found = await load(url, headers, connections=CONNECTIONS, seconds=SECONDS)
    finally:
        await server.stop()
    return members_sample(*found)
