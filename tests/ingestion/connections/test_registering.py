"""A customer runs our stack and registers: what happens, and what each mistake is called."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import CLOUD_ACCOUNT
from finops_ingestion.connections.service import ConnectionService
from finops_sandbox.visitor import Visitor

At = Callable[[datetime], ConnectionService]
HEALTHY = {"status": "healthy", "cause": None, "field": None, "advice": None}


@pytest.mark.req("ING-1", part="AWS, express")
@pytest.mark.req("ING-2", part="AWS, express, by the downloaded template")
async def test_an_account_whose_stack_has_run_is_healthy_after_one_call(customer) -> None:
    await customer.run_stack()

    answer = await customer.register(name="Hanbit")

    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["connection"] == HEALTHY
    assert (made["account_id"], made["payer_account_id"]) == (customer.payer, customer.payer)
    assert (made["name"], made["origin"]) == ("Hanbit", "registered")
    assert made["registered_at"] is not None
    assert await customer.owner.get(f"{customer.accounts}/{made['id']}") == made


@pytest.mark.req("ING-4", part="each change is an event with cause")
async def test_the_events_of_a_registration_come_in_order(customer, told) -> None:
    waiting = (await customer.register()).json()
    await customer.run_stack()
    await customer.check(waiting["id"])

    messages = await told(CLOUD_ACCOUNT, waiting["id"], 4)

    said = [(m.data.name, (m.data.after or {}).get("status"), m.version) for m in messages]
    assert said == [
        ("cloud_account.connection_changed", "pre_registration", 1),
        ("cloud_account.connection_changed", "pre_registration", 2),
        ("cloud_account.registered", None, 3),
        ("cloud_account.connection_changed", "healthy", 4),
    ]
    assert messages[1].data.cause == "stack_not_finished"
    assert messages[3].data.before == {"status": "pre_registration", "cause": "stack_not_finished"}
    assert {m.origin.actor.id for m in messages if m.origin.actor} == {customer.owner.user_id}
    assert {m.organization_id for m in messages} == {UUID(customer.organization)}


@pytest.mark.req("ING-4", part="AWS: stack not finished")
async def test_an_account_without_its_stack_waits_and_says_for_what(customer) -> None:
    answer = await customer.register(headers={"Accept-Language": "ko"})

    assert answer.status_code == 201
    connection = answer.json()["connection"]
    assert (connection["status"], connection["cause"]) == ("pre_registration", "stack_not_finished")
    assert "템플릿" in connection["advice"]
    assert answer.json()["registered_at"] is None


@pytest.mark.req("ING-2", part="the finished stack is noticed without a click")
async def test_a_finished_stack_is_noticed_by_the_worker_within_five_minutes(
    customer, at: At
) -> None:
    waiting = (await customer.register()).json()
    await customer.run_stack()

    later = at(utc_now() + timedelta(minutes=5))
    while await later.check_next():
        pass

    assert (await customer.connection(waiting["id"]))["status"] == "healthy"


@pytest.mark.req("ING-4", part="AWS: ExternalId wrong")
async def test_a_wrong_external_id_is_named(customer) -> None:
    await customer.run_stack(ExternalId="somebody-elses")

    connection = (await customer.register()).json()["connection"]

    assert (connection["status"], connection["cause"]) == ("pre_registration", "external_id_wrong")


@pytest.mark.req("ING-4", part="AWS: role missing")
async def test_a_role_that_the_stack_did_not_make_is_named(customer) -> None:
    await customer.run_stack()

    answer = await customer.register(role_arn=f"arn:aws:iam::{customer.payer}:role/Nobody")

    assert answer.json()["connection"]["cause"] == "role_missing"


@pytest.mark.req("ING-2", part="ExternalId is enforced")
async def test_a_role_that_anybody_can_open_through_us_proves_nothing(customer, simulator) -> None:
    trusting = (await customer.template()).replace(
        '"sts:ExternalId"', '"aws:PrincipalIsAWSService"'
    )
    open_door = trusting.replace('"StringEquals"', '"StringEqualsIfExists"')
    await customer.run(open_door)

    made = (await customer.register()).json()

    assert made["connection"]["cause"] == "external_id_not_required"
    assert made["registered_at"] is None


async def test_a_role_of_another_account_is_refused(customer) -> None:
    answer = await customer.register(role_arn="arn:aws:iam::210987654321:role/finops-read")

    assert (answer.status_code, answer.json()["code"]) == (422, "role-of-another-account")


@pytest.mark.req("ING-1", part="one organization only, race-safe across companies")
async def test_of_two_companies_that_race_for_an_account_one_gets_it(settle) -> None:
    ada, eve = await asyncio.gather(settle(), settle())
    await ada.run_stack(name="ada")
    await eve.run_stack(name="eve")

    answers = await asyncio.gather(ada.register(), eve.register())

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "registered-elsewhere"


@pytest.mark.req("ING-1", part="registered elsewhere is said after proof only")
async def test_who_has_not_proven_ownership_learns_nothing(settle) -> None:
    ada, eve = await settle(), await settle()
    await ada.registered()

    answers = [await eve.register(), await eve.register(eve.world.linked[0].id)]
    named = await eve.register(role_arn=await _role_of(ada))

    causes = [answer.json()["connection"]["cause"] for answer in (*answers, named)]
    assert {answer.status_code for answer in (*answers, named)} == {201}
    assert causes == ["stack_not_finished"] * 3


async def _role_of(customer) -> str:
    path = f"/ingestion/v1/organizations/{customer.organization}/aws/stack"
    return f"arn:aws:iam::{customer.payer}:role/{(await customer.owner.get(path))['role_name']}"


async def test_registering_twice_is_refused_by_name(customer) -> None:
    made = await customer.registered()

    again = await customer.register()

    assert (again.status_code, again.json()["code"]) == (409, "already-registered")
    assert again.json()["cloud_account_id"] == made["id"]


@pytest.mark.req("PLAT-4", part="Idempotency-Key on registration")
async def test_a_repeated_request_finds_the_account_of_the_first(customer) -> None:
    await customer.run_stack()
    key = {"Idempotency-Key": "register-once-1"}

    first = await customer.register(headers=key)
    again = await customer.register(headers=key)

    assert again.status_code == 201
    assert again.json()["id"] == first.json()["id"]


async def test_a_second_try_takes_up_the_first(customer) -> None:
    waiting = (await customer.register()).json()
    await customer.run_stack()

    made = (await customer.register()).json()

    assert made["id"] == waiting["id"]
    assert made["connection"]["status"] == "healthy"


async def test_a_cloud_that_does_not_answer_leaves_the_registration_waiting(
    customer, simulator
) -> None:
    await customer.run_stack()
    await simulator.plan_fault("organizations", "DescribeOrganization", "throttle", times=2)

    made = (await customer.register()).json()

    assert made["connection"] == HEALTHY | {"status": "pre_registration"}
    assert (await customer.check(made["id"]))["status"] == "healthy"


@pytest.mark.req("ING-1", part="permission")
async def test_a_member_may_neither_register_nor_see_the_external_id(customer, arrive) -> None:
    dee: Visitor = await arrive()
    role = {"organization_id": customer.organization, "role": "member"}
    await customer.owner.invite(customer.company, dee, roles=[role])
    aws = f"/ingestion/v1/organizations/{customer.organization}/aws"

    refused = [
        await dee.ask("POST", customer.accounts, {"provider": "AWS", "account_id": "1" * 12}),
        await dee.ask("GET", f"{aws}/template"),
        await dee.ask("GET", f"{aws}/stack"),
    ]

    assert {answer.status_code for answer in refused} == {403}
    assert (await dee.get(customer.accounts))["items"] == []


@pytest.mark.parametrize("account", ["12345678901", "1234567890123", "12345678901x", ""])
async def test_what_is_no_account_id_is_refused(customer, account: str) -> None:
    body = {"provider": "AWS", "account_id": account}

    answer = await customer.owner.ask("POST", customer.accounts, body)

    assert answer.status_code == 422
