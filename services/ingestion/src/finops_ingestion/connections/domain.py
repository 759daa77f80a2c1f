"""What we need of an AWS account, and what a look at it means (ING-2, ING-4)."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from finops_common.contracts.ingestion import Provider
from finops_ingestion.accounts.domain import Cause, CloudAccount, Finding

ROLE_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/(?:[!-~]+/)?[\w+=,.@-]{1,64}")

READ = ("bills", "accounts", "commitments", "resources")
"""Capabilities of the read stack; `accounts` is who belongs to a management account."""

_EXPORTS = (
    "cur:DescribeReportDefinitions",
    "bcm-data-exports:ListExports",
    "bcm-data-exports:GetExport",
    "bcm-data-exports:ListExecutions",
    "bcm-data-exports:GetExecution",
)
_COMMITMENTS = (
    "savingsplans:DescribeSavingsPlans",
    "savingsplans:DescribeSavingsPlanRates",
    "savingsplans:DescribeSavingsPlansOfferings",
    "savingsplans:DescribeSavingsPlansOfferingRates",
    "ec2:DescribeReservedInstances",
    "ec2:DescribeReservedInstancesOfferings",
    "ec2:DescribeReservedInstancesListings",
    "ec2:DescribeReservedInstancesModifications",
    "rds:DescribeReservedDBInstances",
    "rds:DescribeReservedDBInstancesOfferings",
    "elasticache:DescribeReservedCacheNodes",
    "elasticache:DescribeReservedCacheNodesOfferings",
    "es:DescribeReservedInstances",
    "es:DescribeReservedInstanceOfferings",
    "redshift:DescribeReservedNodes",
    "redshift:DescribeReservedNodeOfferings",
    "memorydb:DescribeReservedNodes",
    "memorydb:DescribeReservedNodesOfferings",
    "pricing:GetProducts",
)
_RESOURCES = (
    "rds:DescribeDBInstances",
    "rds:DescribeDBClusters",
    "cloudwatch:ListMetrics",
    "cloudwatch:GetMetricData",
    "tag:GetResources",
    "tag:GetTagKeys",
    "tag:GetTagValues",
)

GRANTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bills": _EXPORTS,
        "accounts": ("organizations:DescribeOrganization", "organizations:ListAccounts"),
        "commitments": (*_COMMITMENTS, "ce:Get*"),
        "resources": (*_RESOURCES, "ec2:Describe*", "autoscaling:Describe*"),
    }
)
"""What the stack's policies allow on every resource, by capability."""

CHECKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bills": _EXPORTS,
        "accounts": GRANTED["accounts"],
        "commitments": (
            *_COMMITMENTS,
            "ce:GetCostAndUsage",
            "ce:GetReservationUtilization",
            "ce:GetSavingsPlansUtilization",
        ),
        "resources": (
            *_RESOURCES,
            "ec2:DescribeInstances",
            "ec2:DescribeVolumes",
            "ec2:DescribeAddresses",
            "ec2:DescribeNatGateways",
            "autoscaling:DescribeAutoScalingGroups",
        ),
        "purchase": (
            "savingsplans:CreateSavingsPlan",
            "savingsplans:DeleteQueuedSavingsPlan",
            "savingsplans:ReturnSavingsPlan",
            "savingsplans:TagResource",
            "ec2:PurchaseReservedInstancesOffering",
            "ec2:DeleteQueuedReservedInstances",
            "ec2:ModifyReservedInstances",
            "ec2:GetReservedInstancesExchangeQuote",
            "ec2:AcceptReservedInstancesExchangeQuote",
            "rds:PurchaseReservedDBInstancesOffering",
            "elasticache:PurchaseReservedCacheNodesOffering",
            "es:PurchaseReservedInstanceOffering",
            "redshift:PurchaseReservedNodeOffering",
            "memorydb:PurchaseReservedNodesOffering",
        ),
        "resale": (
            "ec2:CreateReservedInstancesListing",
            "ec2:CancelReservedInstancesListing",
        ),
    }
)
"""What the permission check asks about, by capability; AWS takes no wildcards there."""

ON_BUCKET, ON_OBJECTS = "s3:ListBucket", "s3:GetObject"
SELF_CHECK = "iam:SimulatePrincipalPolicy"
CHECK = "check"
"""Capability of the check itself: without it nothing is known of the others."""


Bucket = Literal["reachable", "missing", "closed"]


