"""ORG-32: POST /internal/decisions, one question at a time and from eight callers at once."""

import json
from pathlib import Path
from typing import Any

from finops_common.auth.tokens import ServiceTokens
from finops_common.clock import utc_now
from load import load
from product.firm import LARGE, fill, service_process
from sides import Clock, Given, Sample

SECONDS = 4.0


async def measure(given: Given) -> Sample:
    firm = given.firm
    environ = firm["environ"]
    await fill(firm, "large", LARGE)
    key, known = environ["BILLING_SERVICE_KEY"], environ["FINOPS_SERVICE_JWKS"]
    tokens = ServiceTokens("billing", key, known, utc_now)
    server = service_process("org-rbac", "serve", environ, Path(given.scratch))
    await server.start()
    url = f"{firm['org_rbac_url']}/internal/decisions"
    facts: dict[str, float] = {}
    try:
        with Clock() as clock:
            for callers in (1, 8):
                headers = {"Authorization": f"Bearer {tokens.sign('org-rbac')}"}
                _, figures, body = await load(
                    url, headers, connections=callers, seconds=SECONDS, body=_question(firm)
                )
                facts |= {f"{name}_of_{callers}": value for name, value in figures.items()}
    finally:
        await server.stop()
    answer = json.loads(body)["answers"][0]
    if not answer["allowed"] or answer["roles"] != ["owner"]:
        raise SystemExit(f"a wrong decision: {answer}")
    return Sample(
        {"p99_ms": facts["p99_ms_of_1"]}, "owner", clock.seconds, clock.cpu_seconds, facts
    )


def _question(firm: dict[str, Any]) -> bytes:
    question = {
        "user_id": firm["user_id"],
        "organization_id": firm["large"]["organization_id"],
        "permission": "members:edit",
    }
    return json.dumps({"questions": [question]}).encode()
