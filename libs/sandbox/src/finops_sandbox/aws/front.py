"""One call from the wire to its answer: who signed it, whether they may, what it says."""

from collections.abc import Mapping
from urllib.parse import unquote

import httpx

from finops_sandbox.aws import access, billing, plans, reservations
from finops_sandbox.aws.errors import AwsError, refusal
from finops_sandbox.aws.faults import SpoiledAnswer, meet, spoil
from finops_sandbox.aws.identities import Caller, Session
from finops_sandbox.aws.objects import needed_right, pass_on
from finops_sandbox.aws.protocol import (
    Answer,
    HttpRequest,
    Parameters,
    answer,
    error_answer,
    parse,
    protocol_of,
)
from finops_sandbox.aws.signing import Scope, scope_of, signature_holds
from finops_sandbox.aws.state import Call, Operation, State

SERVICES: Mapping[str, Mapping[str, Operation]] = {
    "sts": access.STS,
    "iam": access.IAM,
    "organizations": billing.ORGANIZATIONS,
    "cur": billing.CUR,
    "bcm-data-exports": billing.DATA_EXPORTS,
    "pricing": billing.PRICING,
    "savingsplans": plans.SAVINGSPLANS,
    "ec2": reservations.EC2,
    "rds": reservations.RDS,
    "elasticache": reservations.ELASTICACHE,
    "redshift": reservations.REDSHIFT,
    "es": reservations.OPENSEARCH,
    "memorydb": reservations.MEMORYDB,
}
# What IAM calls the rights of operations whose names differ from them.
_RIGHTS = {
    "es:DescribeReservedElasticsearchInstances": "es:DescribeReservedInstances",
    "es:DescribeReservedElasticsearchInstanceOfferings": "es:DescribeReservedInstanceOfferings",
}
# Where an operation names the resource that a policy may be limited to.
_RESOURCES = {
    "bcm-data-exports:GetExport": "ExportArn",
    "iam:SimulatePrincipalPolicy": "PolicySourceArn",
}
# Nobody needs a right to ask who they are; assuming is decided by the role's trust.
_FREE = frozenset({"sts:GetCallerIdentity", "sts:AssumeRole"})


async def handle(
    state: State, request: HttpRequest, moto: httpx.AsyncClient
) -> Answer | SpoiledAnswer:
    """The answer to one signed request."""
    scope = scope_of(request)
    if scope is None:
        unsigned = AwsError("MissingAuthenticationToken", "Request is missing a signature", 403)
        return error_answer("rest-xml", unsigned)
    try:
        protocol = protocol_of(scope.service)
    except AwsError as error:
        return error_answer("query", error)
    try:
        who = _signer(state, request, scope, protocol)
        if scope.service == "s3":
            operation = needed_right(request)[0].partition(":")[2]
            fault = state.faults.take("s3", operation, unquote(request.path))
            await meet(fault, protocol)
            return spoil(await pass_on(state, who, request, moto), fault, request.headers)
        return await _operate(state, who, scope, request)
    except AwsError as error:
        return error_answer(protocol, error)


async def _operate(
    state: State, who: Caller | Session, scope: Scope, request: HttpRequest
) -> Answer:
    service = "pricing" if scope.service == "api.pricing" else scope.service
    service = "memorydb" if service == "memory-db" else service
    # OpenSearch has two models that sign alike: the newer one has paths of its own year.
    newer = service == "es" and request.path.startswith("/2021-01-01/")
    model = "opensearch" if newer else scope.service
    name, parameters = parse(model, request)
    protocol = protocol_of(model)
    operation = SERVICES.get(service, {}).get(name)
    if operation is None:
        raise AwsError("NotImplemented", f"The simulator has no {service}:{name}", 400)
    await meet(state.faults.take(service, name), protocol)
    _check_right(state, who, f"{service}:{name}", parameters, protocol)
    result = operation(Call(state, who, scope.region, parameters))
    return answer(model, name, result)


def _signer(state: State, request: HttpRequest, scope: Scope, protocol: str) -> Caller | Session:
    identities = state.identities
    session = identities.sessions.get(scope.access_key)
    who = session or identities.callers.get(scope.access_key)
    token = request.headers.get("x-amz-security-token")
    if who is None or (session is not None and token != session.token):
        raise refusal("unknown-key", protocol, "The security token in the request is invalid")
    if session is not None and identities.clock() >= session.expires_at:
        raise refusal("expired", protocol, "The security token in the request is expired")
    if not signature_holds(request, scope, who.secret):
        words = "The request signature we calculated does not match the signature you provided"
        raise refusal("signature", protocol, words)
    return who


def _check_right(
    state: State, who: Caller | Session, action: str, parameters: Parameters, protocol: str
) -> None:
    right = _RIGHTS.get(action, action)
    if right in _FREE:
        return
    resource = str(parameters.get(_RESOURCES.get(action, ""), "*"))
    if isinstance(who, Session) and state.identities.may(who, right, resource):
        return
    words = f"User: {who.arn} is not authorized to perform: {right} on resource: {resource}"
    raise refusal("denied", protocol, words)