class ConnectionBrokenError(Exception):
    """The role gives us no session, or one we must not use; `cause` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class CloudSilentError(Exception):
    """The provider did not answer, or asked us to slow down: nothing is known."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How an AWS account is reached. `external_id` is a secret of the organization's."""

    role_arn: str
    external_id: str = field(repr=False)

    @property
    def account_id(self) -> str:
        return self.role_arn.split(":")[4]


@dataclass(frozen=True, slots=True)
class Export:
    """A bill delivered to a bucket. `rank` orders formats: the lowest reads best."""

    name: str
    bucket: str
    prefix: str
    region: str
    rank: int


@dataclass(frozen=True, slots=True)
class Member:
    """An account that a management account lists."""

    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A member, and whether it is one of those that are read."""

    member: Member
    chosen: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one look at a customer's account brought.

    `payer_account_id`: None when the role may not ask. `members`: None when the
    account manages none or the role may not ask. `export`: whose bills are read.
    `cause`: what of all that was asked for is not there; None when everything is.
    """

    payer_account_id: str | None
    members: tuple[Member, ...] | None
    export: Export | None
    bucket: Bucket | None
    findings: tuple[Finding, ...]
    cause: Cause | None = None


def stack_tag(organization_id: UUID) -> str:
    """What names an organization's roles in its customer's accounts; tells nobody the id."""
    return hashlib.sha256(b"stack:" + organization_id.bytes).hexdigest()[:12]


def read_role(account_id: str, tag: str) -> str:
    """The role that the template makes for reading."""
    return f"arn:aws:iam::{account_id}:role/finops-read-{tag}"


def probe_role(account_id: str, tag: str) -> str:
    """The role that the template makes beside it, with no right but to ask about that one.

    AWS refuses a missing role and a wrong ExternalId in the same words. This role is
    named after the organization and takes its tag as ExternalId, so it tells them apart
    and tells other organizations nothing.
    """
    return f"arn:aws:iam::{account_id}:role/finops-probe-{tag}"


def pick_export(exports: Iterable[Export], wanted: str | None, now: str | None) -> Export | None:
    """Whose bills to read: the one asked for, else the one read until now, else the best."""
    by_name = {export.name: export for export in exports}
    if wanted is not None:
        return by_name.get(wanted)
    if now in by_name:
        return by_name[now]
    return min(by_name.values(), key=lambda export: (export.rank, export.name), default=None)


def verdict(account: CloudAccount, evidence: Evidence) -> Cause | None:
    """What of all that was asked for is not there; None when everything is.

    Bills are asked for where they are delivered: in the payer's account, and in one
    that may not say who pays.
    """
    delivers = "bills" in account.capabilities and evidence.payer_account_id in {
        None,
        account.account_id,
    }
    if _lacking(account.capabilities, evidence, delivers=delivers):
        return "policy_too_small"
    if not delivers:
        return None
    if evidence.export is None:
        return "export_not_found"
    return "bucket_not_found" if evidence.bucket == "missing" else None


def _lacking(capabilities: Sequence[str], evidence: Evidence, *, delivers: bool) -> bool:
    asked = {*capabilities, CHECK} - (set() if delivers else {"bills"})
    lacks = any(each.missing for each in evidence.findings if each.capability in asked)
    return lacks or (delivers and evidence.bucket == "closed")


def finding(capability: str, decisions: Mapping[str, bool]) -> Finding:
    """A capability's actions, told apart."""
    return Finding(
        capability,
        tuple(sorted(action for action, allowed in decisions.items() if allowed)),
        tuple(sorted(action for action, allowed in decisions.items() if not allowed)),
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gives us to open an account with.

    `credentials` None: a role in AWS, to which our ExternalId belongs; `role_arn` None:
    the role that our template makes.
    """

    provider: Provider
    role_arn: str | None = None
    credentials: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person asks for; `place` is where bills lie in clouds that do not tell."""

    account_id: str
    given: Given
    name: str | None
    capabilities: tuple[str, ...]
    export_name: str | None
    place: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FocusPlace:
    """A folder of FOCUS files that the read stack opens, with its / at the end; empty: none, all."""

    bucket: str = ""
    folder: str = ""


NO_FOLDER = FocusPlace()


@dataclass(frozen=True, slots=True)
class Stack:
    """What a customer needs to run the read stack; `external_id` is shown to its owner only."""

    template: str = field(repr=False)
    external_id: str = field(repr=False)
    role_name: str
    quick_create_url: str | None = field(repr=False)
