"""The token endpoint: bearer tokens for assertions that a service account's key has signed."""

import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from finops_sandbox.gcp.access import state_of
from finops_sandbox.gcp.errors import GrantError
from finops_sandbox.gcp.state import ServiceAccount, State

router = APIRouter()
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@router.post("/token")
async def give_token(request: Request) -> JSONResponse:
    state = state_of(request)
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    if form.get("grant_type") != GRANT:
        raise GrantError("Bad Request")
    account = _signer(state, form["assertion"], str(request.url))
    token = state.issue(account.email)
    return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


def _signer(state: State, assertion: str, url: str) -> ServiceAccount:
    head, body = (_opened(part) for part in assertion.split(".")[:2])
    account = state.accounts.get(body["iss"])
    if account is None:
        raise GrantError("Invalid grant: account not found")
    public = account.keys.get(head.get("kid", ""))
    if public is None:
        raise GrantError("Invalid JWT Signature.")
    try:
        claims = jwt.decode(assertion, RSAKey.import_key(public), algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        raise GrantError("Invalid JWT Signature.") from None
    now = state.clock().timestamp()
    short_lived = claims["iat"] <= now + 60 and now < claims["exp"] <= claims["iat"] + 3600
    if claims["aud"] != url or not claims.get("scope") or not short_lived:
        raise GrantError("Invalid JWT: Token must be a short-lived token (60 minutes)")
    return account


def _opened(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
