"""The probe as a service: routes that take notes, wait and fail; `python -m` runs it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request
from joserfc.jwk import KeySet, OKPKey
from pydantic import Field
from sqlalchemy import text
from tests.common.probe.contracts import NOTES
from tests.common.probe.running import EVERYBODY
from tests.common.probe.tables import MIGRATIONS

from finops_common.app import build_app, wired
from finops_common.auth.dependencies import MayReadMyself
from finops_common.db.transaction import Database
from finops_common.errors.http import problems
from finops_common.essentials import Essentials, essentials
from finops_common.schemas import Command, Email, Line
from finops_common.service import Service, Work, run_command
from finops_common.settings import ServiceSettings

CANARY = "canary-7f3a@example.com"
router = APIRouter(tags=["notes"], responses=problems())


@dataclass(frozen=True)
class Wiring:
    essentials: Essentials
    database: Database


class Plain(Command):
    kind: Literal["plain"]


class Ruled(Command):
    kind: Literal["ruled"]


class NewNote(Command):
    name: Line
    email: Email | None = None
    rank: int = Field(default=0, ge=0, le=9)
    paper: Annotated[Plain | Ruled, Field(discriminator="kind")] | None = None


Stored = Annotated[Database, Depends(wired("database"))]


@router.post("/notes", status_code=201)
async def take_note(note: NewNote) -> NewNote:
    return note


@router.get("/notes/{note_id}")
async def get_note(note_id: UUID) -> UUID:
    return note_id


@router.get("/me")
async def get_me(caller: MayReadMyself) -> UUID:
    return caller.user_id


@router.get("/slow")
async def wait_a_second() -> str:
    await asyncio.sleep(1)
    return "done"


@router.get("/stored")
async def ask_the_database(database: Stored) -> int:
    async with database.transaction(EVERYBODY) as tx:
        return int(await tx.scalar(text("SELECT 1")))


@router.get("/broken")
async def fail() -> None:
    raise RuntimeError(CANARY)


@router.get("/twice")
async def violate_a_key(database: Stored) -> None:
    """The driver's message quotes the row."""
    async with database.transaction(EVERYBODY) as tx:
        await tx.execute(text("CREATE TEMPORARY TABLE people (email text PRIMARY KEY)"))
        for _ in range(2):
            await tx.execute(text("INSERT INTO people VALUES (:email)").bindparams(email=CANARY))


@router.post("/forgotten")
async def fail_behind_the_scenes(request: Request) -> str:
    """A task nobody awaits fails: asyncio logs it when it is collected."""
    await request.body()

    async def lost() -> None:
        raise RuntimeError(CANARY)

    task = asyncio.create_task(lost())
    await asyncio.sleep(0)
    del task
    return "ok"


@asynccontextmanager
async def wire(settings: ServiceSettings) -> AsyncIterator[Wiring]:
    async with essentials("probe", settings) as shared:
        yield Wiring(shared, shared.database)


def create_app(settings: ServiceSettings) -> FastAPI:
    return build_app("probe", "A service to test with", lambda: wire(settings), routers=[router])


@asynccontextmanager
async def work(settings: ServiceSettings) -> AsyncIterator[Work]:
    async with wire(settings) as wiring:
        yield Work({"relay": wiring.essentials.relay().run})


SERVICE = Service("probe", ServiceSettings, create_app, work, MIGRATIONS, (NOTES,))


def environment(
    keys: Mapping[str, str], database_url: str, brokers: str, prefix: str, port: int = 0
) -> dict[str, str]:
    """The probe's variables, with a key of its own among the services'."""
    key = OKPKey.generate_key("Ed25519", parameters={"kid": "probe"})
    known = KeySet.import_key_set(orjson.loads(keys["FINOPS_SERVICE_JWKS"]))
    public = KeySet([*known.keys, key]).as_dict(private=False)
    return {
        "PROBE_DATABASE_URL": database_url,
        "PROBE_PORT": str(port),
        "PROBE_WORKER_PORT": str(port),
        "PROBE_SERVICE_KEY": orjson.dumps(key.as_dict(private=True)).decode(),
        "FINOPS_SERVICE_JWKS": orjson.dumps(public).decode(),
        "FINOPS_SEALING_KEYS": keys["FINOPS_SEALING_KEYS"],
        "FINOPS_KAFKA_BROKERS": brokers,
        "FINOPS_TOPIC_PREFIX": prefix,
        "FINOPS_IDENTITY_URL": "http://127.0.0.1:1",
        "FINOPS_ORG_RBAC_URL": "http://127.0.0.1:1",
        "FINOPS_PUBLIC_APP_URL": "http://app.test",
    }


if __name__ == "__main__":
    sys.exit(run_command(SERVICE))
