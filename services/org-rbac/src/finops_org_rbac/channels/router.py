"""HTTP of channels."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_common.errors.http import problems
from finops_common.once import Once
from finops_org_rbac.channels import schemas
from finops_org_rbac.channels.service import NewChannel
from finops_org_rbac.dependencies import Channels
from finops_org_rbac.problems import TooManyChannels

router = organization_router("/notice-channels", "notices")
MayChangeChannels = Annotated[Caller, Security(current_caller, scopes=["settings:edit"])]


@router.post(
    "", status_code=201, summary="Tell a channel of notices", responses=problems(TooManyChannels)
)
async def add_notice_channel(
    body: schemas.NewNoticeChannel, caller: MayChangeChannels, channels: Channels, once: Once
) -> schemas.NoticeChannelMade:
    """A webhook gets a secret that signs its calls. Calls are tried again for an hour."""
    wanted = NewChannel(
        kind=body.kind,
        name=body.name,
        url=body.url,
        language=body.language,
        categories=tuple(dict.fromkeys(body.categories)),
        severity=body.severity,
    )
    made, secret = await once(caller, lambda new_id: channels.add(caller, new_id, wanted))
    return schemas.NoticeChannelMade.model_validate(asdict(made) | {"secret": secret})


@router.get("", summary="Channels that are told")
async def list_notice_channels(
    caller: MayChangeChannels, channels: Channels
) -> schemas.NoticeChannels:
    """With how many notices did not get through, and why the last did not."""
    found = await channels.list_all(caller)
    return schemas.NoticeChannels(
        items=[schemas.NoticeChannelView.model_validate(asdict(each)) for each in found]
    )


@router.delete("/{channel_id}", status_code=204, summary="Tell a channel no more")
async def remove_notice_channel(
    channel_id: UUID, caller: MayChangeChannels, channels: Channels
) -> None:
    """What still waits for it is dropped."""
    await channels.remove(caller, channel_id)
