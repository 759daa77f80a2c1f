"""The public keys, for whoever verifies our tokens."""

from typing import Any

from fastapi import APIRouter, Response

from finops_common.errors.http import problems
from finops_identity.dependencies import Keys

router = APIRouter(tags=["keys"], responses=problems())


@router.get("/.well-known/jwks.json", summary="Public keys that verify access tokens")
async def get_jwks(keys: Keys, response: Response) -> dict[str, Any]:
    """The JWK set; a new key is in it an hour before it signs."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return dict((await keys.published()).as_dict(private=False))
