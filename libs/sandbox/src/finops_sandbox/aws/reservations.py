"""Reserved capacity of ec2, and of the services in which the customer has none."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from finops_sandbox.aws.nodes import offerings
from finops_sandbox.aws.state import Call, Operation, page
from finops_sandbox.world import World
from finops_sandbox.world.chance import uuid_of
from finops_sandbox.world.model import ReservedInstance, upfront_share
from finops_sandbox.world.prices import TERM_HOURS, Ec2Price, Payment, Term, ec2_prices

_PLATFORM = {"Linux": "Linux/UNIX", "Windows": "Windows"}


def describe_reserved_instances(call: Call) -> dict[str, Any]:
    given, world = call.parameters, call.world
    owned = [
        _reserved(world, held)
        for held in world.commitments
        if isinstance(held, ReservedInstance)
        and (held.account, held.region) == (call.account, call.region)
        and held.starts_at <= world.now
    ]
    wanted = [
        item
        for item in owned
        if item["ReservedInstancesId"]
        in given.get("ReservedInstancesIds", [item["ReservedInstancesId"]])
        and _matches(item, given)
    ]
    return {"ReservedInstances": wanted}


def _reserved(world: World, held: ReservedInstance) -> dict[str, Any]:
    state = "active" if world.now < held.ends_at else "retired"
    return {
        **_terms(held.rate, held.term, held.payment),
        "ReservedInstancesId": held.id,
        "InstanceType": held.instance_type,
        "InstanceCount": held.count,
        "AvailabilityZone": held.zone,
        "Scope": "Availability Zone" if held.zone else "Region",
        "Start": held.starts_at,
        "End": held.ends_at,
        "State": state,
        "ProductDescription": _PLATFORM[held.platform],
        "OfferingClass": held.offering_class,
        "InstanceTenancy": "default",
    }


def _terms(rate: Decimal, term: Term, payment: Payment) -> dict[str, Any]:
    prepaid = rate * upfront_share(payment)
    return {
        "Duration": TERM_HOURS[term] * 3600,
        "OfferingType": payment,
        "FixedPrice": f"{prepaid * TERM_HOURS[term]:f}",
        "UsagePrice": "0.0",
        "RecurringCharges": [{"Amount": f"{rate - prepaid:f}", "Frequency": "Hourly"}],
        "CurrencyCode": "USD",
    }


def _matches(item: dict[str, Any], given: dict[str, Any]) -> bool:
    names = {
        "instance-type": "InstanceType",
        "product-description": "ProductDescription",
        "duration": "Duration",
        "state": "State",
        "scope": "Scope",
        "availability-zone": "AvailabilityZone",
        "reserved-instances-id": "ReservedInstancesId",
    }
    plain = ("OfferingClass", "OfferingType", "InstanceType", "ProductDescription")
    return all(item[name] == given.get(name, item[name]) for name in plain) and all(
        str(item.get(names.get(wish["Name"], ""))) in wish.get("Values", [])
        for wish in given.get("Filters", [])
    )


def describe_reserved_instances_offerings(call: Call) -> dict[str, Any]:
    given = call.parameters
    found = [offer for offer in _offerings(call.region) if _offer_wanted(offer, given)]
    shown, following = page(found, given.get("NextToken"), given.get("MaxResults"), 100)
    return {"ReservedInstancesOfferings": shown, "NextToken": following}


def _offer_wanted(offer: dict[str, Any], given: dict[str, Any]) -> bool:
    identifier = offer["ReservedInstancesOfferingId"]
    return (
        identifier in given.get("ReservedInstancesOfferingIds", [identifier])
        and given.get("MinDuration", 0) <= offer["Duration"]
        and offer["Duration"] <= given.get("MaxDuration", offer["Duration"])
        and _matches(offer, given)
    )


def _offerings(region: str) -> Iterator[dict[str, Any]]:
    for price in ec2_prices().values():
        if price.region == region:
            yield from _offerings_of(price)


def _offerings_of(price: Ec2Price) -> Iterator[dict[str, Any]]:
    place = (price.instance_type, price.region, price.platform)
    for (term, offering_class, payment), rate in price.reserved.items():
        yield {
            **_terms(rate, term, payment),
            "ReservedInstancesOfferingId": uuid_of(*place, term, offering_class, payment),
            "InstanceType": price.instance_type,
            "ProductDescription": _PLATFORM[price.platform],
            "OfferingClass": offering_class,
            "InstanceTenancy": "default",
            "Scope": "Region",
            "Marketplace": False,
        }


def _nothing(*members: str) -> Operation:
    """An operation whose lists are empty: the customer owns none of it."""

    def answer(_: Call) -> dict[str, Any]:
        return {member: [] for member in members}

    return answer


EC2: dict[str, Operation] = {
    "DescribeReservedInstances": describe_reserved_instances,
    "DescribeReservedInstancesOfferings": describe_reserved_instances_offerings,
    "DescribeReservedInstancesListings": _nothing("ReservedInstancesListings"),
    "DescribeReservedInstancesModifications": _nothing("ReservedInstancesModifications"),
}
RDS: dict[str, Operation] = {
    "DescribeReservedDBInstances": _nothing("ReservedDBInstances"),
    "DescribeReservedDBInstancesOfferings": offerings(
        "rds", "ReservedDBInstancesOfferings", "Marker", "MaxRecords"
    ),
}
ELASTICACHE: dict[str, Operation] = {
    "DescribeReservedCacheNodes": _nothing("ReservedCacheNodes"),
    "DescribeReservedCacheNodesOfferings": offerings(
        "elasticache", "ReservedCacheNodesOfferings", "Marker", "MaxRecords"
    ),
}
REDSHIFT: dict[str, Operation] = {
    "DescribeReservedNodes": _nothing("ReservedNodes"),
    "DescribeReservedNodeOfferings": offerings(
        "redshift", "ReservedNodeOfferings", "Marker", "MaxRecords"
    ),
}
OPENSEARCH: dict[str, Operation] = {
    "DescribeReservedElasticsearchInstances": _nothing("ReservedElasticsearchInstances"),
    "DescribeReservedElasticsearchInstanceOfferings": _nothing(
        "ReservedElasticsearchInstanceOfferings"
    ),
    "DescribeReservedInstances": _nothing("ReservedInstances"),
    "DescribeReservedInstanceOfferings": offerings(
        "opensearch", "ReservedInstanceOfferings", "NextToken", "MaxResults"
    ),
}
MEMORYDB: dict[str, Operation] = {
    "DescribeReservedNodes": _nothing("ReservedNodes"),
    "DescribeReservedNodesOfferings": offerings(
        "memorydb", "ReservedNodesOfferings", "NextToken", "MaxResults"
    ),
}
