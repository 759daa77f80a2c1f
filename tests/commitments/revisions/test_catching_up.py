"""Revisions that are taken from ingestion itself, each for itself."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.service import KNOWN, OCTOBER

from finops_commitments.revisions.catching_up import CatchUp
from finops_commitments.revisions.repository import streams_known
from finops_common.acting import Acting
from finops_common.contracts.ingestion import OrganizationShare
from finops_common.contracts.ingestion_queries import StandingRevision
from finops_common.db import scopes
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_common.testing.databases import Databases

MIGRATIONS = Path(__file__).parents[3] / "services" / "commitments" / "migrations"


@pytest.fixture
async def empty(databases: Databases) -> AsyncIterator[Database]:
    """The database of a consumer that has seen nothing yet."""
    stored = await databases.clone("commitments", MIGRATIONS)
    engine = create_engine(stored.service_url, name="test")
    yield Database(engine, "commitments")
    await engine.dispose()


class Standing:
    """An ingestion with a revision for each of these parts; satisfies `Ingestion`."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = {new_id(): part for part in parts}

    @property
    def sources(self) -> Mapping[UUID, bytes]:
        """What stands, by billing source."""
        return self._parts

    async def list(self) -> list[StandingRevision]:
        share = OrganizationShare(organization_id=new_id(), parts=1, rows=1, lines=1, totals=())
        return [
            StandingRevision(
                billing_source_id=source,
                company_id=new_id(),
                period=OCTOBER,
                revision=1,
                attempt=new_id(),
                finality="open",
                as_of=KNOWN,
                parts=1,
                organizations=(share,),
            )
            for source in self._parts
        ]

    async def parts(self, revision: StandingRevision) -> AsyncIterator[tuple[UUID, bytes]]:
        yield revision.organizations[0].organization_id, self._parts[revision.billing_source_id]


@pytest.mark.req("ING-20", part="a part that cannot be read holds up no other revision")
async def test_a_part_that_is_none_holds_up_no_other_revision(
    empty: Database, a_record: Callable[..., Any], part_of: Callable[..., bytes]
) -> None:
    ingestion = Standing(part_of(a_record()), b"no Arrow", part_of(a_record()))
    catch_up = CatchUp(empty, ingestion)

    await catch_up.take_missing()
    await catch_up.take_missing()

    async with empty.transaction(Acting(scopes.SYSTEM)) as tx:
        known = await streams_known(tx)
    taken = {source for (source, _), revision in known.items() if revision == 1}
    assert taken == {each for each, part in ingestion.sources.items() if part != b"no Arrow"}
