"""A lake of bills as ingestion stores it: ten seeded bills of one month and organization.

Each is written by generate.py and read by an import's own subprocess; what that cuts for the
organization is kept as blobs in .cache/bench/lake-<size>, with what PostgreSQL is told of them.
"""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from finops_common.acting import Acting, Origin
from finops_common.auth.caller import Caller
from finops_common.blobs import FolderBlobs
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_ingestion.imports.adapters import SubprocessReader
from finops_ingestion.imports.orders import CutShare, Order
from finops_ingestion.imports.repository import PeriodRepository
from finops_ingestion.imports.tables import periods
from generate import CACHE, SEED, SIZES, write_bill

SOURCES = 10
PERIOD = date(2026, 10, 1)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
Share = dict[str, Any]
"""An organization's share of a revision: rows, lines, files by what they hold."""


async def ensure_lake(size: str) -> Path:
    """The folder of the lake with that many lines, made when it is not there."""
    folder = CACHE / f"lake-{size}"
    if not folder.exists():
        draft = CACHE / f".lake-{size}-draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        shares = [await _store(draft, n, SIZES[size] // SOURCES) for n in range(SOURCES)]
        (draft / "shares.json").write_text(json.dumps(shares))
        draft.rename(folder)
    return folder


def shares_of(folder: Path) -> list[Share]:
    """What the lake holds, a share for each source."""
    found: list[Share] = json.loads((folder / "shares.json").read_text())
    return found


async def _store(folder: Path, number: int, rows: int) -> Share:
    """Make a source's bill, import it, keep what is the organization's."""
    spool = folder / "spool"
    bill = spool / "bill"
    bill.mkdir(parents=True)
    write_bill(bill, rows, SEED + 1 + number)
    order = Order(
        sources=tuple(sorted(bill.iterdir())),
        to=spool / "read",
        organizations={},
        otherwise=new_id(),
        memory_mb=1024,
        threads=2,
    )
    outcome = await SubprocessReader().read(order)
    if outcome.reading is None:
        raise SystemExit(f"refused: {outcome.refused}")
    share = await _kept(folder, number, outcome.reading.periods[0].shares[0])
    shutil.rmtree(spool)
    return share


async def _kept(folder: Path, number: int, share: CutShare) -> Share:
    blobs = FolderBlobs(folder)
    keys = {name: f"source-{number}/{name}.parquet" for name in share.files}
    for name, path in share.files.items():
        await blobs.put(keys[name], path)
    return {"rows": share.rows, "lines": share.lines, "files": keys}


async def stand(database: Database, shares: list[Share]) -> Caller:
    """Let the shares stand as revisions of a new organization; who may ask about it."""
    caller = _somebody()
    tenant = {"company_id": caller.company_id, "organization_id": caller.organization_id}
    async with database.transaction(Acting(scopes.SYSTEM)) as tx:
        for share in shares:
            of = {"billing_source_id": new_id(), "period": PERIOD, "revision": 1}
            await tx.execute(insert(periods).values(**of, **tenant))
            row = of | {
                "company_id": caller.company_id,
                "import_id": new_id(),
                "attempt": new_id(),
                "finality": "open",
                "as_of": NOW,
                "schema": "cur2",
                "parts": 0,
                "committed_at": NOW,
            }
            mine = of | tenant | share | {"parts": 0, "totals": []}
            await PeriodRepository(tx).add_revision(row, [mine])
    return caller


def _somebody() -> Caller:
    return Caller(
        user_id=new_id(),
        session_id=new_id(),
        authenticated_at=NOW,
        methods=("password",),
        email_verified=True,
        origin=Origin("bench"),
        company_id=new_id(),
        organization_id=new_id(),
    )
