"""What ingestion says: cloud accounts, revisions, hourly cost records, inventory, offers."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, computed_field

from finops_common.contracts.ingestion_analytics import (
    BillingFolderChanged,
    CostsExported,
    DashboardChanged,
    DeliveryChanged,
    DeliveryChecked,
    DeliveryRunChanged,
    SavedQueryChanged,
)
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate
from finops_common.contracts.notices import Notice
from finops_common.events.contract import Change, Event, Topic

CLOUD_ACCOUNT = Topic("ingestion.cloud-account", "registered, status changed, detached, moved")
COST = Topic(
    "ingestion.cost", "revisions: started, hourly records (Arrow), committed or failed", 12, 30
)
REVISION = Topic("ingestion.revision", "the small facts of each revision", retention_days=30)
COST_GROUPS = Topic("ingestion.cost-groups", "rules that sort costs into groups changed", 1, 30)
EXCHANGE_RATES = Topic("ingestion.exchange-rates", "what costs are converted by changed", 1, 30)
INVENTORY = Topic(
    "ingestion.commitment-inventory", "what the provider's APIs list", retention_days=30
)
OFFERS = Topic("ingestion.offers", "a new dated price list exists", 1, 30)
NOTICE = Topic("ingestion.notice", "what people should know of reading their bills")

Provider = Literal["AWS", "Microsoft", "Google Cloud"]
ConnectionStatus = Literal[
    "pre_registration", "healthy", "update_required", "error", "to_be_deleted"
]
CollectionStatus = Literal["healthy", "in_progress", "failed"]
Finality = Literal["open", "closed", "restated"]


class _CloudAccountEvent(Change):
    topic: ClassVar[Topic] = CLOUD_ACCOUNT
    key: ClassVar[str] = "cloud_account_id"
    target: ClassVar[tuple[str, str]] = ("cloud_account", "cloud_account_id")

    cloud_account_id: UUID
    company_id: UUID
    organization_id: UUID
    provider: Provider
    account_id: str
    payer_account_id: str | None


class CloudAccountRegistered(_CloudAccountEvent):
    """Ownership is proven and the account belongs to the organization."""

    name: ClassVar[str] = "cloud_account.registered"


class ConnectionStatusChanged(_CloudAccountEvent):
    """Whether we may and can read; `cause` names what to mend."""

    name: ClassVar[str] = "cloud_account.connection_changed"

    status: ConnectionStatus
    cause: str | None = None


class CollectionStatusChanged(_CloudAccountEvent):
    """How the collecting of bills goes."""

    name: ClassVar[str] = "cloud_account.collection_changed"

    status: CollectionStatus
    cause: str | None = None


class IngestionNotice(Notice):
    """People should know that an account cannot be read any more, or a bill was given up."""

    topic: ClassVar[Topic] = NOTICE


class CloudAccountChanged(_CloudAccountEvent):
    """Its name, the capabilities asked for, the export that is read, or its payer."""

    name: ClassVar[str] = "cloud_account.changed"

    capabilities: tuple[str, ...]


class CredentialsChanged(_CloudAccountEvent):
    """A new version of the credentials is in force; never says what they are."""

    name: ClassVar[str] = "cloud_account.credentials_changed"

    credentials_version: int


class CloudAccountDetached(_CloudAccountEvent):
    """Nothing is collected of it any more; what was stays readable where it was."""

    name: ClassVar[str] = "cloud_account.detached"

    billing_source_ids: tuple[UUID, ...] = Field(
        default=(), description="whose bills came through it; none of a linked account"
    )


class CloudAccountMoved(_CloudAccountEvent):
    """It belongs to another organization of its company from now on."""

    name: ClassVar[str] = "cloud_account.moved"

    from_organization_id: UUID


class CloudAccountDataDeleted(_CloudAccountEvent):
    """The cost records that a detached account had left are deleted."""

    name: ClassVar[str] = "cloud_account.data_deleted"

    billing_source_ids: tuple[UUID, ...]


class _CostEvent(Event):
    """One revision's stream: started, parts, then committed or failed, all under one key."""

    topic: ClassVar[Topic] = COST
    key: ClassVar[str] = "stream"
    audited: ClassVar[bool] = False

    billing_source_id: UUID
    company_id: UUID
    period: date = Field(description="first day of the billing period")
    revision: int
    attempt: UUID = Field(description="of the job; a retried job need not cut the same parts")

    @computed_field  # type: ignore[prop-decorator] # Pydantic's documented order
    @property
    def stream(self) -> str:
        """Billing source and period: what is replaced as one."""
        return f"{self.billing_source_id}:{self.period.isoformat()}"


