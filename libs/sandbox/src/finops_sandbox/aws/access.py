"""sts and iam: sessions for roles that trust the caller, and what a role may do."""

import json
from typing import Any

from finops_sandbox.aws.errors import AwsError
from finops_sandbox.aws.identities import Session
from finops_sandbox.aws.policies import evaluate
from finops_sandbox.aws.state import Call, Operation


def assume_role(call: Call) -> dict[str, Any]:
    given = call.parameters
    policy = given.get("Policy")
    session = call.state.identities.assume(
        call.caller,
        given["RoleArn"],
        given["RoleSessionName"],
        given.get("DurationSeconds", 3600),
        given.get("ExternalId"),
        json.loads(policy) if policy else None,
    )
    return {
        "Credentials": {
            "AccessKeyId": session.access_key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expires_at,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"AROA:{session.name}", "Arn": session.arn},
    }


def get_caller_identity(call: Call) -> dict[str, Any]:
    caller = call.caller
    name = caller.name if isinstance(caller, Session) else caller.arn.rsplit("/", 1)[-1]
    return {"UserId": f"AROA:{name}", "Account": caller.account, "Arn": caller.arn}


def simulate_principal_policy(call: Call) -> dict[str, Any]:
    given = call.parameters
    role = call.state.identities.roles.get(given["PolicySourceArn"])
    if role is None or role.account != call.account:
        raise AwsError("NoSuchEntity", f"No principal {given['PolicySourceArn']}", 404)
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": evaluate(role.policies, action, resource),
        }
        for action in given["ActionNames"]
        for resource in given.get("ResourceArns", ["*"])
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


STS: dict[str, Operation] = {
    "AssumeRole": assume_role,
    "GetCallerIdentity": get_caller_identity,
}
IAM: dict[str, Operation] = {"SimulatePrincipalPolicy": simulate_principal_policy}
