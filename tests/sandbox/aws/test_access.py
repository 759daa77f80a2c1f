"""Trust: who gets a session, for how long, and what it may do."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from finops_sandbox.aws.policies import evaluate
from finops_sandbox.aws.served import Customer, Keys, MovableClock


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.mark.req("AUTO-60", part="STS with trust and ExternalId")
async def test_the_platform_gets_a_session_with_the_right_external_id(customer: Customer) -> None:
    role = await customer.role(customer.world.payer.id)

    keys = await customer.simulator.assume(role, "org-5f0c")

    async with customer.simulator.client("sts", keys) as sts:
        me = await sts.get_caller_identity()
    assert me["Account"] == customer.world.payer.id
    assert me["Arn"].endswith(":assumed-role/FinOpsRead/test")


@pytest.mark.req("AUTO-60", part="STS with trust and ExternalId")
@pytest.mark.parametrize("external_id", ["org-other", "ORG-5F0C"])
async def test_a_wrong_external_id_is_refused(customer: Customer, external_id: str) -> None:
    role = await customer.role(customer.world.payer.id)

    with pytest.raises(ClientError) as refused:
        await customer.simulator.assume(role, external_id)

    assert code_of(refused) == "AccessDenied"


async def test_a_missing_external_id_is_refused(customer: Customer) -> None:
    role = await customer.role(customer.world.payer.id)

    async with customer.simulator.client("sts") as sts:
        with pytest.raises(ClientError) as refused:
            await sts.assume_role(RoleArn=role, RoleSessionName="test")

    assert code_of(refused) == "AccessDenied"


async def test_an_unknown_role_is_refused_with_the_same_code(customer: Customer) -> None:
    with pytest.raises(ClientError) as refused:
        await customer.simulator.assume(
            f"arn:aws:iam::{customer.world.payer.id}:role/Nobody", "org-5f0c"
        )

    assert code_of(refused) == "AccessDenied"


async def test_a_role_that_does_not_trust_the_caller_is_refused(
    customer: Customer, payer_keys: Keys
) -> None:
    role = f"arn:aws:iam::{customer.world.payer.id}:role/FinOpsRead"

    async with customer.simulator.client("sts", payer_keys) as sts:
        with pytest.raises(ClientError) as refused:
            await sts.assume_role(RoleArn=role, RoleSessionName="again", ExternalId="org-5f0c")

    assert code_of(refused) == "AccessDenied"


async def test_a_session_ends_at_its_time(
    customer: Customer, clock: MovableClock, payer_keys: Keys
) -> None:
    clock.pass_time(timedelta(hours=1))

    for service, call, code in (
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("savingsplans", "describe_savings_plans", "ExpiredTokenException"),
        ("organizations", "describe_organization", "ExpiredTokenException"),
        ("ec2", "describe_reserved_instances", "RequestExpired"),
    ):
        async with customer.simulator.client(service, payer_keys) as client:
            with pytest.raises(ClientError) as refused:
                await getattr(client, call)()
        assert code_of(refused) == code


async def test_too_short_a_session_is_refused(customer: Customer) -> None:
    role = await customer.role(customer.world.payer.id)

    with pytest.raises(ClientError) as refused:
        await customer.simulator.assume(role, "org-5f0c", DurationSeconds=43200)

    assert code_of(refused) == "ValidationError"


async def test_a_forged_secret_is_refused(customer: Customer, payer_keys: Keys) -> None:
    forged = {**payer_keys, "aws_secret_access_key": "guessed"}

    for service, call, code in (
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("savingsplans", "describe_savings_plans", "InvalidSignatureException"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ):
        async with customer.simulator.client(service, forged) as client:
            with pytest.raises(ClientError) as refused:
                await getattr(client, call)()
        assert code_of(refused) == code


async def test_a_stolen_key_without_its_token_is_refused(
    customer: Customer, payer_keys: Keys
) -> None:
    stolen = {**payer_keys, "aws_session_token": "other"}

    async with customer.simulator.client("sts", stolen) as sts:
        with pytest.raises(ClientError) as refused:
            await sts.get_caller_identity()

    assert code_of(refused) == "InvalidClientTokenId"


async def test_the_platforms_own_key_may_ask_the_customers_services_nothing(
    customer: Customer,
) -> None:
    async with customer.simulator.client("savingsplans") as client:
        with pytest.raises(ClientError) as refused:
            await client.describe_savings_plans()

    assert code_of(refused) == "AccessDeniedException"


@pytest.mark.req("AUTO-31", part="the simulator narrows a session by its policy")
async def test_a_session_policy_narrows_the_role(customer: Customer) -> None:
    role = await customer.role(customer.world.payer.id)
    only = {"Statement": {"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}}
    keys = await customer.simulator.assume(role, "org-5f0c", Policy=json.dumps(only))

    async with customer.simulator.client("organizations", keys) as client:
        assert (await client.describe_organization())["Organization"]["FeatureSet"] == "ALL"
    async with customer.simulator.client("savingsplans", keys) as client:
        with pytest.raises(ClientError) as refused:
            await client.describe_savings_plans()

    assert code_of(refused) == "AccessDeniedException"


@pytest.mark.req("ING-4", part="the simulator answers SimulatePrincipalPolicy from the role")
async def test_granted_and_missing_rights_can_be_told_apart(
    customer: Customer, payer_keys: Keys
) -> None:
    role = f"arn:aws:iam::{customer.world.payer.id}:role/FinOpsRead"
    actions = ["savingsplans:DescribeSavingsPlans", "savingsplans:CreateSavingsPlan"]

    async with customer.simulator.client("iam", payer_keys) as iam:
        answer = await iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=actions)

    found = {item["EvalActionName"]: item["EvalDecision"] for item in answer["EvaluationResults"]}
    assert found == {
        "savingsplans:DescribeSavingsPlans": "allowed",
        "savingsplans:CreateSavingsPlan": "implicitDeny",
    }


@pytest.mark.req("ING-2", part="a customer's stack in the sandbox")
async def test_deleting_the_stack_ends_what_its_sessions_may(
    customer: Customer, payer_keys: Keys
) -> None:
    gone = await customer.simulator.delete_stack(customer.world.payer.id, "finops")

    assert gone.status_code == 204
    async with customer.simulator.client("savingsplans", payer_keys) as client:
        with pytest.raises(ClientError) as refused:
            await client.describe_savings_plans()
    assert code_of(refused) == "AccessDeniedException"


async def test_the_same_stack_is_not_made_twice(customer: Customer) -> None:
    await customer.run_stack(customer.world.payer.id)

    again = await customer.run_stack(customer.world.payer.id, "again")

    assert again.status_code == 409
    assert "AlreadyExists" in again.json()["detail"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("[]", "no Resources"),
        ("{Resources: {B: {Type: AWS::S3::Bucket}}}", "makes no AWS::S3::Bucket"),
        ("Resources: {R: {Type: 'AWS::IAM::Role'}}\nParameters: {P: {Type: String}}", "must have"),
        ("Resources: {", "format error"),
    ],
)
async def test_a_template_that_cannot_be_run_is_refused_with_the_reason(
    customer: Customer, template: str, words: str
) -> None:
    account = customer.world.payer.id

    answer = await customer.simulator.run_stack(account, "bad", template, {})

    assert answer.status_code == 400
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("statements", "action", "resource", "decision"),
    [
        ([("Allow", "s3:Get*", "arn:aws:s3:::b/*")], "s3:GetObject", "arn:aws:s3:::b/k", "allowed"),
        ([("Allow", "S3:GETOBJECT", "*")], "s3:GetObject", "arn:aws:s3:::b/k", "allowed"),
        (
            [("Allow", "s3:Get*", "arn:aws:s3:::b/*")],
            "s3:GetObject",
            "arn:aws:s3:::c/k",
            "implicitDeny",
        ),
        ([("Allow", "*", "*"), ("Deny", "s3:*", "*")], "s3:GetObject", "x", "explicitDeny"),
        ([("Allow", "ec2:Describe?ags", "*")], "ec2:DescribeTags", "*", "allowed"),
        ([], "ec2:DescribeTags", "*", "implicitDeny"),
    ],
)
def test_policies_are_evaluated_as_iam_does(
    statements: list[tuple[str, str, str]], action: str, resource: str, decision: str
) -> None:
    policy = {
        "Statement": [
            {"Effect": effect, "Action": actions, "Resource": resources}
            for effect, actions, resources in statements
        ]
    }

    assert evaluate([policy], action, resource) == decision