class CostStarted(_CostEvent):
    """An attempt begins; parts of other attempts of this revision no longer count."""

    name: ClassVar[str] = "cost.started"


class CostPart(_CostEvent):
    """Hourly records of one organization as an Arrow IPC stream (zstd), at most 900 KB.

    Columns: `finops_common.contracts.cost_records.COLUMNS`. The value is the Arrow bytes,
    the other fields travel in the header `data`.
    """

    name: ClassVar[str] = "cost.part"

    organization_id: UUID
    part: int = Field(description="counts from 0 within the attempt")
    rows: int
    records: bytes = Field(exclude=True, repr=False)

    def encode(self) -> tuple[bytes, dict[str, str]]:
        """Arrow in the value, the rest in a header."""
        return self.records, {"content-type": ARROW, "data": self.model_dump_json()}

    @classmethod
    def decode(cls, headers: Mapping[str, str], value: bytes) -> Self:
        """Read what `encode` wrote."""
        return cls.model_validate(json.loads(headers["data"]) | {"records": value})


ARROW = "application/vnd.apache.arrow.stream"


class CostTotal(BaseModel):
    """Exact sums of one currency."""

    model_config = ConfigDict(frozen=True)

    currency: str
    billed_cost: Decimal
    effective_cost: Decimal
    list_cost: Decimal


class OrganizationShare(BaseModel):
    """What of a revision belongs to one organization."""

    model_config = ConfigDict(frozen=True)

    organization_id: UUID
    parts: int
    rows: int
    lines: int
    totals: tuple[CostTotal, ...]


class CostCommitted(_CostEvent):
    """The revision stands. A consumer swaps to it once it holds all parts of this attempt."""

    name: ClassVar[str] = "cost.committed"

    parts: int
    finality: Finality
    as_of: datetime = Field(description="last instant the bill knows of")
    organizations: tuple[OrganizationShare, ...]


class CostFailed(_CostEvent):
    """The attempt ended without a revision; what it sent does not count."""

    name: ClassVar[str] = "cost.failed"

    reason: str


class RevisionCommitted(Change):
    """The small facts of a revision, for who needs no records."""

    topic: ClassVar[Topic] = REVISION
    name: ClassVar[str] = "revision.committed"
    key: ClassVar[str] = "billing_source_id"
    target: ClassVar[tuple[str, str]] = ("billing_source", "billing_source_id")

    billing_source_id: UUID
    company_id: UUID
    period: date
    revision: int
    finality: Finality
    as_of: datetime
    organizations: tuple[OrganizationShare, ...]


class InvoiceStated(Change):
    """Somebody has said, or withdrawn, what an invoice of a month comes to."""

    topic: ClassVar[Topic] = REVISION
    name: ClassVar[str] = "invoice.stated"
    key: ClassVar[str] = "billing_source_id"
    target: ClassVar[tuple[str, str]] = ("billing_source", "billing_source_id")

    billing_source_id: UUID
    company_id: UUID
    period: date
    invoice_id: str


class CostGroupsChanged(Change):
    """An organization sorts its costs by other groups, rules or splits from now on.

    Before and after say how many there are; the version itself says which.
    """

    topic: ClassVar[Topic] = COST_GROUPS
    name: ClassVar[str] = "cost_groups.changed"
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("organization", "organization_id")

    organization_id: UUID
    cost_groups_version: int
    changed: tuple[str, ...] = Field(description="groups, rules, shared: which of them")


