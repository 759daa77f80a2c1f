"""Reservations of AWS services beside EC2, each listed by an operation and in words of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finops_common.contracts.ingestion_offers import ReservationOffer
from finops_ingestion.connections.adapters.aws import Aws, Session, pages
from finops_ingestion.inventory.domain import hourly_of, months_of


@dataclass(frozen=True, slots=True)
class Listing:
    """How one service lists its reservations: the operation, and its fields for what others name too."""

    client: str
    service: str
    operation: str
    rows: str
    instance_type: str
    marker: str = "Marker"
    payment_option: str = "OfferingType"


LISTINGS = (
    Listing(
        *("rds", "AmazonRDS", "describe_reserved_db_instances_offerings"),
        *("ReservedDBInstancesOfferings", "DBInstanceClass"),
    ),
    Listing(
        *("elasticache", "AmazonElastiCache", "describe_reserved_cache_nodes_offerings"),
        *("ReservedCacheNodesOfferings", "CacheNodeType"),
    ),
    Listing(
        *("opensearch", "AmazonES", "describe_reserved_instance_offerings"),
        *("ReservedInstanceOfferings", "InstanceType", "NextToken", "PaymentOption"),
    ),
    Listing(
        *("redshift", "AmazonRedshift", "describe_reserved_node_offerings"),
        *("ReservedNodeOfferings", "NodeType"),
    ),
    Listing(
        *("memorydb", "AmazonMemoryDB", "describe_reserved_nodes_offerings"),
        *("ReservedNodesOfferings", "NodeType", "NextToken"),
    ),
)
_OPENSEARCH_OPTIONS = {
    "NO_UPFRONT": "No Upfront",
    "PARTIAL_UPFRONT": "Partial Upfront",
    "ALL_UPFRONT": "All Upfront",
}


async def listed_in(
    aws: Aws, listing: Listing, session: Session, region: str
) -> list[ReservationOffer]:
    """Every reservation that one service has on offer in a region."""
    async with aws.client(listing.client, session, region) as client:
        return [
            node_offer(listing, region, described)
            async for page in pages(getattr(client, listing.operation), listing.marker)
            for described in page[listing.rows]
        ]


def node_offer(listing: Listing, region: str, described: Mapping[str, Any]) -> ReservationOffer:
    """One row of an answer; OpenSearch, Redshift and MemoryDB name no engine."""
    option = described[listing.payment_option]
    return ReservationOffer(
        service=listing.service,
        region=region,
        instance_type=described[listing.instance_type],
        platform=described.get("ProductDescription", ""),
        deployment="multi_az" if described.get("MultiAZ") else None,
        term_months=months_of(described["Duration"]),
        payment_option=_OPENSEARCH_OPTIONS.get(option, option),
        upfront=Decimal(str(described["FixedPrice"])),
        recurring_hourly=hourly_of(described),
        # ElastiCache and MemoryDB tell none.
        currency=described.get("CurrencyCode", "USD"),
    )
