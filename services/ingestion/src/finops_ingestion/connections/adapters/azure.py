"""Azure's REST APIs: tokens of an application, the resource manager, a blob container."""

import base64
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import RSAKey

from finops_common.clock import Clock
from finops_ingestion.accounts.domain import Cause
from finops_ingestion.connections.adapters.rest import RefusedError, Rest
from finops_ingestion.connections.credentials import AzureApp
from finops_ingestion.connections.domain import CloudSilentError, ConnectionBrokenError
from finops_ingestion.imports.stores.objects import ChangedError, Listed

MANAGEMENT = "https://management.azure.com/.default"
STORAGE = "https://storage.azure.com/.default"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE_S = 300
_SPARE_S = 300
_STORAGE_VERSION = "2023-11-03"
_OTHER_VERSION = frozenset({404, 412})
_PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_CAUSES: dict[int, Cause] = {
    90002: "tenant_unknown",
    90019: "tenant_unknown",
    900023: "tenant_unknown",
    700016: "app_unknown",
    7000229: "app_unknown",
    7000215: "secret_wrong",
    7000222: "secret_expired",
    700024: "certificate_wrong",
    700027: "certificate_wrong",
}
"""AADSTS numbers of the login endpoint that say what to mend."""


@dataclass(frozen=True, slots=True)
class AzureEndpoints:
    """Where Azure answers; `blobs` with `{account}` for the storage account's name."""

    login: str = "https://login.microsoftonline.com"
    management: str = "https://management.azure.com"
    blobs: str = "https://{account}.blob.core.windows.net"


@dataclass
class AppSession:
    """An application's tokens, one per audience, fetched when needed and again before they end."""

    rest: Rest
    endpoints: AzureEndpoints
    app: AzureApp
    clock: Clock
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    async def token(self, scope: str) -> str:
        """A bearer token for the scope.

        Raises:
            ConnectionBrokenError: Azure does not let the application in, and why.
            CloudSilentError: no answer.
        """
        kept = self._tokens.get(scope)
        if kept is None or kept[1] < time.monotonic():
            kept = await self._fetch(scope)
            self._tokens[scope] = kept
        return kept[0]

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """A document of the resource manager. Raises RefusedError, and as `token`."""
        token = await self.token(MANAGEMENT)
        url = self.endpoints.management + path
        return _document(await self.rest.ask("GET", url, token, params=query))

    async def list(self, path: str, **query: str) -> list[dict[str, Any]]:
        """All pages of a list. Raises as `get`."""
        found = await self.get(path, **query)
        items: list[dict[str, Any]] = found.get("value", [])
        seen = set[str]()
        while link := found.get("nextLink"):
            if link in seen:
                raise CloudSilentError("pages without an end")
            seen.add(link)
            # Its path alone: whatever host it names, our token goes nowhere else.
            next_page = urlsplit(link)
            found = await self.get(next_page.path, **dict(parse_qsl(next_page.query)))
            items += found.get("value", [])
        return items

    async def _fetch(self, scope: str) -> tuple[str, float]:
        url = f"{self.endpoints.login}/{quote(self.app.tenant_id)}/oauth2/v2.0/token"
        form = {"grant_type": "client_credentials", "client_id": self.app.client_id, "scope": scope}
        try:
            answer = await self.rest.ask("POST", url, data=form | self._proof(url))
        except RefusedError as refused:
            raise ConnectionBrokenError(self._cause(refused)) from None
        given = _document(answer)
        if not {"access_token", "expires_in"} <= given.keys():
            raise CloudSilentError("no token")
        return given["access_token"], time.monotonic() + given["expires_in"] - _SPARE_S

    def _proof(self, url: str) -> dict[str, str]:
        if self.app.certificate is None:
            return {"client_secret": self.app.client_secret or ""}
        return {"client_assertion_type": _ASSERTION, "client_assertion": self._assertion(url)}

    def _assertion(self, url: str) -> str:
        pem = (self.app.certificate or "").encode()
        digest = x509.load_pem_x509_certificate(pem).fingerprint(SHA256())
        thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        now = int(self.clock().timestamp())
        claims = {
            "aud": url,
            "iss": self.app.client_id,
            "sub": self.app.client_id,
            "jti": str(uuid4()),
            "nbf": now,
            "exp": now + _ASSERTION_LIFE_S,
        }
        header = {"alg": "PS256", "x5t#S256": thumbprint}
        return jwt.encode(header, claims, _private_key(pem), algorithms=["PS256"])

    def _cause(self, refused: RefusedError) -> Cause:
        known = [_CAUSES[code] for code in _codes(refused) if code in _CAUSES]
        if known:
            return known[0]
        if refused.document.get("error") != "invalid_client":
            return "app_unknown"
        return "secret_wrong" if self.app.certificate is None else "certificate_wrong"


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise CloudSilentError("no JSON") from error
    if not isinstance(found, dict):
        raise CloudSilentError("no document")
    return found


