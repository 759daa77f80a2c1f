"""Alerts leave as notices, each once, and are kept on record."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.service import ATenant, Source, Tenant, Topics, until, wrapped

from finops_commitments.alerts.domain import Alert
from finops_commitments.alerts.service import send
from finops_common.acting import Acting
from finops_common.clock import utc_now
from finops_common.contracts.commitments import CommitmentNotice
from finops_common.contracts.ingestion import InventoryListed, ListedCommitment
from finops_common.contracts.org_rbac import NoticeAcknowledged
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.ids import new_id

PAYER = "111111111111"
PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/ours"


def a_listing(tenant: Tenant, ends_at: datetime) -> InventoryListed:
    """The provider lists one plan that ends then."""
    listed = ListedCommitment(
        id=PLAN,
        kind="savings_plan",
        type="ComputeSavingsPlans",
        owner_account_id=PAYER,
        hourly_commitment=Decimal("1.5"),
        currency="USD",
        term_months=12,
        payment_option="No Upfront",
        upfront=Decimal(0),
        recurring_hourly=Decimal("1.5"),
        starts_at=datetime(2020, 1, 1, tzinfo=UTC),
        ends_at=ends_at,
        state="active",
    )
    return InventoryListed(
        billing_source_id=tenant.source.id,
        company_id=UUID(tenant.company_id),
        organization_id=tenant.id,
        payer_account_id=PAYER,
        snapshot=new_id(),
        listed_at=utc_now(),
        part=0,
        parts=1,
        commitments=(listed,),
    )


def an_alert(about: str) -> Alert:
    return a_reminder(about, "7 days before", "may")


def a_reminder(about: str, occasion: str, ends: str) -> Alert:
    return Alert("commitment.expiring", about, occasion, ends, "critical", {"days": "7"})


@pytest.mark.req("COM-31", part="expiry and below threshold as notices; every sending is recorded")
async def test_what_ends_and_what_lies_idle_is_told_once(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant = await a_tenant()
    hour = (utc_now() - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    plan = {"hour": hour, "commitment_id": PLAN, "commitment_category": "Spend"}
    common = plan | {"commitment_type": "ComputeSavingsPlans", "pricing_category": "Committed"}
    records = part_of(
        a_record(**common, commitment_status="Used", list_cost="4", effective_cost="4"),
        a_record(**common, commitment_status="Unused", effective_cost="6", lines=0),
    )
    source = Source(tenant.source.company_id, tenant.source.id, hour.date().replace(day=1))

    await topics.send(*source.revision(1, {tenant.id: (records,)}, as_of=utc_now()))
    await topics.send(a_listing(tenant, utc_now() + timedelta(days=6, hours=1)))

    async def sent(least: int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await tenant.get("alerts"))["items"]
        return items if len(items) >= least else []

    kinds = {each["kind"]: each for each in await until(lambda: sent(3))}
    # Another assessment finds the same; one of what is listed anew, with another end, does not.
    body = {"utilization_percent": "60"}
    await tenant.owner.ask("PUT", tenant.path("thresholds"), body, expect=204)
    await topics.send(a_listing(tenant, utc_now() + timedelta(days=29)))
    again = await until(lambda: sent(4))

    assert sorted(kinds) == [
        "commitment.expiring",
        "commitment.over_committed",
        "commitment.underutilized",
    ]
    assert kinds["commitment.expiring"]["facts"]["days"] == "7"
    assert kinds["commitment.expiring"]["facts"]["hourly_commitment"] == "1.5"
    assert kinds["commitment.expiring"]["facts"]["replacement"] == "no_offer"
    assert [each["kind"] for each in again].count("commitment.expiring") == 2
    notices = await topics.said(CommitmentNotice, tenant.organization_id, least=4)
    assert sorted(str(each.notice_id) for each in notices) == sorted(each["id"] for each in again)
    assert {each.permission for each in notices} == {"commitments:view"}


@pytest.mark.req("COM-31", part="coverage drop, ended when it recovers; none is sent twice")
async def test_a_fall_of_coverage_is_told_once_and_ends_when_it_recovers(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant = await a_tenant()
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    source = Source(tenant.source.company_id, tenant.source.id, today.date().replace(day=1))

    async def bill(number: int, lately: int) -> None:
        """Of a hundred a day that much is covered in the last seven days, eighty before."""
        rows = []
        for ago in range(1, 36):
            covered = lately if ago <= 7 else 80
            of = {"hour": today - timedelta(days=ago), "charge_span": "day", "region": "us-east-1"}
            plan = of | {"commitment_id": PLAN, "commitment_category": "Spend"}
            plan |= {"pricing_category": "Committed", "commitment_status": "Used"}
            rows.append(a_record(**plan, list_cost=covered, effective_cost=covered))
            rows.append(a_record(**of, list_cost=100 - covered, effective_cost=100 - covered))
        records = part_of(*rows)
        await topics.send(*source.revision(number, {tenant.id: (records,)}, as_of=utc_now()))

    async def shown(path: str, many: int) -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = (await tenant.get(path))["items"]
        return items if len(items) == many else None

    falls = "findings?kind=coverage_dropped&state="
    await bill(1, lately=60)
    found = await until(lambda: shown(f"{falls}open", 2)) or []
    await bill(2, lately=50)
    worse = {"utilization_percent": "40", "coverage_drop_points": "15"}
    await tenant.owner.ask("PUT", tenant.path("thresholds"), worse, expect=204)
    await bill(3, lately=79)
    ended = await until(lambda: shown(f"{falls}closed", 2)) or []
    await bill(4, lately=30)
    anew = await until(lambda: shown(f"{falls}open", 2)) or []

    assert await tenant.get("thresholds") == worse
    assert {each["facts"]["service"] for each in found} == {None, "AmazonEC2"}
    assert {each["id"] for each in found} == {each["id"] for each in ended}
    notices = await topics.said(CommitmentNotice, tenant.organization_id, least=2)
    assert [each.kind for each in notices] == ["commitment.coverage_dropped"] * 2
    assert [each.facts["points"] for each in notices] == ["20", "50"]
    assert {each.facts["cause"] for each in notices} == {"used_elsewhere"}
    assert not {each["id"] for each in found} & {each["id"] for each in anew}


@pytest.mark.req("COM-31", part="none is sent twice")
async def test_two_that_send_at_once_or_one_that_dies_send_each_alert_once(
    a_tenant: ATenant, topics: Topics, database: Database
) -> None:
    tenant = await a_tenant()
    acts = Acting(scopes.organization(UUID(tenant.company_id), tenant.id))

    async def sends(*alerts: Alert, fault: Exception | None = None) -> None:
        async with database.transaction(acts) as tx:
            await send(tx, alerts)
            await tx.flush()
            if fault:
                raise fault

    with suppress(ConnectionError):
        await sends(an_alert("a"), an_alert("b"), fault=ConnectionError())
    none = await tenant.get("alerts")
    await asyncio.gather(*(sends(an_alert("a"), an_alert("b")) for _ in range(3)))
    await sends(an_alert("last"))

    assert none["items"] == []
    notices = await topics.said(CommitmentNotice, tenant.organization_id, least=3)
    assert [each.about for each in notices] == ["a", "b", "last"]


@pytest.mark.req("COM-31", part="each can be acknowledged: no further reminders")
async def test_of_what_somebody_took_note_of_no_more_is_sent(
    a_tenant: ATenant, topics: Topics, database: Database
) -> None:
    tenant, other = await a_tenant(), await a_tenant()
    first, user = a_reminder("a", "60 days", "may"), new_id()

    async def sends(of: Tenant, *alerts: Alert) -> None:
        acts = Acting(scopes.organization(UUID(of.company_id), of.id))
        async with database.transaction(acts) as tx:
            await send(tx, alerts)

    def acknowledged(by: UUID) -> NoticeAcknowledged:
        return NoticeAcknowledged(
            user_id=by,
            company_id=UUID(tenant.company_id),
            organization_id=tenant.id,
            notice_id=first.id_in(tenant.id),
            kind=first.kind,
            about=first.about,
        )

    async def taken() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await tenant.get("alerts"))["items"]
        return [each for each in items if each["acknowledged_at"]]

    await sends(tenant, first)
    await sends(other, first)
    twice = wrapped(acknowledged(user))
    await topics.send(twice, twice, acknowledged(new_id()))
    (known,) = await until(taken)
    again = a_reminder("a", "7 days", "may")
    await asyncio.gather(*(sends(tenant, again, a_reminder("b", "7 days", "may")) for _ in "123"))
    await sends(tenant, a_reminder("a", "60 days again", "june"))
    await sends(other, again)

    assert known["acknowledged_by"] == str(user)
    said = await topics.said(CommitmentNotice, tenant.organization_id, least=3)
    elsewhere = await topics.said(CommitmentNotice, other.organization_id, least=2)
    assert [each.about for each in said] == ["a", "b", "a"]
    assert [each.about for each in elsewhere] == ["a", "a"]
    shown = (await tenant.get("alerts"))["items"]
    assert [each["occasion"] for each in shown] == ["60 days again", "7 days", "60 days"]
