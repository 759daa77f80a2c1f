"""Checks SigV4: which key signed, for which service and region, and whether it is true."""

import re
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from finops_sandbox.aws.protocol import HttpRequest

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request, ?SignedHeaders=(?P<signed>[^,]+), ?Signature=(?P<mark>\w+)"
)


@dataclass(frozen=True)
class Scope:
    """What the Authorization header claims."""

    access_key: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def scope_of(request: HttpRequest) -> Scope | None:
    """The claim of a signed request, None when it is not signed by header."""
    found = _AUTHORIZATION.match(request.headers.get("authorization", ""))
    if found is None:
        return None
    signed = tuple(found["signed"].split(";"))
    return Scope(found["key"], found["region"], found["service"], signed, found["mark"])


def signature_holds(request: HttpRequest, scope: Scope, secret: str) -> bool:
    """Whether the request was signed with the secret and its body is the signed one."""
    stated = request.headers.get("x-amz-content-sha256", "")
    hashed = len(stated) == 64
    if hashed and stated != sha256(request.body).hexdigest():
        return False
    return compare_digest(_signature(request, scope, secret), scope.signature)


def _signature(request: HttpRequest, scope: Scope, secret: str) -> str:
    host = request.headers["host"]
    query = f"?{request.query}" if request.query else ""
    signed = {name: request.headers.get(name, "") for name in scope.signed_headers}
    copy = AWSRequest(
        method=request.method,
        url=f"http://{host}{request.path}{query}",
        headers={name: value for name, value in signed.items() if name != "host"},
        data=request.body,
    )
    copy.context["timestamp"] = request.headers.get("x-amz-date", "")
    credentials = Credentials(scope.access_key, secret)
    signer: Any = S3SigV4Auth if scope.service == "s3" else SigV4Auth
    auth = signer(credentials, scope.service, scope.region)
    return str(auth.signature(auth.string_to_sign(copy, auth.canonical_request(copy)), copy))
