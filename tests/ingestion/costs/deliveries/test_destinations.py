"""Whose bucket is written to, by which right, and what is said when it is not."""

import json
from dataclasses import replace

import pytest
from tests.ingestion.costs.deliveries.depot import OCTOBER, Depot, lines_of

from finops_common.ids import new_id
from finops_ingestion.costs.deliveries.domain import Delivery, Draft
from finops_ingestion.costs.deliveries.problems import MayNotSeeCosts

pytestmark = pytest.mark.timeout(120)
SAFE = "deliveries write where their own stack lets them, and only there"


async def template_of(depot: Depot, delivery: Delivery) -> dict[str, object]:
    text = (await depot.service.stack(depot.caller, delivery.id)).template
    return dict(json.loads(text))


@pytest.mark.req("ING-31", part=SAFE)
async def test_the_stack_lets_us_write_below_one_folder_and_delete_one_object(
    depot: Depot,
) -> None:
    delivery = await depot.prepared()
    external_id = (await depot.service.stack(depot.caller, delivery.id)).external_id
    session = await depot.simulator.assume(delivery.role_arn, external_id)
    place = {"Bucket": depot.bucket}
    key = delivery.key(OCTOBER, "part-0.parquet")

    async with depot.simulator.client("s3", session) as s3:
        await s3.put_object(**place, Key=key, Body=b"")
        for refused in (
            s3.put_object(**place, Key="finance/focus/other", Body=b""),
            s3.put_object(**place, Key=f"finance/focus/{new_id()}/x", Body=b""),
            s3.get_object(**place, Key=key),
            s3.delete_object(**place, Key=key),
            s3.list_objects_v2(**place),
        ):
            with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
                await refused


@pytest.mark.req("ING-31", part=SAFE)
async def test_the_role_that_reads_bills_is_not_used_and_another_organizations_secret_opens_nothing(
    depot: Depot,
) -> None:
    delivery = await depot.prepared()
    other = replace(depot, organization=new_id(), company=new_id())
    theirs = await other.wanted()
    stolen = replace(theirs, id=delivery.id, terms=delivery.terms)

    assert delivery.role_arn.rpartition("/")[2].startswith("finops-deliver-")
    assert stolen.role_arn == delivery.role_arn
    with pytest.raises(Exception, match="role_refused"):
        await other.opening().prove(other.caller, stolen)


@pytest.mark.req("ING-31", part=SAFE)
async def test_a_role_that_opens_without_our_secret_is_not_used(depot: Depot) -> None:
    delivery = await depot.wanted()
    await depot.simulator.own_bucket(depot.account, depot.bucket)
    template = json.loads(json.dumps(await template_of(depot, delivery)))
    role = template["Resources"]["DeliveryRole"]["Properties"]
    del role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    await depot.run_stack(delivery, json.dumps(template))

    checked = await depot.service.check(depot.caller, delivery.id)

    assert (checked.cause, checked.proven_at) == ("external_id_not_required", None)
    assert not depot.objects()


@pytest.mark.req("ING-31", part=SAFE)
async def test_a_bucket_that_another_account_has_made_under_the_same_name_gets_nothing(
    depot: Depot,
) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    await depot.simulator.own_bucket("111122223333", depot.bucket, anybody=True)

    run = await depot.asked(delivery)
    await depot.work()

    assert (await depot.again(run)).cause == "access_denied"
    assert not depot.objects()


@pytest.mark.req("ING-31", part="a delivery is checked before the first one")
async def test_nothing_is_delivered_by_schedule_before_a_check_went_well(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.wanted()

    causes = [(await depot.service.check(depot.caller, delivery.id)).cause]
    assert await depot.due.queue_due() == 0
    await depot.run_stack(delivery)
    causes.append((await depot.service.check(depot.caller, delivery.id)).cause)
    await depot.simulator.own_bucket(depot.account, depot.bucket)
    checked = await depot.service.check(depot.caller, delivery.id)

    assert causes == ["role_refused", "bucket_missing"]
    assert (checked.cause, checked.proven_at) == (None, depot.clock.now)
    assert not depot.objects(), "the probe is removed"
    assert await depot.due.queue_due() == 1
    told = [data["cause"] for kind, data in await depot.told() if "delivery.checked" in kind]
    assert told == ["role_refused", "bucket_missing", None]


async def test_a_first_run_that_somebody_asks_for_checks_too(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.wanted()
    await depot.simulator.own_bucket(depot.account, depot.bucket)
    stack = await template_of(depot, delivery)
    text = json.dumps(stack).replace('"s3:DeleteObject"', '"s3:Nothing"')
    await depot.run_stack(delivery, text)

    run = await depot.asked(delivery)
    await depot.work()

    assert (await depot.again(run)).cause == "access_denied"
    assert not [key for key in depot.objects() if key.endswith("parquet")]


@pytest.mark.req("ING-31", part="deliveries are made by who connects accounts and sees costs")
async def test_who_may_not_see_costs_has_none_delivered(depot: Depot) -> None:
    delivery = await depot.wanted()
    blind = replace(depot.caller, permissions=frozenset({"cloud-accounts:register"}))
    draft = Draft("to us", True, delivery.terms)

    for refused in (
        depot.service.add(blind, new_id(), draft),
        depot.service.change(blind, delivery.id, {"enabled": False}, None),
        depot.service.run(blind, new_id(), delivery.id, anew=False),
    ):
        with pytest.raises(MayNotSeeCosts):
            await refused
