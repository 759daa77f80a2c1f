"""Drafts of registrations on the wire: the fields of a registration, each by itself."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from finops_common.contracts.ingestion import Provider
from finops_common.schemas import Command, Line
from finops_ingestion.accounts.schemas import AzurePlace, GooglePlace, ReadCapability
from finops_ingestion.connections.clouds_schemas import (
    AzureCredentials,
    BillingAccount,
    BillsAndAccounts,
    GoogleBillingAccount,
    GoogleCredentials,
)
from finops_ingestion.connections.schemas import NO_OR_ONE_BUCKET, AccountId, RoleArn
from finops_ingestion.drafts.domain import StepName

Bucket = Annotated[str, StringConstraints(max_length=63, pattern=NO_OR_ONE_BUCKET)]


class AwsAnswers(Command):
    provider: Literal["AWS"]
    account_id: AccountId | None = Field(default=None, examples=["123456789012"])
    name: Line | None = None
    capabilities: frozenset[ReadCapability] | None = Field(
        default=None, description="what is to be read; null: everything"
    )
    export_bucket: Bucket | None = Field(
        default=None, description="empty for accounts that pay for no other"
    )
    export_name: Line | None = Field(default=None, description="else we choose")
    role_arn: RoleArn | None = Field(
        default=None, description="unless it is the role that our template makes"
    )


class AzureAnswers(Command):
    provider: Literal["Microsoft"]
    account_id: BillingAccount | None = Field(default=None, examples=["8608480"])
    name: Line | None = None
    capabilities: frozenset[BillsAndAccounts] | None = None
    place: AzurePlace | None = None


class GoogleAnswers(Command):
    provider: Literal["Google Cloud"]
    account_id: GoogleBillingAccount | None = Field(default=None, examples=["01A2B3-4C5D6E-7F8A9B"])
    name: Line | None = None
    capabilities: frozenset[BillsAndAccounts] | None = None
    place: GooglePlace | None = None
    export_name: Line | None = None


class AzureDraft(AzureAnswers):
    credentials: AzureCredentials | None = None


class GoogleDraft(GoogleAnswers):
    credentials: GoogleCredentials | None = None


DraftAnswers = Annotated[AwsAnswers | AzureDraft | GoogleDraft, Field(discriminator="provider")]
"""What is given is set, null takes an answer back, what is left out stays."""

KnownAnswers = Annotated[AwsAnswers | AzureAnswers | GoogleAnswers, Field(discriminator="provider")]


class StepView(BaseModel):
    step: StepName
    title: str
    done: bool


class NextStepView(BaseModel):
    step: StepName
    title: str
    instruction: str = Field(description="what to do, and where in the cloud's console")
    missing: list[str] = Field(description="fields of the draft; empty: register it")
    optional: list[str]
    link: str | None = Field(
        description="opens the console with everything filled in, where the step has one"
    )


class AccountDraftView(BaseModel):
    id: UUID = Field(description="the cloud account's, once it is registered")
    provider: Provider
    answers: KnownAnswers
    credentials_given: bool = Field(description="they are sealed and never shown")
    next: NextStepView
    steps: list[StepView]
    created_by: UUID
    version: int
    created_at: datetime
    changed_at: datetime
    expires_at: datetime = Field(description="when it is deleted unless it is changed")


class AccountDraftSummary(BaseModel):
    id: UUID
    provider: Provider
    account_id: str | None
    name: str | None
    next_step: StepName
    created_by: UUID
    created_at: datetime
    changed_at: datetime
    expires_at: datetime
