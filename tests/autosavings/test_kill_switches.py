"""Stopping autosavings."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import anyio.to_thread
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.autosavings.conftest import Said, Saver
from tests.billing.reading import said

from finops_autosavings.plans.service import PlanService
from finops_autosavings.problems import Stopped
from finops_autosavings.switches import command
from finops_autosavings.switches.service import SwitchService
from finops_common.contracts.autosavings import (
    KillSwitchChanged,
    PlanMade,
    PlatformKillSwitchChanged,
)
from finops_common.contracts.ingestion_queries import CloudAccountFacts
from finops_common.errors.problem import RecentLoginNeeded
from finops_common.testing.services import Running
from finops_sandbox.stack import Stack


@pytest.fixture
async def platform(autosavings: Running) -> AsyncIterator[SwitchService]:
    """The platform's switch, released again afterwards."""
    service = SwitchService(autosavings.database)
    yield service
    await service.set_platform(stopped=False, reason="the test is over")


@pytest.mark.req("AUTO-3", part="plans, purchases do not exist yet")
async def test_a_stopped_organization_makes_no_plan_until_it_is_released(
    saver: Saver, events: Said
) -> None:
    stop = {"stopped": True, "reason": "audit"}

    first, second = [await saver.ask("PUT", "/kill-switch", stop) for _ in range(2)]
    refused = await saver.ask("POST", "/plans")

    assert first.json()["stopped"] is True
    assert second.json() == first.json()
    assert (refused.status_code, refused.json()["code"]) == (409, "kill-switch-on")
    assert refused.json()["scope"] == "organization"
    await saver.ask("PUT", "/kill-switch", {"stopped": False})
    assert (await saver.plan())["state"] == "made"
    changes = await events(KillSwitchChanged, saver, 2)
    assert [(each.data.before, each.data.after) for each in changes] == [
        ({"stopped": False}, {"stopped": True}),
        ({"stopped": True}, {"stopped": False}),
    ]


@pytest.mark.req("AUTO-3", part="the platform's switch")
async def test_the_operator_stops_everybody_by_command(
    saver: Saver, autosavings: Running, platform: SwitchService, stack: Stack, topic_prefix: str
) -> None:
    environ = _environment(autosavings)

    await anyio.to_thread.run_sync(command.run, ["stop", "--reason", "incident 7"], environ)
    refused = await saver.ask("POST", "/plans")
    seen = (await saver.ask("GET", "/kill-switch")).json()
    await anyio.to_thread.run_sync(command.run, ["release", "--reason", "over"], environ)

    assert (refused.status_code, refused.json()["scope"]) == (409, "platform")
    assert (seen["stopped"], seen["platform_stopped"]) == (False, True)
    assert (await saver.plan())["state"] == "made"
    brokers = stack.kafka_brokers or ""
    last = await said(brokers, topic_prefix, PlatformKillSwitchChanged, "platform", least=2)
    assert [(each.data.stopped, each.reason) for each in last[-2:]] == [
        (True, "incident 7"),
        (False, "over"),
    ]


@pytest.mark.req("AUTO-3", part="closed when it cannot be read")
async def test_a_platform_switch_that_is_not_there_stops_everything(
    saver: Saver, autosavings: Running
) -> None:
    owner = create_async_engine(
        autosavings.stored.owner_url.replace("postgresql://", "postgresql+asyncpg://")
    )
    async with owner.begin() as connection:
        await connection.execute(text("ALTER TABLE platform_switch RENAME TO hidden_switch"))
    try:
        unreadable = await saver.ask("POST", "/plans")
    finally:
        async with owner.begin() as connection:
            await connection.execute(text("ALTER TABLE hidden_switch RENAME TO platform_switch"))
            await connection.execute(text("DELETE FROM platform_switch"))
    missing = await saver.ask("POST", "/plans")
    async with owner.begin() as connection:
        row = "INSERT INTO platform_switch (id, stopped, changed_at) VALUES (1, false, now())"
        await connection.execute(text(row))
    await owner.dispose()

    assert unreadable.status_code >= 500
    assert (missing.status_code, missing.json()["scope"]) == (409, "platform")
    assert (await saver.ask("GET", "/plans")).json()["items"] == []


@pytest.mark.req("AUTO-3", part="a stop while a plan is being made")
async def test_a_stop_that_comes_while_advice_is_asked_for_counts(
    saver: Saver, autosavings: Running, events: Said
) -> None:
    class StopsMeanwhile:
        async def list_all(self, _: object) -> list[CloudAccountFacts]:
            await saver.ask("PUT", "/kill-switch", {"stopped": True})
            return [saver.account]

    plans = PlanService(autosavings.database, StopsMeanwhile(), saver.commitments)
    caller = saver.caller(datetime.now(UTC))

    with pytest.raises(Stopped):
        await plans.make(caller, caller.session_id)

    assert await events(PlanMade, saver) == []


@pytest.mark.req("AUTO-3", part="stopping is easier than releasing")
async def test_an_old_log_in_stops_but_does_not_release(saver: Saver, autosavings: Running) -> None:
    switches = SwitchService(autosavings.database)
    caller = saver.caller(datetime.now(UTC) - timedelta(hours=1))

    await switches.set_own(caller, stopped=True, reason=None)

    with pytest.raises(RecentLoginNeeded):
        await switches.set_own(caller, stopped=False, reason=None)
    assert (await switches.get(caller)).stopped_by() == "organization"


@pytest.mark.req("AUTO-3", part="two at once")
async def test_two_who_stop_at_once_stop_once(saver: Saver, events: Said) -> None:
    await asyncio.gather(*(saver.ask("PUT", "/kill-switch", {"stopped": True}) for _ in range(4)))

    assert len(await events(KillSwitchChanged, saver, 1)) == 1


def _environment(autosavings: Running) -> dict[str, str]:
    needed = {
        "AUTOSAVINGS_DATABASE_URL": autosavings.stored.service_url,
        "FINOPS_KAFKA_BROKERS": "unused:1",
        "FINOPS_SERVICE_JWKS": "unused",
        "AUTOSAVINGS_SERVICE_KEY": "unused",
        "FINOPS_PUBLIC_APP_URL": "http://app.test",
        "FINOPS_SEALING_KEYS": "unused",
    }
    urls = {f"FINOPS_{name}_URL": "http://unused" for name in _SERVICES}
    return dict(os.environ) | needed | urls


_SERVICES = ("IDENTITY", "ORG_RBAC", "INGESTION", "COMMITMENTS")