class ExchangeRatesChanged(Change):
    """An organization converts costs by other rates from now on.

    Before and after name each rate that changed, as `EUR/KRW 2026-10-01`, with its source.
    """

    topic: ClassVar[Topic] = EXCHANGE_RATES
    name: ClassVar[str] = "exchange_rates.changed"
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("organization", "organization_id")

    organization_id: UUID


class ListedCommitment(BaseModel):
    """A commitment as the provider's API lists it; names close to FOCUS 1.4 Contract Commitment."""

    model_config = ConfigDict(frozen=True)

    provider: Provider = "AWS"
    id: str = Field(description="as bills name it")
    kind: Literal["reservation", "savings_plan"]
    type: str
    owner_account_id: str
    region: str | None = None
    zone: str | None = None
    family: str | None = None
    instance_type: str | None = None
    platform: str | None = None
    tenancy: str | None = None
    deployment: str | None = Field(
        None, description="of RDS: `single_az` or `multi_az`, which is two instances"
    )
    quantity: Decimal | None = None
    hourly_commitment: Decimal | None = None
    currency: str | None = None
    term_months: int
    payment_option: str | None
    upfront: Decimal | None = None
    recurring_hourly: Decimal | None = None
    starts_at: datetime
    ends_at: datetime
    state: str = Field(
        description="`active`, `queued`, `payment-pending`, and what runs no more: `retired`,"
        " `returned`, `queued-deleted`, `payment-failed`; AWS may have further ones"
    )
    offering_class: str | None = None


class InventoryListed(Event):
    """A full snapshot of a billing source's commitments, part `part` of `parts` (from 0)."""

    topic: ClassVar[Topic] = INVENTORY
    name: ClassVar[str] = "inventory.listed"
    audited: ClassVar[bool] = False
    key: ClassVar[str] = "billing_source_id"
    target: ClassVar[tuple[str, str]] = ("billing_source", "billing_source_id")

    billing_source_id: UUID
    company_id: UUID
    organization_id: UUID = Field(description="of the payer account")
    payer_account_id: str
    snapshot: UUID
    listed_at: datetime
    part: int
    parts: int
    accounts: tuple[str, ...] = Field(
        default=(),
        description="accounts that were asked; of others the snapshot says nothing, since"
        " each lists only what it owns. Empty: all of the payer's",
    )
    commitments: tuple[ListedCommitment, ...]


class OffersListed(Event):
    """A dated price list exists; its rows are at `GET /internal/offers/{price_list_id}`."""

    topic: ClassVar[Topic] = OFFERS
    name: ClassVar[str] = "offers.listed"
    audited: ClassVar[bool] = False
    key: ClassVar[str] = "price_list_id"
    target: ClassVar[tuple[str, str]] = ("price_list", "price_list_id")

    price_list_id: UUID
    provider: Provider
    payer_account_id: str
    listed_at: datetime
    rows: int


class PriceList(BaseModel):
    """The answer of `GET /internal/offers/{price_list_id}`."""

    price_list_id: UUID
    listed_at: datetime
    rows: list[SavingsPlanRate]
    reservations: list[ReservationOffer] = []


EVENTS: tuple[type[Event], ...] = (
    IngestionNotice,
    CloudAccountRegistered,
    CloudAccountChanged,
    ConnectionStatusChanged,
    CollectionStatusChanged,
    CredentialsChanged,
    CloudAccountDetached,
    CloudAccountMoved,
    CloudAccountDataDeleted,
    CostStarted,
    CostPart,
    CostCommitted,
    CostFailed,
    RevisionCommitted,
    InvoiceStated,
    CostGroupsChanged,
    ExchangeRatesChanged,
    SavedQueryChanged,
    DashboardChanged,
    CostsExported,
    DeliveryChanged,
    DeliveryChecked,
    DeliveryRunChanged,
    BillingFolderChanged,
    InventoryListed,
    OffersListed,
)
