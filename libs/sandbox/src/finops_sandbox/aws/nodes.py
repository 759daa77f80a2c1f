"""Reserved nodes on offer of rds, elasticache, opensearch, redshift and memorydb."""

from decimal import Decimal
from typing import Any

from finops_sandbox.aws.state import Call, Operation, page
from finops_sandbox.world.chance import uuid_of
from finops_sandbox.world.model import upfront_share
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
