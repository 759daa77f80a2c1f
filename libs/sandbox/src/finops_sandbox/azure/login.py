"""The login endpoint: tokens for applications that prove themselves, refusals by number."""

import base64
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from finops_sandbox.azure.errors import LoginError
from finops_sandbox.azure.state import App, State

router = APIRouter()
AUDIENCES = {
    "https://management.azure.com/.default": "management",
    "https://storage.azure.com/.default": "storage",
}


@router.post("/{tenant}/oauth2/v2.0/token")
async def give_token(tenant: str, request: Request) -> JSONResponse:
    """Client credentials, with a secret or a signed assertion."""
    state: State = request.app.state.azure
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    app = _app(state, tenant, form)
    _check_proof(state, app, form, str(request.url))
    audience = AUDIENCES.get(form.get("scope", ""))
    if audience is None:
        raise LoginError(70011, "invalid_scope")
    token = state.issue(app, audience)
    return JSONResponse({"token_type": "Bearer", "expires_in": 3599, "access_token": token})


def _app(state: State, tenant: str, form: dict[str, str]) -> App:
    if tenant not in state.tenants:
        raise LoginError(90002, "invalid_request")
    app = state.apps.get(form.get("client_id", ""))
    if app is None or app.tenant_id != tenant:
        raise LoginError(700016, "unauthorized_client")
    return app


def _check_proof(state: State, app: App, form: dict[str, str], url: str) -> None:
    if "client_assertion" in form:
        _check_assertion(state, app, form["client_assertion"], url)
    elif app.secret is None or form.get("client_secret") != app.secret:
        raise LoginError(7000215)
    elif app.secret_ends is not None and app.secret_ends <= state.clock():
        raise LoginError(7000222)


def _check_assertion(state: State, app: App, assertion: str, url: str) -> None:
    if app.certificate is None:
        raise LoginError(700027)
    known = x509.load_pem_x509_certificate(app.certificate.encode())
    public = known.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    digest = base64.urlsafe_b64encode(known.fingerprint(SHA256())).rstrip(b"=").decode()
    try:
        token = jwt.decode(assertion, RSAKey.import_key(public), algorithms=["PS256"])
    except (JoseError, ValueError):
        raise LoginError(700027) from None
    said, now = token.claims, state.clock().timestamp()
    if token.header.get("x5t#S256") != digest or known.not_valid_after_utc <= state.clock():
        raise LoginError(700027)
    whole = said["iss"] == said["sub"] == app.client_id and said["aud"] == url and said["jti"]
    if not whole or not said["nbf"] <= now < said["exp"]:
        raise LoginError(700024)
