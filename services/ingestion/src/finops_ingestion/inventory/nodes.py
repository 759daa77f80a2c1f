"""Reservations that an account owns of AWS services beside EC2.

OpenSearch and Redshift describe theirs without the ARN by which bills name them, so that
what they list could not be told from what is billed: those are seen on the bill alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from finops_common.contracts.ingestion import ListedCommitment
from finops_ingestion.connections.adapters.aws import Aws, Session, pages
from finops_ingestion.inventory.domain import hourly_of, months_of


@dataclass(frozen=True, slots=True)
class Owned:
    """How one service lists what is owned: the operation, and its fields for what others name too."""

    client: str
    operation: str
    rows: str
    arn: str
    instance_type: str
    count: str
    marker: str = "Marker"


OWNED = (
    Owned(
        *("rds", "describe_reserved_db_instances", "ReservedDBInstances"),
        *("ReservedDBInstanceArn", "DBInstanceClass", "DBInstanceCount"),
    ),
    Owned(
        *("elasticache", "describe_reserved_cache_nodes", "ReservedCacheNodes"),
        *("ReservationARN", "CacheNodeType", "CacheNodeCount"),
    ),
    Owned(
        *("memorydb", "describe_reserved_nodes", "ReservedNodes"),
        *("ARN", "NodeType", "NodeCount", "NextToken"),
    ),
)
_DEPLOYMENTS: Mapping[bool | None, str] = {True: "multi_az", False: "single_az"}
"""By what RDS alone tells."""


async def owned_in(
    aws: Aws, owned: Owned, account_id: str, session: Session, region: str
) -> list[ListedCommitment]:
    """What the account has reserved of one service in a region, whatever its state."""
    async with aws.client(owned.client, session, region) as client:
        return [
            node(owned, account_id, region, described)
            async for page in pages(getattr(client, owned.operation), owned.marker)
            for described in page[owned.rows]
        ]


def node(
    owned: Owned, account_id: str, region: str, described: Mapping[str, Any]
) -> ListedCommitment:
    """One row of an answer, which gives amounts per node and no end."""
    count = Decimal(described[owned.count])
    instance_type = described[owned.instance_type]
    begins = described["StartTime"].astimezone(UTC)
    return ListedCommitment(
        id=described[owned.arn],
        kind="reservation",
        type="Reserved Instance",
        owner_account_id=account_id,
        region=region,
        family=instance_type.split(".")[1],
        instance_type=instance_type,
        platform=described.get("ProductDescription") or None,
        deployment=_DEPLOYMENTS.get(described.get("MultiAZ")),
        quantity=count,
        # ElastiCache and MemoryDB tell none.
        currency=described.get("CurrencyCode", "USD"),
        term_months=months_of(described["Duration"]),
        payment_option=described["OfferingType"],
        upfront=Decimal(str(described.get("FixedPrice", 0))) * count,
        recurring_hourly=hourly_of(described) * count,
        starts_at=begins,
        ends_at=begins + timedelta(seconds=described["Duration"]),
        state=described["State"],
    )
