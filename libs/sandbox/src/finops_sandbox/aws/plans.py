"""savingsplans: what the account owns, and what is on offer at which rates."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from finops_sandbox.aws.errors import AwsError
from finops_sandbox.aws.state import Call, Operation, page
from finops_sandbox.world import World
from finops_sandbox.world.chance import uuid_of
from finops_sandbox.world.model import PlanType, SavingsPlan, plan_rate
from finops_sandbox.world.prices import PAYMENTS, TERM_HOURS, TERMS, Payment, Term, ec2_prices
from finops_sandbox.world.skus import Sku, ec2

_SHORT_TYPE: dict[PlanType, str] = {
    "ComputeSavingsPlans": "Compute",
    "EC2InstanceSavingsPlans": "EC2Instance",
}
_PRODUCT = {
    "ec2": "EC2",
    "fargate": "Fargate",
    "lambda-duration": "Lambda",
    "lambda-requests": "Lambda",
}


@dataclass(frozen=True)
class Offering:
    """One Savings Plan on offer."""

    type: PlanType
    term: Term
    payment: Payment
    region: str | None = None
    family: str | None = None

    @property
    def id(self) -> str:
        return uuid_of("offering", self.type, self.term, self.payment, self.region, self.family)

    @property
    def seconds(self) -> int:
        return TERM_HOURS[self.term] * 3600

    @property
    def products(self) -> list[str]:
        return ["EC2"] if self.family else ["EC2", "Fargate", "Lambda"]


@cache
def offerings() -> tuple[Offering, ...]:
    """Every offering: Compute, and EC2 Instance per region and family of the price list."""
    ways = [(term, payment) for term in TERMS for payment in PAYMENTS]
    places = sorted({(sku.region, sku.family) for sku in instance_skus()}, key=str)
    return (
        *(Offering("ComputeSavingsPlans", term, payment) for term, payment in ways),
        *(
            Offering("EC2InstanceSavingsPlans", term, payment, region, family)
            for region, family in places
            for term, payment in ways
        ),
    )


@cache
def instance_skus() -> tuple[Sku, ...]:
    """The EC2 instance SKUs of the price list."""
    return tuple(ec2(*key) for key in ec2_prices())


def plan_skus(world: World) -> list[Sku]:
    """Every SKU a plan can cover: all instances, and what else the customer runs."""
    others = {w.sku for w in world.workloads if w.sku.savings_plan_eligible and w.sku.pool != "ec2"}
    return [*instance_skus(), *sorted(others, key=lambda sku: sku.sku_id)]


def describe_savings_plans(call: Call) -> dict[str, Any]:
    given, world = call.parameters, call.world
    owned = [
        _plan(world, held)
        for held in world.commitments
        if isinstance(held, SavingsPlan) and held.account == call.account
    ]
    found = [plan for plan in owned if _plan_wanted(plan, given)]
    shown, following = page(found, given.get("nextToken"), given.get("maxResults"), 1000)
    return {"savingsPlans": shown, "nextToken": following}


def _plan(world: World, held: SavingsPlan) -> dict[str, Any]:
    prepaid = held.hourly_cost * held.upfront_share
    offering = Offering(held.type, held.term, held.payment, held.region, held.family)
    return {
        "offeringId": offering.id,
        "savingsPlanId": held.id,
        "savingsPlanArn": held.arn,
        "description": _description(offering),
        "start": f"{held.starts_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "end": f"{held.ends_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "state": _state(world, held),
        "region": held.region,
        "ec2InstanceFamily": held.family,
        "savingsPlanType": _SHORT_TYPE[held.type],
        "paymentOption": held.payment,
        "productTypes": offering.products,
        "currency": "USD",
        "commitment": f"{held.hourly_cost:f}",
        "upfrontPaymentAmount": f"{held.upfront:f}",
        "recurringPaymentAmount": f"{held.hourly_cost - prepaid:f}",
        "termDurationInSeconds": offering.seconds,
        "tags": {},
    }


def _state(world: World, held: SavingsPlan) -> str:
    if held.starts_at > world.now:
        return "queued"
    return "active" if world.now < held.ends_at else "retired"


def _plan_wanted(plan: dict[str, Any], given: dict[str, Any]) -> bool:
    names = {
        "savings-plan-type": "savingsPlanType",
        "payment-option": "paymentOption",
        "region": "region",
        "ec2-instance-family": "ec2InstanceFamily",
        "commitment": "commitment",
        "term": "termDurationInSeconds",
        "upfront": "upfrontPaymentAmount",
        "start": "start",
        "end": "end",
    }
    return (
        plan["savingsPlanArn"] in given.get("savingsPlanArns", [plan["savingsPlanArn"]])
        and plan["savingsPlanId"] in given.get("savingsPlanIds", [plan["savingsPlanId"]])
        and plan["state"] in given.get("states", [plan["state"]])
        and all(str(plan[names[f["name"]]]) in f["values"] for f in given.get("filters", []))
    )


def describe_savings_plan_rates(call: Call) -> dict[str, Any]:
    given, world = call.parameters, call.world
    owned = {held.id: held for held in world.commitments if held.account == call.account}
    held = owned.get(given["savingsPlanId"])
    if not isinstance(held, SavingsPlan):
        raise AwsError("ResourceNotFoundException", "The Savings Plan does not exist", 404)
    offering = Offering(held.type, held.term, held.payment, held.region, held.family)
    rates = [
        {**rate, "currency": "USD"}
        for rate in _rates(offering, plan_skus(world))
        if _filtered(rate, given.get("filters", []))
    ]
    shown, following = page(rates, given.get("nextToken"), given.get("maxResults"), 1000)
    return {"savingsPlanId": held.id, "searchResults": shown, "nextToken": following}


def describe_savings_plans_offerings(call: Call) -> dict[str, Any]:
    given = call.parameters
    found = [_offering(offer) for offer in offerings() if _offering_wanted(offer, given)]
    shown, following = page(found, given.get("nextToken"), given.get("maxResults"), 1000)
    return {"searchResults": shown, "nextToken": following}


def _offering(offer: Offering) -> dict[str, Any]:
    place = {"region": offer.region, "instanceFamily": offer.family}
    return {
        "offeringId": offer.id,
        "productTypes": offer.products,
        "planType": _SHORT_TYPE[offer.type],
        "description": _description(offer),
        "paymentOption": offer.payment,
        "durationSeconds": offer.seconds,
        "currency": "USD",
        "serviceCode": "ComputeSavingsPlans",
        "usageType": _description(offer).replace(" ", ""),
        "operation": "",
        "properties": [{"name": name, "value": value} for name, value in place.items() if value],
    }


def _description(offer: Offering) -> str:
    years = offer.term[0]
    where = f" {offer.family} in {offer.region}" if offer.family else ""
    return f"{years} year {offer.payment} {_SHORT_TYPE[offer.type]} Savings Plan{where}"


def _offering_wanted(offer: Offering, given: dict[str, Any]) -> bool:
    place = {"region": offer.region, "instanceFamily": offer.family}
    return (
        offer.id in given.get("offeringIds", [offer.id])
        and offer.payment in given.get("paymentOptions", [offer.payment])
        and given.get("productType", "EC2") in offer.products
        and _SHORT_TYPE[offer.type] in given.get("planTypes", [_SHORT_TYPE[offer.type]])
        and offer.seconds in given.get("durations", [offer.seconds])
        and "USD" in given.get("currencies", ["USD"])
        and all(place[wish["name"]] in wish["values"] for wish in given.get("filters", []))
    )


def describe_savings_plans_offering_rates(call: Call) -> dict[str, Any]:
    given = call.parameters
    skus = plan_skus(call.world)
    rates = [
        {**rate, "savingsPlanOffering": _rate_offering(offer)}
        for offer in offerings()
        if _rate_offering_wanted(offer, given)
        for rate in _rates(offer, skus)
        if _rate_wanted(rate, given)
    ]
    shown, following = page(rates, given.get("nextToken"), given.get("maxResults"), 1000)
    return {"searchResults": shown, "nextToken": following}


def _rate_offering(offer: Offering) -> dict[str, Any]:
    return {
        "offeringId": offer.id,
        "paymentOption": offer.payment,
        "planType": _SHORT_TYPE[offer.type],
        "durationSeconds": offer.seconds,
        "currency": "USD",
        "planDescription": _description(offer),
    }


def _rate_offering_wanted(offer: Offering, given: dict[str, Any]) -> bool:
    return (
        offer.id in given.get("savingsPlanOfferingIds", [offer.id])
        and offer.payment in given.get("savingsPlanPaymentOptions", [offer.payment])
        and _SHORT_TYPE[offer.type] in given.get("savingsPlanTypes", [_SHORT_TYPE[offer.type]])
    )


def _rate_wanted(rate: dict[str, Any], given: dict[str, Any]) -> bool:
    pairs = (
        *(("products", "productType"), ("serviceCodes", "serviceCode")),
        *(("usageTypes", "usageType"), ("operations", "operation")),
    )
    plain = all(rate[name] in given.get(many, [rate[name]]) for many, name in pairs)
    return plain and _filtered(rate, given.get("filters", []))


def _filtered(rate: dict[str, Any], wishes: Iterable[dict[str, Any]]) -> bool:
    known = {item["name"]: item["value"] for item in rate["properties"]}
    known |= {name: rate[name] for name in ("productType", "serviceCode", "usageType", "operation")}
    return all(known.get(wish["name"]) in wish["values"] for wish in wishes)


def _rates(offer: Offering, skus: Sequence[Sku]) -> Iterator[dict[str, Any]]:
    for sku in skus:
        rate = plan_rate(offer.type, offer.term, offer.payment, sku, offer.region, offer.family)
        if rate is not None and sku.pool is not None:
            place = {
                "region": sku.region,
                "instanceType": sku.instance_type,
                "instanceFamily": sku.family,
                "productDescription": _platform(sku),
                "tenancy": "shared" if sku.tenancy else None,
            }
            yield {
                "rate": f"{rate:f}",
                "unit": "Hrs" if sku.pool == "ec2" else sku.unit,
                "productType": _PRODUCT[sku.pool],
                "serviceCode": sku.service,
                "usageType": sku.usage_type,
                "operation": sku.operation,
                "properties": [{"name": n, "value": v} for n, v in place.items() if v],
            }


def _platform(sku: Sku) -> str | None:
    return "Linux/UNIX" if sku.platform == "Linux" else sku.platform


SAVINGSPLANS: dict[str, Operation] = {
    "DescribeSavingsPlans": describe_savings_plans,
    "DescribeSavingsPlanRates": describe_savings_plan_rates,
    "DescribeSavingsPlansOfferings": describe_savings_plans_offerings,
    "DescribeSavingsPlansOfferingRates": describe_savings_plans_offering_rates,
}
