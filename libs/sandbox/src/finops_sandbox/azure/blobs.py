"""Blob storage: containers are listed and read by who may, as the service words it."""

from email.utils import format_datetime
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from finops_sandbox.azure.errors import StorageError
from finops_sandbox.azure.state import BLOB_READER, Blob, State

router = APIRouter(prefix="/blob/{account}/{container}")
PAGE = 3


@router.get("")
async def list_blobs(
    account: str, container: str, request: Request, prefix: str = "", marker: str = ""
) -> Response:
    blobs = _blobs(request, account, container)
    limit = min(int(request.query_params.get("maxresults", PAGE)), PAGE)
    names = sorted(name for name in blobs if name.startswith(prefix) and name >= marker)
    shown = "".join(_entry(name, blobs[name]) for name in names[:limit])
    following = escape(names[limit]) if len(names) > limit else ""
    body = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults>'
        f"<Blobs>{shown}</Blobs><NextMarker>{following}</NextMarker></EnumerationResults>"
    )
    return Response(body.encode(), media_type="application/xml")


@router.get("/{name:path}")
async def read_blob(account: str, container: str, name: str, request: Request) -> Response:
    blob = _blobs(request, account, container).get(name)
    if blob is None:
        raise StorageError(404, "BlobNotFound")
    if request.headers.get("if-match") not in {None, f'"{blob.etag}"'}:
        raise StorageError(412, "ConditionNotMet")
    return Response(blob.data, headers={"ETag": f'"{blob.etag}"'})


def _entry(name: str, blob: Blob) -> str:
    return (
        f"<Blob><Name>{escape(name)}</Name><Properties>"
        f"<Last-Modified>{format_datetime(blob.modified, usegmt=True)}</Last-Modified>"
        f"<Etag>{blob.etag}</Etag><Content-Length>{len(blob.data)}</Content-Length>"
        "</Properties></Blob>"
    )


def _blobs(request: Request, account: str, container: str) -> dict[str, Blob]:
    state: State = request.app.state.azure
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    app = state.holder(token, "storage")
    if app is None or "x-ms-version" not in request.headers:
        raise StorageError(401, "InvalidAuthenticationInfo")
    if account in state.closed:
        raise StorageError(403, "AuthorizationFailure")
    allowed = {(BLOB_READER, account), (BLOB_READER, f"{account}/{container}")}
    if app.roles.isdisjoint(allowed):
        raise StorageError(403, "AuthorizationPermissionMismatch")
    containers = state.storage.get(account, {})
    if container not in containers:
        raise StorageError(404, "ContainerNotFound")
    return containers[container]
