"""Imports while everything they need dies now and then: all that stands stands once."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conftest import SAMPLES
from tests.crash.conftest import share_of_roles
from tests.crash.reading import all_ready, events, first_of_each, nothing_waits, set_aside, until

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import CostCommitted, CostPart
from finops_sandbox.crashes import Crashes, child_of, insist, victim
from finops_sandbox.local import LocalHouse, running_house
from finops_sandbox.supervisor import Progress
from finops_sandbox.visitor import Visitor

SERVICES = ("identity", "org-rbac", "ingestion", "commitments")
BILLS = {
    provider: SAMPLES / "bills" / "focus" / "generated" / f"focus_1_2_cost_and_usage_{provider}.csv"
    for provider in ("aws", "azure", "gcp")
}
# Fewer than the tries an import has.
POINTS_PER_ROUND = 4
# About as long as the bills of a round take.
WITHIN = 4.0
ENDED = {"done", "partial", "failed", "cancelled"}
PATIENCE = 120


@dataclass
class Workspace:
    """An organization that uploads each bill once; `imports` by provider."""

    owner: Visitor
    organization: str
    imports: dict[str, str]

    @property
    def root(self) -> str:
        return f"/ingestion/v1/organizations/{self.organization}"

    async def upload_all(self) -> None:
        for provider, bill in BILLS.items():
            url = f"{self.root}/uploads/{bill.name}?series={provider}"
            self.imports[provider] = (await self._upload(url, bill))["id"]

    async def _upload(self, path: str, bill: Path) -> dict[str, Any]:
        """Asked for again while the answer is lost: the same bytes are the same import."""
        sent = {"Authorization": f"Bearer {self.owner.token}"}
        async with asyncio.timeout(PATIENCE):
            while True:
                content = await asyncio.to_thread(bill.read_bytes)
                url = self.owner.base("ingestion") + path
                try:
                    answer = await self.owner.http.put(url, content=content, headers=sent)
                except httpx.TransportError:
                    continue
                if answer.status_code == httpx.codes.ACCEPTED:
                    view: dict[str, Any] = answer.json()
                    return view
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
                await asyncio.sleep(0.2)

    async def ended(self) -> bool:
        """Whether every import has."""
        found = (await insist(self.owner, "GET", f"{self.root}/imports")).json()["items"]
        return {each["id"] for each in found if each["state"] in ENDED} == set(
            self.imports.values()
        )

    async def ledger(self) -> dict[str, dict[str, Any]]:
        """By provider, how its import went, as far as two of the same bill agree."""
        told = ("state", "percent", "rows_read", "rows_accepted", "rows_refused", "refusals")
        found = {}
        for provider, import_id in self.imports.items():
            shown = await self.owner.get(f"{self.root}/imports/{import_id}")
            files = [{k: f[k] for k in ("name", "sha256", "state")} for f in shown["files"]]
            found[provider] = {name: shown[name] for name in told} | {"files": files}
        return found

    async def figures(self) -> dict[str, Any]:
        """What commitments makes of the bills."""
        window = "since=2020-01-01T00:00:00Z&until=2027-01-01T00:00:00Z&by=month&group=service"
        path = f"/commitments/v1/organizations/{self.organization}"
        coverage = await self.owner.get(f"{path}/coverage?{window}")
        savings = await self.owner.get(f"{path}/savings?{window}")
        return {"coverage": coverage["rows"], "savings": savings["rows"]}


@pytest.mark.req("ING-12", part="an upload's import goes on after each kind of death, once")
@pytest.mark.req("ING-13", part="a revision stands whole or not at all, here and downstream")
@pytest.mark.req("PLAT-11", part="bills from the upload to commitments' figures")
@pytest.mark.timeout(300 + 30 * int(os.environ.get("CRASHES", "25")))
async def test_imports_outlive_the_death_of_everything(
    folder: Path, points: int, seed: int, progress: Progress
) -> None:
    running = running_house(
        folder, progress=progress, now=utc_now(), apart=("ingestion",), only=SERVICES, fast=True
    )
    async with running as house, httpx.AsyncClient(timeout=60, trust_env=False) as http:
        ada = await Visitor(house.url, http, house.stack.mail_url or "").arrive()
        calm = await a_workspace(ada)
        await calm.upload_all()
        await until(later(PATIENCE), calm.ended, says="the calm imports do not end")
        names = ("ingestion-worker", "postgres", "kafka")
        reading = child_of(house.processes["ingestion-worker"], "finops_ingestion.imports.reading")
        crashes = Crashes([*(victim(house, name) for name in names), reading], seed, progress)

        stormy = []
        for _ in range(0, points - share_of_roles(points), POINTS_PER_ROUND):
            # Readiness refreshes the pools that the last storm has cut off.
            await until(later(30), lambda: all_ready(house), says="something is not ready")
            await ada.log_in()
            stormy.append(await a_workspace(ada))
            await asyncio.gather(stormy[-1].upload_all(), some_deaths(crashes))
            await crashes.all_back()
            await until(later(PATIENCE), stormy[-1].ended, says="imports do not end")

        await until(later(30), lambda: all_ready(house), says="something is not ready")
        await until(later(30), lambda: nothing_waits(house), says="an outbox is not empty")
        await everything_agrees(house, calm, stormy)
        assert await set_aside(house, "ingestion", "commitments") == 0


async def a_workspace(owner: Visitor) -> Workspace:
    # In a company of its own: one company may have ten organizations only.
    return Workspace(owner, await owner.open_organization(await owner.found_company()), {})


async def some_deaths(crashes: Crashes) -> None:
    for _ in range(POINTS_PER_ROUND):
        strike = await crashes.point(WITHIN)
        await strike()


def later(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def everything_agrees(house: LocalHouse, calm: Workspace, stormy: list[Workspace]) -> None:
    ledger, kept = await calm.ledger(), await what_is_kept(house, calm)
    assert {each["state"] for each in ledger.values()} <= {"done", "partial"}
    assert len(kept) == len(BILLS)
    sent = await what_was_sent(house)
    figures = await calm.figures()
    assert figures["coverage"]
    for each in stormy:

        async def same_figures(workspace: Workspace = each) -> bool:
            return bool(await workspace.figures() == figures)

        assert await each.ledger() == ledger
        assert await what_is_kept(house, each) == kept
        assert sent[each.organization] == sent[calm.organization]
        await until(later(60), same_figures, says="commitments' figures differ")


async def what_is_kept(house: LocalHouse, workspace: Workspace) -> dict[str, Any]:
    """By series: the revisions that stand, what they say, and what is in their files."""
    connection = await asyncpg.connect(admin_url(house, "ingestion"))
    rows = await connection.fetch(
        "SELECT b.name, s.period, s.revision, s.parts, s.rows, s.lines, s.totals, s.files"
        " FROM revision_shares s JOIN billing_sources b ON b.id = s.billing_source_id"
        " WHERE s.organization_id = $1 ORDER BY b.name, s.period, s.revision",
        workspace.organization,
    )
    await connection.close()
    found: dict[str, Any] = {}
    for row in rows:
        told = [row[name] for name in ("period", "revision", "parts", "rows", "lines", "totals")]
        files = orjson.loads(row["files"])
        content = pq.read_table(house.directory / "blobs" / files["hourly"])
        found.setdefault(row["name"], []).append((*told, sorted(files), in_order(content)))
    return found


async def what_was_sent(house: LocalHouse) -> dict[str, list[Any]]:
    """By organization: of each committed attempt the records of all its parts, in order."""
    committed = first_of_each(await events(house, CostCommitted))
    parts = await events(house, CostPart)
    sent: dict[str, list[Any]] = {}
    for message in committed:
        commit = message.data
        mine = numbered(p.data for p in parts if p.data.attempt == commit.attempt)
        assert sorted(mine) == list(range(commit.parts))
        (share,) = commit.organizations
        assert sum(part.rows for part in mine.values()) == share.rows
        records = in_order(
            pa.concat_tables(pa.ipc.open_stream(part.records).read_all() for part in mine.values())
        )
        told = (commit.period, commit.revision, share.rows, share.lines, share.totals, records)
        sent.setdefault(str(share.organization_id), []).append(told)
    for each in sent.values():
        each.sort(key=repr)
    return sent


def numbered(parts: Iterable[CostPart]) -> dict[int, CostPart]:
    """Each part once: sent again it says the same."""
    found: dict[int, CostPart] = {}
    for part in parts:
        assert found.setdefault(part.part, part) == part
    return found


def in_order(records: pa.Table) -> list[str]:
    return sorted(map(repr, records.to_pylist()))


def admin_url(house: LocalHouse, database: str) -> str:
    return (house.stack.postgres_url or "").rpartition("/")[0] + f"/{database}"
