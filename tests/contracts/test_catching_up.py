"""What Kafka no longer holds is taken from ingestion, by the services as they are."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, update
from tests.commitments.service import until

from finops_commitments.revisions.catching_up import CatchUp, RemoteIngestion
from finops_commitments.revisions.tables import cost_hour_parts, cost_revisions, cost_streams
from finops_common.acting import Acting
from finops_common.auth.tokens import ServiceTokens
from finops_common.clock import utc_now
from finops_common.contracts.ingestion_queries import StandingRevision
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.http import ServiceClient
from finops_common.testing.services import House
from finops_sandbox.visitor import Visitor

GOLDEN = Path(__file__).parents[1] / "data" / "aws-cur" / "golden" / "golden-1-legacy-cur.csv"
WINDOW = "since=2020-01-01T00:00:00Z&until=2027-01-01T00:00:00Z"
Tell = Callable[[], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def ingestion(whole: House, keys: dict[str, str]) -> RemoteIngestion:
    """As commitments asks it."""
    key, jwks = keys["COMMITMENTS_SERVICE_KEY"], keys["FINOPS_SERVICE_JWKS"]
    tokens = ServiceTokens("commitments", key, jwks, utc_now)
    return RemoteIngestion(ServiceClient(whole.http, whole.url("ingestion"), "ingestion", tokens))


@pytest.fixture
def database(whole: House) -> Database:
    return whole.running["commitments"].database


@pytest.fixture
async def figures(whole: House, mail_url: str) -> Tell:
    """The coverage of somebody who has uploaded a bill, once it is there."""
    ada = await Visitor(whole.url, whole.http, mail_url).arrive()
    organization = await ada.open_organization(await ada.found_company())
    upload = f"/ingestion/v1/organizations/{organization}/uploads/bill.csv?series=aws"
    sent = {"Authorization": f"Bearer {ada.token}"}
    url = whole.url("ingestion") + upload
    answer = await whole.http.put(url, content=GOLDEN.read_bytes(), headers=sent)
    assert answer.status_code == 202, answer.text

    async def tell() -> list[dict[str, Any]]:
        path = f"/commitments/v1/organizations/{organization}/coverage?{WINDOW}&by=month"
        rows: list[dict[str, Any]] = (await ada.get(path))["rows"]
        return rows

    await until(tell, seconds=40)
    return tell


async def forget(database: Database) -> None:
    """As after a backup from before the bill came, of a topic that has moved on."""
    async with database.transaction(Acting(scopes.SYSTEM)) as tx:
        for table in (cost_revisions, cost_hour_parts, cost_streams):
            await tx.execute(delete(table))


@pytest.mark.req("ING-20", part="what the topic no longer holds is taken from its owner")
async def test_a_consumer_that_lost_everything_gets_the_same_figures_again(
    figures: Tell, database: Database, ingestion: RemoteIngestion
) -> None:
    before = await figures()
    await forget(database)
    assert await figures() == []
    catch_up = CatchUp(database, ingestion)

    await catch_up.take_missing()
    too_early = await figures()
    await catch_up.take_missing()
    after = await figures()
    await catch_up.take_missing()

    # What was not yet known a round ago may still be on its way.
    assert too_early == []
    assert before
    assert await figures() == after == before


@pytest.mark.req("ING-20", part="parts that came both ways count once")
async def test_parts_that_came_by_the_topic_are_not_counted_beside_those_taken(
    figures: Tell, database: Database, ingestion: RemoteIngestion
) -> None:
    before = await figures()
    async with database.transaction(Acting(scopes.SYSTEM)) as tx:
        # The parts have come by the topic; their commit is lost.
        await tx.execute(delete(cost_revisions))
        await tx.execute(update(cost_streams).values(revision=-1))
    catch_up = CatchUp(database, ingestion)

    await catch_up.take_missing()
    await catch_up.take_missing()

    assert await figures() == before


async def test_one_that_stands_no_more_while_it_is_read_holds_up_no_other(
    figures: Tell, database: Database, ingestion: RemoteIngestion
) -> None:
    before = await figures()
    await forget(database)

    class Hasty(RemoteIngestion):
        """Lists a revision too many: it was replaced before its parts were asked for."""

        def __init__(self) -> None:
            pass

        async def list(self) -> list[StandingRevision]:
            standing = await ingestion.list()
            gone = standing[0].model_copy(update={"billing_source_id": UUID(int=7)})
            return [gone, *standing]

        def parts(self, revision: StandingRevision) -> AsyncIterator[tuple[UUID, bytes]]:
            return ingestion.parts(revision)

    catch_up = CatchUp(database, Hasty())
    await catch_up.take_missing()
    await catch_up.take_missing()

    assert await figures() == before
