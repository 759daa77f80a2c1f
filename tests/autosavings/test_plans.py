"""Plans over HTTP and by the week."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from tests.autosavings.builders import PAYER, advice
from tests.autosavings.conftest import Said, Saver, Week

from finops_autosavings.plans.service import PlanService
from finops_autosavings.plans.tables import plans
from finops_autosavings.plans.weekly import plan_id_for
from finops_common.acting import Acting, Acts
from finops_common.contracts.autosavings import PlanHeld, PlanMade
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.testing.services import Running


def next_monday(weeks: int = 0) -> datetime:
    """A minute after the weekly plan is due."""
    today = datetime.now(UTC).replace(hour=6, minute=1, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday(), weeks=weeks)


async def slots(saver: Saver) -> list[datetime]:
    """Of the weekly plans there are, the newest first."""
    listed = (await saver.ask("GET", "/plans")).json()["items"]
    return [datetime.fromisoformat(each["slot"]) for each in listed]


@pytest.mark.req("AUTO-10", part="on demand, buy items")
async def test_a_plan_says_what_why_and_what_could_go_wrong(saver: Saver, events: Said) -> None:
    plan = await saver.plan()

    (item,) = plan["items"]
    assert (plan["state"], plan["mode"], plan["origin"]) == ("made", "dry_run", "on_demand")
    assert (item["payer_account_id"], item["hourly_commitment"]) == (PAYER, "1")
    assert (item["monthly_savings"], item["slices"]) == ("100", ["1"])
    assert "12.5 %" in item["reason"]
    assert "8760 USD" in item["downside"]
    given = saver.commitments.advice[saver.organization_id][0]
    assert item["advice"]["recommendation_id"] == str(given.id)
    (said,) = await events(PlanMade, saver, 1)
    assert (str(said.data.plan_id), said.data.content_hash) == (plan["id"], plan["content_hash"])
    assert said.data.hourly_commitment == Decimal(1)


@pytest.mark.req("AUTO-10", part="on demand, buy items")
async def test_its_words_come_in_the_language_of_the_request(saver: Saver) -> None:
    plan = await saver.plan()

    korean = await saver.ask("GET", f"/plans/{plan['id']}", headers={"Accept-Language": "ko"})

    assert "이번 주" in korean.json()["items"][0]["reason"]
    assert korean.json()["content_hash"] == plan["content_hash"]


@pytest.mark.req("AUTO-11", part="the hash is over the stored content")
async def test_anybody_can_compute_the_hash_again(saver: Saver, autosavings: Running) -> None:
    plan = await saver.plan()

    async with autosavings.database.transaction(saver.caller(datetime.now(UTC))) as tx:
        content = await tx.scalar(select(plans.c.content).where(plans.c.id == plan["id"]))

    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == plan["content_hash"]


@pytest.mark.req("AUTO-11", part="immutable")
@pytest.mark.parametrize("change", ["UPDATE plans SET content_hash = 'x'", "DELETE FROM plans"])
async def test_nobody_who_serves_can_change_or_remove_a_plan(
    saver: Saver, autosavings: Running, change: str
) -> None:
    await saver.plan()

    for acts in (saver.caller(datetime.now(UTC)), Acting(scopes.SYSTEM)):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with autosavings.database.transaction(acts) as tx:
                await tx.execute(text(change))


@pytest.mark.req("PLAT-4", part="plans")
async def test_the_same_request_again_finds_the_same_plan(saver: Saver, events: Said) -> None:
    key = {"Idempotency-Key": f"plan-{uuid4()}"}

    first = await saver.plan(key)
    saver.commitments.advice[saver.organization_id] = [advice("20")]
    second = await saver.plan(key)

    assert second == first
    assert len(await events(PlanMade, saver, 1)) == 1


@pytest.mark.req("AUTO-10", part="holds, without spikes")
async def test_a_plan_on_doubtful_data_is_held_and_says_why(saver: Saver, events: Said) -> None:
    saver.now_is(data_until=datetime.now(UTC) - timedelta(hours=49), last_import_state="failed")

    plan = await saver.plan()

    assert plan["state"] == "held"
    assert [each["why"] for each in plan["holds"]] == ["import_failed", "data_stale"]
    assert plan["holds"][1]["reason"] == "Data are older than 48 hours."
    (said,) = await events(PlanHeld, saver, 1)
    assert said.data.reasons == ("data_stale", "import_failed")


@pytest.mark.req("AUTO-10", part="weekly")
async def test_the_weekly_plan_is_made_once_however_often_it_is_looked_for(
    saver: Saver, week: Week, events: Said
) -> None:
    monday = next_monday()
    saver.now_is(data_until=monday)

    await week(datetime.now(UTC)).pass_by()
    before = (await saver.ask("GET", "/plans")).json()["items"]
    await asyncio.gather(week(monday).pass_by(), week(monday).pass_by())
    await week(monday + timedelta(days=3)).pass_by()

    listed = (await saver.ask("GET", "/plans")).json()["items"]
    assert (before, [each["origin"] for each in listed]) == ([], ["weekly"])
    assert datetime.fromisoformat(listed[0]["slot"]) == monday.replace(minute=0)
    assert len(await events(PlanMade, saver, 1)) == 1


@pytest.mark.req("AUTO-10", part="day and hour per organization")
async def test_the_organization_chooses_day_and_hour(saver: Saver, week: Week) -> None:
    evening = next_monday().replace(hour=20, minute=0)
    await saver.ask("PUT", "/policy", {"weekday": 0, "hour": 20})

    await week(evening - timedelta(minutes=1)).pass_by()
    before = await slots(saver)
    await week(evening).pass_by()

    assert evening not in before
    assert await slots(saver) == [evening, *before]


@pytest.mark.req("AUTO-3", part="weekly plans")
async def test_a_week_that_was_stopped_is_planned_once_released(saver: Saver, week: Week) -> None:
    monday = next_monday()
    await saver.ask("PUT", "/kill-switch", {"stopped": True})

    await week(monday).pass_by()
    before = (await saver.ask("GET", "/plans")).json()["items"]
    await saver.ask("PUT", "/kill-switch", {"stopped": False})
    await week(monday + timedelta(hours=5)).pass_by()

    assert before == []
    assert len((await saver.ask("GET", "/plans")).json()["items"]) == 1


@pytest.mark.req("AUTO-10", part="weekly")
async def test_a_job_that_finds_nobody_to_ask_is_tried_again(saver: Saver, week: Week) -> None:
    monday = next_monday()
    saver.ingestion.down = True
    try:
        await week(monday).pass_by()
    finally:
        saver.ingestion.down = False
    before = (await saver.ask("GET", "/plans")).json()["items"]

    await week(monday + timedelta(minutes=5)).pass_by()

    assert before == []
    assert len((await saver.ask("GET", "/plans")).json()["items"]) == 1


@pytest.mark.req("AUTO-10", part="weekly")
async def test_a_worker_that_dies_before_the_commit_leaves_no_plan_and_is_made_up_for(
    saver: Saver, autosavings: Running, week: Week, events: Said
) -> None:
    monday = next_monday()
    saver.now_is(data_until=monday)
    engine = autosavings.database.engine
    dying = PlanService(
        DyingDatabase(engine, "autosavings", lambda: monday), saver.ingestion, saver.commitments
    )
    acting = Acting(scopes.organization(UUID(saver.company_id), saver.organization_id))
    slot = monday.replace(minute=0)

    with pytest.raises(ConnectionError):
        await dying.make_weekly(acting, plan_id_for(saver.organization_id, slot), slot)

    before = (await saver.ask("GET", "/plans")).json()["items"]
    await week(monday).pass_by()
    assert (before, len((await saver.ask("GET", "/plans")).json()["items"])) == ([], 1)
    assert len(await events(PlanMade, saver, 1)) == 1


@pytest.mark.req("AUTO-11", part="comparison with last week's")
async def test_a_plan_is_compared_with_last_weeks(saver: Saver, week: Week) -> None:
    first, second = next_monday(), next_monday(1)
    await week(first).pass_by()
    saver.commitments.advice[saver.organization_id] = [advice("12", offer_rate_date=second.date())]
    await week(second).pass_by()
    newest, oldest = (await saver.ask("GET", "/plans")).json()["items"]

    seen = (await saver.ask("GET", f"/plans/{newest['id']}/comparison")).json()

    assert seen["previous_plan_id"] == oldest["id"]
    (change,) = seen["items"]
    assert change["change"] == "changed"
    amount = next(each for each in change["fields"] if each["name"] == "hourly_commitment")
    assert (amount["before"], amount["after"]) == ("1", "1.2")
    assert seen["totals_after"]["monthly_savings"] == "120"
    alone = (await saver.ask("GET", f"/plans/{oldest['id']}/comparison")).json()
    assert (alone["previous_plan_id"], alone["items"][0]["change"]) == (None, "added")


@pytest.mark.req("AUTO-10", part="on demand, buy items")
async def test_without_an_active_account_there_is_nothing_to_plan(newcomer: Saver) -> None:
    refused = await newcomer.ask("POST", "/plans")

    assert (refused.status_code, refused.json()["code"]) in {
        (409, "nothing-active"),
        (409, "kill-switch-on"),
    }


class DyingDatabase(Database):
    """Loses its connection at the end of the second transaction, which keeps the plan."""

    opened = 0

    @asynccontextmanager
    async def transaction(self, acts: Acts) -> AsyncIterator[Transaction]:
        self.opened += 1
        async with super().transaction(acts) as tx:
            yield tx
            if self.opened > 1:
                raise ConnectionError
