"""S3: lets sessions reach moto's buckets as far as their role's policies allow."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

import httpx

from finops_sandbox.aws.errors import AwsError, refusal
from finops_sandbox.aws.identities import Caller, Session
from finops_sandbox.aws.protocol import Answer, HttpRequest
from finops_sandbox.aws.state import State

# moto wants a signed request and does not check the signature.
_MOTO_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=none"
)
_DROPPED = frozenset(
    {
        *("authorization", "x-amz-security-token", "host", "connection", "content-length"),
        *("transfer-encoding", "expect", "accept-encoding"),
    }
)


def needed_right(request: HttpRequest) -> tuple[str, str]:
    """The action and the resource ARN of an S3 request (path style)."""
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    if not bucket:
        return "s3:ListAllMyBuckets", "*"
    resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    verb = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}
    if key and request.method == "DELETE" and "uploadId=" in request.query:
        return "s3:AbortMultipartUpload", resource
    if key:
        return f"s3:{verb[request.method]}Object", resource
    if "location" in request.query.split("&"):
        return "s3:GetBucketLocation", resource
    made = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket"}
    return f"s3:{made.get(request.method, 'DeleteBucket')}", resource


async def pass_on(
    state: State, who: Caller | Session, request: HttpRequest, moto: httpx.AsyncClient
) -> Answer:
    """Ask moto for a session that may.

    Raises:
        AwsError: AccessDenied for long-lived keys, and for what the role does not allow.
    """
    action, resource = needed_right(request)
    _check_owner(state, who, request)
    asked = {"s3:prefix": dict(parse_qsl(request.query)).get("prefix", "")}
    if not isinstance(who, Session) or not state.identities.may(who, action, resource, asked):
        words = f"User: {who.arn} is not authorized to perform: {action} on resource: {resource}"
        raise refusal("denied", "rest-xml", words)
    query = f"?{request.query}" if request.query else ""
    headers = {**_kept(request.headers), "accept-encoding": "identity"}
    headers["authorization"] = _MOTO_SIGNATURE
    url = f"{request.path}{query}"
    try:
        # Raw bytes: an object stored with a content encoding is not ours to decode.
        async with moto.stream(request.method, url, headers=headers, content=request.body) as found:
            body = b"".join([chunk async for chunk in found.aiter_raw()])
    except httpx.HTTPError as error:
        raise AwsError("ServiceUnavailable", "The object store does not answer", 503) from error
    answered = _kept(found.headers)
    if found.status_code == httpx.codes.PARTIAL_CONTENT:
        # As S3: the checksum is of the whole object, which a range is not.
        answered = {n: text for n, text in answered.items() if "x-amz-checksum" not in n.lower()}
    if request.method == "HEAD" and "content-length" in found.headers:
        answered["content-length"] = found.headers["content-length"]
    kind = found.headers.get("content-type", "application/xml")
    return Answer(found.status_code, body, kind, answered)


async def make_bucket(moto: httpx.AsyncClient, name: str) -> None:
    """A bucket; one that is there already is fine."""
    answer = await moto.put(f"/{name}", headers={"authorization": _MOTO_SIGNATURE})
    answer.raise_for_status()


def _check_owner(state: State, who: Caller | Session, request: HttpRequest) -> None:
    """Buckets let in their own account alone, and nobody who takes them for another's."""
    known = state.buckets.get(unquote(request.path).lstrip("/").partition("/")[0])
    if known is None:
        return
    expected = request.headers.get("x-amz-expected-bucket-owner", known.account)
    if expected != known.account or not (known.open or who.account == known.account):
        raise refusal("denied", "rest-xml", "Access Denied")


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _DROPPED}