def _codes(refused: RefusedError) -> list[int]:
    codes = refused.document.get("error_codes", [])
    return [code for code in codes if isinstance(code, int)]


def _private_key(pem: bytes) -> RSAKey:
    found = _PRIVATE_KEY.search(pem)
    if found is None:  # what is stored was validated when it was given
        raise ConnectionBrokenError("certificate_wrong")
    return RSAKey.import_key(found[0])


class BlobContainer:
    """One container, read as objects of a bill (`imports.stores.objects.Objects`)."""

    def __init__(self, session: AppSession, bucket: str) -> None:
        account, _, container = bucket.partition("/")
        self._session = session
        self._url = f"{session.endpoints.blobs.format(account=account)}/{quote(container)}"

    async def list(self, prefix: str, limit: int | None = None) -> AsyncIterator[Listed]:
        """Every blob below `prefix`, the first `limit` at most. Raises RefusedError."""
        query = {"restype": "container", "comp": "list", "prefix": prefix}
        query |= {} if limit is None else {"maxresults": str(limit)}
        while True:
            answer = await self._ask("GET", self._url, params=query)
            # Expat bounds what entities may expand to, and the text is the provider's own.
            page = ET.fromstring(answer.content)  # noqa: S314 - as said above
            for blob in page.iter("Blob"):
                yield _listed(blob)
            marker = page.findtext("NextMarker")
            if not marker or limit is not None:
                return
            query["marker"] = marker

    async def read(self, key: str) -> bytes:
        """A small blob, whole."""
        return (await self._ask("GET", self._blob(key))).content

    async def stream(self, key: str, version: str) -> AsyncGenerator[bytes, None]:
        """The bytes of the version that was listed. Raises ChangedError when it is not there now."""
        token = await self._session.token(STORAGE)
        headers = self._headers() | {"If-Match": f'"{version}"'}
        try:
            async with self._session.rest.stream(self._blob(key), token, headers=headers) as answer:
                async for chunk in answer.aiter_raw():
                    yield chunk
        except RefusedError as refused:
            if refused.status in _OTHER_VERSION:
                raise ChangedError(key) from None
            raise

    def _blob(self, key: str) -> str:
        return f"{self._url}/{quote(key)}"

    def _headers(self) -> dict[str, str]:
        # Without it httpx offers gzip, and a packed blob could arrive unpacked.
        return {"x-ms-version": _STORAGE_VERSION, "Accept-Encoding": "identity"}

    async def _ask(self, method: str, url: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - of httpx
        token = await self._session.token(STORAGE)
        return await self._session.rest.ask(method, url, token, headers=self._headers(), **given)


def _listed(blob: ET.Element) -> Listed:
    def text(path: str) -> str:
        return blob.findtext(path) or ""

    modified = parsedate_to_datetime(text("Properties/Last-Modified"))
    return Listed(
        text("Name"),
        text("Properties/Etag").strip('"'),
        int(text("Properties/Content-Length")),
        modified if modified.tzinfo else modified.replace(tzinfo=UTC),
    )
