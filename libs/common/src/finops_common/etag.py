"""`ETag` and `If-Match`: nobody overwrites what they have not seen (PLAT-4)."""

from typing import Annotated

from fastapi import Depends, Header, Response


async def if_match_version(
    if_match: Annotated[
        str | None, Header(max_length=40, description="ETag of what was read")
    ] = None,
) -> int | None:
    """The version in `If-Match`; None when any will do, -1 for what is no version of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    return int(text) if text.isdigit() else -1


IfMatch = Annotated[int | None, Depends(if_match_version)]


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'
