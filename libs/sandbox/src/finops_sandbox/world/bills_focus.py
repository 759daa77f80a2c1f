"""Bill lines as rows of AWS's FOCUS 1.2 export."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from finops_sandbox.world.chance import draw
from finops_sandbox.world.lines import Line
from finops_sandbox.world.model import (
    Commitment,
    ReservedInstance,
    World,
    month_start,
    next_month,
)
from finops_sandbox.world.prices import TERM_HOURS
from finops_sandbox.world.skus import REGION_NAME

Row = dict[str, object]

FOCUS_NUMBERS = (
    *("BilledCost", "CommitmentDiscountQuantity", "ConsumedQuantity", "ContractedCost"),
    *("ContractedUnitPrice", "EffectiveCost", "ListCost", "ListUnitPrice", "PricingQuantity"),
    *("PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost"),
    "PricingCurrencyListUnitPrice",
)
FOCUS_TIMES = ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart")
FOCUS_MAPS = ("SkuPriceDetails", "Tags", "x_Discounts")
FOCUS_COLUMNS = (
    *("AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName"),
    *("BillingAccountType", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart"),
    *("CapacityReservationId", "CapacityReservationStatus", "ChargeCategory", "ChargeClass"),
    *("ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart"),
    *("CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName"),
    *("CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountType"),
    *("CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit", "ContractedCost"),
    *("ContractedUnitPrice", "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost"),
    *("ListUnitPrice", "PricingCategory", "PricingCurrency"),
    *("PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost"),
    *("PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "ProviderName"),
    *("PublisherName", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType"),
    *("ServiceCategory", "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter"),
    *("SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType"),
    *("Tags", "x_Discounts", "x_Operation", "x_ServiceCode", "x_UsageType"),
)

_ENTITY = "Amazon Web Services, Inc."
_SECOND = timedelta(seconds=1)
_CATEGORY = {
    "AmazonEC2": ("Compute", "Virtual Machines"),
    "AmazonECS": ("Compute", "Containers"),
    "AWSLambda": ("Compute", "Serverless Compute"),
    "AmazonRDS": ("Databases", "Relational Databases"),
    "AmazonElastiCache": ("Databases", "Caching"),
    "AmazonS3": ("Storage", "Object Storage"),
    "AWSDataTransfer": ("Networking", "Other (Networking)"),
    "ComputeSavingsPlans": ("Compute", "Other (Compute)"),
}
_NAME = {
    "AmazonEC2": "Amazon Elastic Compute Cloud",
    "AmazonECS": "Amazon Elastic Container Service",
    "AWSLambda": "AWS Lambda",
    "AmazonRDS": "Amazon Relational Database Service",
    "AmazonElastiCache": "Amazon ElastiCache",
    "AmazonS3": "Amazon Simple Storage Service",
    "AWSDataTransfer": "AWS Data Transfer",
    "ComputeSavingsPlans": "Savings Plans for AWS Compute usage",
}
_UNIT = {
    "Hrs": "Hours",
    "hours": "Hours",
    "GB-Mo": "GB-Months",
    "Lambda-GB-Second": "GB-Seconds",
}


def focus_rows(
    world: World, month: date, lines: tuple[Line, ...], ends_at: datetime, *, final: bool
) -> Iterator[Row]:
    """FOCUS rows of a bill; negations vanish, fees split into purchase and unused.

    `ends_at` closes the unused row of a reserved instance: what is still to come is not
    unused yet.
    """
    names = {account.id: account.name for account in world.accounts}
    invoice = f"{draw(world.seed, world.payer.id, month, below=10**9):010}"
    bill: Row = {
        "BillingAccountId": world.payer.id,
        "BillingAccountName": world.payer.name,
        "BillingAccountType": "Management Account",
        "BillingCurrency": "USD",
        "BillingPeriodStart": month_start(month),
        "BillingPeriodEnd": month_start(next_month(month)),
        "InvoiceId": invoice if final else None,
        "InvoiceIssuerName": _ENTITY,
        "ProviderName": "AWS",
        "PublisherName": _ENTITY,
        "PricingCurrency": "USD",
    }
    for line in lines:
        for row in _rows(line, ends_at):
            yield _with_money({**bill, **_common(line, names), **row})


def _with_money(row: Row) -> Row:
    return row | {
        "PricingCurrencyEffectiveCost": row["EffectiveCost"],
        "PricingCurrencyListUnitPrice": row.get("ListUnitPrice"),
        "PricingCurrencyContractedUnitPrice": row.get("ContractedUnitPrice"),
    }


def _rows(line: Line, ends_at: datetime) -> Iterator[Row]:
    if line.type == "SavingsPlanNegation":
        return
    if line.usage is not None:
        yield _usage(line)
    elif line.type in {"Tax", "Credit", "Refund"}:
        yield _closing(line)
    else:
        yield _purchase(line)
        if line.effective - line.future:
            yield _unused(line, ends_at)


def _common(line: Line, names: dict[str, str]) -> Row:
    category, subcategory = _CATEGORY[line.product_code]
    return {
        "AvailabilityZone": line.zone,
        "ChargeDescription": line.description,
        "ChargePeriodStart": line.start,
        "ChargePeriodEnd": _period_end(line),
        "RegionId": line.region,
        "RegionName": REGION_NAME[line.region] if line.region else None,
        "ServiceCategory": category,
        "ServiceSubcategory": subcategory,
        "ServiceName": _NAME[line.product_code],
        "SubAccountId": line.account,
        "SubAccountName": names[line.account],
        "SubAccountType": "Linked Account",
        "Tags": dict(line.usage.workload.tags) if line.usage else {},
        "x_Discounts": {},
        "x_Operation": line.operation or None,
        "x_ServiceCode": line.product_code,
        "x_UsageType": line.usage_type or None,
    }


def _period_end(line: Line) -> datetime:
    """FOCUS ends are exclusive; the month line of a reserved instance ends a second early."""
    return line.end + _SECOND if line.type == "RIFee" else line.end


def _usage(line: Line) -> Row:
    usage = line.usage
    if usage is None:
        raise ValueError("only usage lines have a usage row")
    sku = usage.sku
    unit = _UNIT.get(sku.unit, sku.unit)
    spot = "SpotUsage" in sku.usage_type
    details = {"InstanceType": sku.instance_type, "OperatingSystem": sku.platform}
    return {
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "BilledCost": Decimal(0) if line.commitment else line.unblended,
        "EffectiveCost": line.effective,
        "ListCost": line.public,
        "ListUnitPrice": sku.on_demand,
        "ContractedCost": line.unblended if spot else line.public,
        "ContractedUnitPrice": sku.rate,
        "ConsumedQuantity": line.quantity,
        "ConsumedUnit": unit,
        "PricingQuantity": line.quantity,
        "PricingUnit": unit,
        "PricingCategory": "Committed" if line.commitment else "Dynamic" if spot else "Standard",
        "ResourceId": usage.workload.resource_id or None,
        "ResourceType": "instance" if usage.workload.resource_id.startswith("i-") else None,
        "SkuId": sku.sku_id,
        "SkuMeter": sku.usage_type,
        "SkuPriceId": f"{sku.sku_id}.JRTCKXETXF.6YS6EN2CT7",
        "SkuPriceDetails": {key: value for key, value in details.items() if value},
        **_discount(line, "Used", _used_quantity(line)),
    }


def _used_quantity(line: Line) -> Decimal:
    held = line.commitment
    if isinstance(held, ReservedInstance) and line.usage:
        factor = line.usage.sku.factor or Decimal(1)
        return line.quantity * factor if held.size_flexible else line.quantity
    return line.effective


def _discount(line: Line, status: str | None, quantity: Decimal) -> Row:
    held = line.commitment
    if held is None:
        return {}
    reserved = isinstance(held, ReservedInstance)
    hours = (
        "Normalized Hours" if isinstance(held, ReservedInstance) and held.size_flexible else "Hours"
    )
    return {
        "CommitmentDiscountCategory": "Usage" if reserved else "Spend",
        "CommitmentDiscountId": held.arn,
        "CommitmentDiscountType": "Reserved Instance" if reserved else "Savings Plan",
        "CommitmentDiscountStatus": status,
        "CommitmentDiscountQuantity": quantity,
        "CommitmentDiscountUnit": hours if reserved else "USD",
    }


def _purchase(line: Line) -> Row:
    once = line.type in {"Fee", "SavingsPlanUpfrontFee"}
    held = line.commitment
    if held is None:
        raise ValueError("a purchase line names its commitment")
    return {
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "One-Time" if once else "Recurring",
        "BilledCost": line.unblended,
        "EffectiveCost": Decimal(0),
        "ListCost": line.unblended,
        "ContractedCost": line.unblended,
        "ListUnitPrice": line.rate,
        "ContractedUnitPrice": line.rate,
        "PricingCategory": "Standard",
        "PricingQuantity": line.quantity,
        "PricingUnit": "Hours",
        "ResourceId": held.arn,
        "SkuMeter": line.usage_type,
        "SkuPriceDetails": {"x_PurchaseTerm": held.term, "x_PaymentOption": held.payment},
        **_discount(line, None, _bought_quantity(line, held, once=once)),
    }


def _bought_quantity(line: Line, held: Commitment, *, once: bool) -> Decimal:
    """What the purchase pays for: unit hours, or USD of commitment."""
    if isinstance(held, ReservedInstance):
        units = line.figures["reservation/TotalReservedUnits"]
        return units * held.factor if held.size_flexible else units
    return held.hourly_cost * TERM_HOURS[held.term] if once else held.hourly_cost


def _unused(line: Line, ends_at: datetime) -> Row:
    held = line.commitment
    if held is None:
        raise ValueError("unused commitment names its commitment")
    amount = line.effective - line.future
    quantity = amount
    row: Row = {}
    if isinstance(held, ReservedInstance):
        quantity = amount / held.rate * (held.factor if held.size_flexible else 1)
        row["ChargePeriodEnd"] = min(ends_at, _period_end(line))
    return row | {
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": f"Unused commitment of {held.arn}",
        "BilledCost": Decimal(0),
        "EffectiveCost": amount,
        "ListCost": Decimal(0),
        "ContractedCost": Decimal(0),
        "PricingCategory": "Committed",
        "ResourceId": held.arn,
        "SkuMeter": line.usage_type,
        **_discount(line, "Unused", quantity),
    }


def _closing(line: Line) -> Row:
    refund = line.type == "Refund"
    return {
        "ChargeCategory": "Tax" if line.type == "Tax" else "Credit",
        "ChargeClass": "Correction" if refund else None,
        "ChargeFrequency": "One-Time",
        "BilledCost": line.unblended,
        "EffectiveCost": line.effective,
        "ListCost": line.unblended,
        "ContractedCost": line.unblended,
        "PricingQuantity": line.quantity,
        "PricingCategory": None if line.type == "Tax" else "Other",
    }
