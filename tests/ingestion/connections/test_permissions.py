"""The permission check: every action, granted or missing, with the fix; drift is noticed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import CLOUD_ACCOUNT, NOTICE
from finops_ingestion.connections.domain import CHECKED
from finops_ingestion.connections.service import ConnectionService
from finops_sandbox.world.publish import bucket_of

At = Callable[[datetime], ConnectionService]


def of(capability: str, found: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    (one,) = (each for each in found["capabilities"] if each["capability"] == capability)
    return dict(one)


@pytest.mark.req("ING-4", part="AWS: every action per capability, granted or missing, with the fix")
async def test_every_action_of_every_capability_is_listed(customer) -> None:
    made = await customer.registered()

    found = await customer.owner.get(f"{customer.accounts}/{made['id']}/permissions")

    for capability in ("accounts", "commitments", "resources"):
        one = of(capability, found)
        assert {each["action"] for each in one["actions"]} == set(CHECKED[capability])
        assert (one["wanted"], one["granted"], one["fix"]) == (True, True, None)
    on_bucket = {"s3:ListBucket", "s3:GetObject"}
    assert {each["action"] for each in of("bills", found)["actions"] if each["granted"]} == {
        *CHECKED["bills"],
        *on_bucket,
    }
    purchase = of("purchase", found)
    assert (purchase["wanted"], purchase["granted"]) == (False, False)
    assert not any(each["granted"] for each in purchase["actions"])
    assert "stack of its own" in purchase["fix"]


@pytest.mark.req("ING-4", part="AWS: policy too small")
async def test_a_policy_that_is_too_small_is_named_with_its_actions(customer) -> None:
    await customer.run_stack(WithCommitments="no")

    made = (await customer.register()).json()

    found = await customer.owner.get(f"{customer.accounts}/{made['id']}/permissions")
    assert (found["status"], found["cause"]) == ("update_required", "policy_too_small")
    lacking = [
        each["action"] for each in of("commitments", found)["actions"] if not each["granted"]
    ]
    # What stands in EC2 is allowed by the resources' ec2:Describe*.
    wanted = [each for each in CHECKED["commitments"] if not each.startswith("ec2:")]
    assert sorted(lacking) == sorted(wanted)
    assert "commitments" in of("commitments", found)["fix"]
    assert made["registered_at"] is not None


@pytest.mark.req("ING-2", part="options that leave capabilities out")
async def test_what_is_left_out_on_purpose_is_not_missed(customer) -> None:
    await customer.run(await customer.template(without="commitments"))

    made = (await customer.register(capabilities=["bills", "accounts", "resources"])).json()

    assert made["connection"]["status"] == "healthy"


async def test_without_the_right_to_ask_the_check_names_that_right(customer) -> None:
    template = (await customer.template()).replace("iam:SimulatePrincipalPolicy", "iam:GetRole")
    await customer.run(template)

    made = (await customer.register()).json()

    found = await customer.owner.get(f"{customer.accounts}/{made['id']}/permissions")
    assert found["cause"] == "policy_too_small"
    assert of("check", found)["actions"] == [
        {"action": "iam:SimulatePrincipalPolicy", "granted": False}
    ]


@pytest.mark.req("ING-4", part="AWS: bucket not found")
async def test_a_bucket_that_is_gone_is_named(customer, stack) -> None:
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1", **keys)
    s3.delete_bucket(Bucket=bucket_of(customer.world))

    made = await customer.registered()

    assert made["connection"]["status"] == "update_required"
    assert made["connection"]["cause"] == "bucket_not_found"


@pytest.mark.req("ING-4", part="AWS: bucket not readable")
async def test_a_template_for_another_bucket_lacks_the_rights_on_this_one(customer) -> None:
    await customer.run_stack(ExportBucket="somebody-elses")

    made = (await customer.register()).json()

    found = await customer.owner.get(f"{customer.accounts}/{made['id']}/permissions")
    lacking = [each["action"] for each in of("bills", found)["actions"] if not each["granted"]]
    assert found["cause"] == "policy_too_small"
    assert lacking == ["s3:GetObject", "s3:ListBucket"]


@pytest.mark.req("ING-4", part="AWS: export not found")
async def test_an_export_that_is_not_there_is_named(customer) -> None:
    made = await customer.registered(export_name="no-such-export")

    assert made["connection"]["cause"] == "export_not_found"

    changed = await customer.owner.ask(
        "PATCH", f"{customer.accounts}/{made['id']}", {"export_name": "hanbit-focus"}, expect=200
    )
    assert changed.json()["export_name"] == "hanbit-focus"
    assert (await customer.check(made["id"]))["status"] == "healthy"


@pytest.mark.req("ING-4", part="drift is noticed daily")
async def test_a_stack_that_was_deleted_is_noticed_within_a_day(
    customer, simulator, told, at: At
) -> None:
    made = await customer.registered()
    await simulator.delete_stack(customer.payer, "finops")

    tomorrow = at(utc_now() + timedelta(days=1))
    while await tomorrow.check_next():
        pass

    connection = await customer.connection(made["id"])
    assert (connection["status"], connection["cause"]) == ("error", "role_missing")
    last = (await told(CLOUD_ACCOUNT, made["id"], 4))[-1]
    assert last.data.before == {"status": "healthy", "cause": None}
    assert last.data.after == {"status": "error", "cause": "role_missing"}
    await customer.run_stack()
    assert (await customer.check(made["id"]))["status"] == "healthy"


@pytest.mark.req("ORG-40", part="ingestion: an account that broke, once, with what mends it")
async def test_who_can_mend_a_broken_account_is_told_once(customer, simulator, told) -> None:
    made = await customer.registered()
    await simulator.delete_stack(customer.payer, "finops")

    for _ in range(2):
        assert (await customer.check(made["id"]))["status"] == "error"
    await customer.run_stack()
    await customer.check(made["id"])
    await simulator.delete_stack(customer.payer, "finops")
    await customer.check(made["id"])

    notices = [each.data for each in await told(NOTICE, customer.organization, 2)]
    assert [(each.kind, each.severity) for each in notices] == [("cloud_account.broken", "critical")] * 2  # fmt: skip
    assert len({each.notice_id for each in notices}) == 2
    assert (notices[0].about, notices[0].permission) == (made["id"], "cloud-accounts:edit")
    assert notices[0].facts["account_id"] == customer.payer
    assert "run the template again" in notices[0].facts["advice.en"]
    assert "템플릿" in notices[0].facts["advice.ko"]
