"""Reserved nodes of rds, elasticache, opensearch, redshift and memorydb: on offer, and owned."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from finops_sandbox.aws.state import Call, Operation, page
from finops_sandbox.world.chance import uuid_of
from finops_sandbox.world.model import ReservedNode, upfront_share
from finops_sandbox.world.nodes import NodePrice, NodeService, node_prices
from finops_sandbox.world.prices import TERM_HOURS, Payment, Term


def _offering(price: NodePrice, term: Term, payment: Payment, rate: Decimal) -> dict[str, Any]:
    """Under every name that a service has for a member; each answer keeps its own."""
    prepaid = rate * upfront_share(payment)
    terms = (price.service, price.instance_type, price.region, price.engine, price.multi_az)
    identity = uuid_of(*terms, term, payment)
    return {
        "ReservedDBInstancesOfferingId": identity,
        "ReservedCacheNodesOfferingId": identity,
        "ReservedInstanceOfferingId": identity,
        "ReservedNodeOfferingId": identity,
        "ReservedNodesOfferingId": identity,
        "DBInstanceClass": price.instance_type,
        "CacheNodeType": price.instance_type,
        "InstanceType": price.instance_type,
        "NodeType": price.instance_type,
        "ProductDescription": price.engine,
        "MultiAZ": price.multi_az,
        "Duration": TERM_HOURS[term] * 3600,
        "OfferingType": payment,
        "PaymentOption": payment.upper().replace(" ", "_"),
        "ReservedNodeOfferingType": "Regular",
        "FixedPrice": float(round(prepaid * TERM_HOURS[term], 2)),
        "UsagePrice": 0.0,
        "CurrencyCode": "USD",
        "RecurringCharges": [
            {"RecurringChargeAmount": float(rate - prepaid), "RecurringChargeFrequency": "Hourly"}
        ],
    }


def _owned(node: ReservedNode, now: datetime) -> dict[str, Any]:
    place = (node.service, node.instance_type, node.region, node.engine, node.multi_az)
    price = next(each for each in node_prices() if _place(each) == place)
    ends_at = node.starts_at + timedelta(hours=TERM_HOURS[node.term])
    return _offering(price, node.term, node.payment, price.reserved[node.term, node.payment]) | {
        "ReservedDBInstanceId": node.id,
        "ReservedCacheNodeId": node.id,
        "ReservedInstanceId": node.id,
        "ReservedNodeId": node.id,
        "ReservationId": node.id,
        "ReservedDBInstanceArn": node.arn,
        "ReservationARN": node.arn,
        "ARN": node.arn,
        "DBInstanceCount": node.count,
        "CacheNodeCount": node.count,
        "InstanceCount": node.count,
        "NodeCount": node.count,
        "StartTime": node.starts_at,
        "State": "active" if now < ends_at else "retired",
    }


def _place(price: NodePrice) -> tuple[NodeService, str, str, str, bool]:
    return price.service, price.instance_type, price.region, price.engine, price.multi_az


def owned(service: NodeService, member: str, token: str, limit: str) -> Operation:
    """The operation that lists what the calling account has reserved in the region."""

    def answer(call: Call) -> dict[str, Any]:
        given, here = call.parameters, (service, call.account, call.region)
        found = [
            _owned(node, call.world.now)
            for node in call.world.nodes
            if (node.service, node.account, node.region) == here
        ]
        shown, following = page(found, given.get(token), given.get(limit), 100)
        return {member: shown, token: following}

    return answer


def offerings(service: NodeService, member: str, token: str, limit: str) -> Operation:
    """The operation that lists what is on offer in the region it is asked in."""

    def answer(call: Call) -> dict[str, Any]:
        found = [
            _offering(price, term, payment, rate)
            for price in node_prices()
            if (price.service, price.region) == (service, call.region)
            for (term, payment), rate in price.reserved.items()
        ]
        given = call.parameters
        shown, following = page(found, given.get(token), given.get(limit), 100)
        return {member: shown, token: following}

    return answer
