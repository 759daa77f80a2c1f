"""HTTP of connections: register, check, change what opens the account, the stack to run."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_common.errors.http import problems
from finops_common.once import Once
from finops_ingestion.accounts.schemas import CloudAccountView, ReadCapability
from finops_ingestion.accounts.views import account_view
from finops_ingestion.connections import schemas
from finops_ingestion.connections.domain import FocusPlace
from finops_ingestion.connections.views import permissions_view
from finops_ingestion.dependencies import (
    Accounts,
    Connections,
    Detaching,
    SpeaksLanguage,
    Stacks,
)
from finops_ingestion.problems import (
    AlreadyRegistered,
    CredentialsRefused,
    NotConnected,
    NotDetached,
    NotOfTheAccount,
    OtherProvider,
    OwnRoleMissing,
    PaidByAnother,
    RegisteredElsewhere,
    RegistrationWaits,
)

router = organization_router("/cloud-accounts", "cloud accounts")
aws = organization_router("/aws", "cloud accounts")
MayRead = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:view"])]
MayChange = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:edit"])]
MayDetach = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:detach"])]
MayRegister = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:register"])]

Without = Annotated[
    list[ReadCapability] | None, Query(description="capabilities whose rights are left out")
]
Bucket = Annotated[
    str,
    Query(
        max_length=63,
        pattern=schemas.NO_OR_ONE_BUCKET,
        description="of the cost export; empty for accounts that pay for no other",
    ),
]


async def focus_place(
    focus_bucket: Annotated[
        str,
        Query(
            max_length=63,
            pattern=schemas.NO_OR_ONE_BUCKET,
            description="of a folder of FOCUS files; empty where there is none",
        ),
    ] = "",
    focus_folder: Annotated[
        str,
        Query(
            max_length=300,
            pattern=schemas.PREFIX,
            description="that folder, without / at its ends; empty for the whole bucket",
        ),
    ] = "",
) -> FocusPlace:
    """What of a bucket with FOCUS files the stack opens."""
    return FocusPlace(focus_bucket, f"{focus_folder}/" if focus_folder else "")


Focus = Annotated[FocusPlace, Depends(focus_place)]


@router.post(
    "",
    status_code=201,
    summary="Register a cloud account",
    responses=problems(
        RegisteredElsewhere, AlreadyRegistered, NotOfTheAccount, CredentialsRefused, OwnRoleMissing
    ),
)
async def register_cloud_account(
    body: schemas.NewCloudAccount,
    caller: MayRegister,
    connections: Connections,
    language: SpeaksLanguage,
    once: Once,
) -> CloudAccountView:
    """In one call. What is not ready in the cloud yet is waited for, and noticed by itself within 5 minutes."""
    wanted = body.registration()
    account = await once(caller, lambda new_id: connections.register(caller, new_id, wanted))
    return account_view(account, language)


@router.post(
    "/{cloud_account_id}/checks",
    summary="Check the permissions now",
    responses=problems(OwnRoleMissing),
)
async def check_permissions(
    cloud_account_id: UUID, caller: MayChange, connections: Connections, language: SpeaksLanguage
) -> schemas.PermissionsView:
    """Asks the cloud; the connection status follows what is found."""
    return permissions_view(await connections.check(caller, cloud_account_id), language)


@router.get("/{cloud_account_id}/permissions", summary="Permissions of a cloud account")
async def read_permissions(
    cloud_account_id: UUID, caller: MayRead, accounts: Accounts, language: SpeaksLanguage
) -> schemas.PermissionsView:
    """As the newest check found them."""
    return permissions_view(await accounts.get(caller, cloud_account_id), language)


@router.get(
    "/{cloud_account_id}/subscriptions",
    summary="Subscriptions of a billing account",
    responses=problems(OwnRoleMissing, NotConnected),
)
async def list_subscriptions(
    cloud_account_id: UUID, caller: MayChange, connections: Connections
) -> schemas.AzureSubscriptionList:
    """Asks the cloud; those that are chosen are read as accounts. Empty where all always are."""
    found = await connections.choices(caller, cloud_account_id)
    return schemas.AzureSubscriptionList(
        items=[
            schemas.AzureSubscriptionView(
                id=each.member.account_id, name=each.member.name, chosen=each.chosen
            )
            for each in found
        ]
    )


@router.put(
    "/{cloud_account_id}/credentials",
    summary="Change what opens a cloud account",
    responses=problems(CredentialsRefused, NotOfTheAccount, OtherProvider, OwnRoleMissing),
)
async def change_credentials(
    cloud_account_id: UUID,
    body: schemas.NewCredentials,
    caller: MayChange,
    connections: Connections,
    language: SpeaksLanguage,
) -> CloudAccountView:
    """Takes effect once it has been seen to work; else the former credentials stay."""
    account = await connections.change_credentials(caller, cloud_account_id, body.given())
    return account_view(account, language)


@router.post(
    "/{cloud_account_id}/detach",
    summary="Detach a cloud account",
    responses=problems(PaidByAnother, RegistrationWaits),
)
async def detach_cloud_account(
    cloud_account_id: UUID, caller: MayDetach, detaching: Detaching, language: SpeaksLanguage
) -> CloudAccountView:
    """Nothing more is asked of the cloud, and its credentials are destroyed; what was collected stays readable. Linked accounts go with their payer. Owners only."""
    return account_view(await detaching.detach(caller, cloud_account_id), language)


@router.delete(
    "/{cloud_account_id}/data",
    status_code=204,
    summary="Delete the data of a detached account",
    responses=problems(NotDetached, PaidByAnother),
)
async def delete_account_data(
    cloud_account_id: UUID, body: schemas.DataDeletion, caller: MayDetach, detaching: Detaching
) -> None:
    """All cost records of its bills, in every organization; the audit log keeps what was done. Owners only."""
    await detaching.delete_data(caller, cloud_account_id, body.account_id)


@aws.get(
    "/template",
    summary="CloudFormation template of the organization",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def download_template(
    caller: MayRegister,
    stacks: Stacks,
    focus: Focus,
    without: Without = None,
    export_bucket: Bucket = "",
) -> Response:
    """A cross-account role that reads, with the organization's ExternalId filled in."""
    stack = await stacks.read_stack(
        caller, bucket=export_bucket, leave_out=frozenset(without or ()), focus=focus
    )
    headers = {"Content-Disposition": 'attachment; filename="finops-read.json"'}
    return Response(stack.template, media_type="application/json", headers=headers)


@aws.get("/stack", summary="What the organization's stack is run with")
async def read_stack(
    caller: MayRegister,
    stacks: Stacks,
    focus: Focus,
    without: Without = None,
    export_bucket: Bucket = "",
) -> schemas.StackView:
    """The ExternalId, the role's name, and a link that fills everything in."""
    stack = await stacks.read_stack(
        caller, bucket=export_bucket, leave_out=frozenset(without or ()), focus=focus
    )
    return schemas.StackView.model_validate(stack, from_attributes=True)
