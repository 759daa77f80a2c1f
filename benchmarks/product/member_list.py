"""ORG-20: first page, last page and search of ten thousand members, one person asking at a time."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from load import load
from product.firm import LARGE, fill, log_in, service_process
from sides import Clock, Given, Sample

SECONDS = 4.0
QUERIES = {
    "by_name": "limit=50",
    "by_last_login": "limit=50&sort=-last_login_at",
    "search": "limit=50&search=" + quote("grace a"),
    "only_admins": "limit=50&role=admin",
    "whole_page": "limit=200",
}


async def measure(given: Given) -> Sample:
    firm = given.firm
    await fill(firm, "large", LARGE)
    headers = {"Authorization": f"Bearer {await log_in(firm)}"}
    server = service_process("org-rbac", "serve", firm["environ"], Path(given.scratch))
    await server.start()
    organization = firm["large"]["organization_id"]
    url = f"{firm['org_rbac_url']}/org-rbac/v1/organizations/{organization}/members?"
    facts: dict[str, float] = {}
    pages: dict[str, Any] = {}
    try:
        with Clock() as clock:
            for name, query in QUERIES.items():
                _, figures, body = await load(
                    url + query, headers, connections=1, seconds=SECONDS, warm_up=0.3
                )
                facts |= {f"{name}_p50_ms": figures["p50_ms"], f"{name}_p99_ms": figures["p99_ms"]}
                pages[name] = json.loads(body)
    finally:
        await server.stop()
    _check(pages)
    worst = max(value for name, value in facts.items() if name.endswith("p99_ms"))
    return Sample({"p99_ms": worst}, LARGE, clock.seconds, clock.cpu_seconds, facts)


def _check(pages: dict[str, Any]) -> None:
    names = [member["name"] for member in pages["by_name"]["items"]]
    found = [member["name"].lower() for member in pages["search"]["items"]]
    admins = {member["role"] for member in pages["only_admins"]["items"]}
    if len(names) != 50 or not all("grace a" in name for name in found) or admins != {"admin"}:
        raise SystemExit("the member list does not show what was asked for")
