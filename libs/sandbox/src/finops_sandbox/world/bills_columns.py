"""The columns of AWS's exports: legacy names, their types, and how CUR 2.0 spells them."""

import re
from functools import cache
from typing import Literal

ColumnType = Literal["text", "number", "time"]

TAG_KEYS = ("env", "team")
COST_CATEGORY = "Department"

_NUMBERS = frozenset(
    {
        *("lineItem/UsageAmount", "lineItem/NormalizationFactor"),
        *("lineItem/NormalizedUsageAmount", "lineItem/UnblendedCost", "lineItem/BlendedCost"),
        *("pricing/publicOnDemandCost", "reservation/AmortizedUpfrontCostForUsage"),
        *("reservation/AmortizedUpfrontFeeForBillingPeriod", "reservation/EffectiveCost"),
        *("reservation/RecurringFeeForUsage", "reservation/UnusedQuantity"),
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        *("reservation/UnusedNormalizedUnitQuantity", "reservation/UnusedRecurringFee"),
        *("reservation/UpfrontValue", "savingsPlan/TotalCommitmentToDate"),
        *("savingsPlan/SavingsPlanRate", "savingsPlan/UsedCommitment"),
        "savingsPlan/SavingsPlanEffectiveCost",
        "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod",
        "savingsPlan/RecurringCommitmentForBillingPeriod",
    }
)
_TIMES = frozenset(
    {
        *("bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate"),
        *("lineItem/UsageStartDate", "lineItem/UsageEndDate"),
    }
)

_IDENTITY = ("identity/LineItemId", "identity/TimeInterval")
_BILL = tuple(
    f"bill/{name}"
    for name in (
        *("InvoiceId", "InvoicingEntity", "BillingEntity", "BillType", "PayerAccountId"),
        *("BillingPeriodStartDate", "BillingPeriodEndDate"),
    )
)
_LINE_ITEM = tuple(
    f"lineItem/{name}"
    for name in (
        *("UsageAccountId", "LineItemType", "UsageStartDate", "UsageEndDate", "ProductCode"),
        *("UsageType", "Operation", "AvailabilityZone", "ResourceId", "UsageAmount"),
        *("NormalizationFactor", "NormalizedUsageAmount", "CurrencyCode", "UnblendedRate"),
        *("UnblendedCost", "BlendedRate", "BlendedCost", "LineItemDescription", "TaxType"),
        "LegalEntity",
    )
)
PRODUCT = tuple(
    f"product/{name}"
    for name in (
        *("ProductName", "databaseEngine", "cacheEngine", "instanceType", "instanceTypeFamily"),
        *("location", "locationType", "memory", "normalizationSizeFactor", "operatingSystem"),
        *("operation", "productFamily", "region", "regionCode", "servicecode", "servicename"),
        *("sku", "tenancy", "usagetype", "vcpu"),
    )
)
_PRICING = tuple(
    f"pricing/{name}"
    for name in (
        *("RateCode", "RateId", "currency", "publicOnDemandCost", "publicOnDemandRate"),
        *("term", "unit", "LeaseContractLength", "OfferingClass", "PurchaseOption"),
    )
)
_RESERVATION = tuple(
    f"reservation/{name}"
    for name in (
        *("AmortizedUpfrontCostForUsage", "AmortizedUpfrontFeeForBillingPeriod"),
        *("EffectiveCost", "EndTime", "ModificationStatus", "NormalizedUnitsPerReservation"),
        *("NumberOfReservations", "RecurringFeeForUsage", "ReservationARN", "StartTime"),
        *("SubscriptionId", "TotalReservedNormalizedUnits", "TotalReservedUnits"),
        *("UnitsPerReservation", "UnusedAmortizedUpfrontFeeForBillingPeriod"),
        *("UnusedNormalizedUnitQuantity", "UnusedQuantity", "UnusedRecurringFee"),
        "UpfrontValue",
    )
)
_SAVINGS_PLAN = tuple(
    f"savingsPlan/{name}"
    for name in (
        *("TotalCommitmentToDate", "SavingsPlanARN", "SavingsPlanRate", "UsedCommitment"),
        *("SavingsPlanEffectiveCost", "AmortizedUpfrontCommitmentForBillingPeriod"),
        *("RecurringCommitmentForBillingPeriod", "StartTime", "EndTime", "InstanceTypeFamily"),
        *("OfferingType", "PaymentOption", "PurchaseTerm", "Region"),
    )
)
_TAGS = tuple(f"resourceTags/user:{key}" for key in TAG_KEYS)
_COST_CATEGORIES = (f"costCategory/{COST_CATEGORY}",)

PLAIN_COLUMNS = (*_IDENTITY, *_BILL, *_LINE_ITEM, *_PRICING, *_RESERVATION, *_SAVINGS_PLAN)
LEGACY_COLUMNS = (
    *(*_IDENTITY, *_BILL, *_LINE_ITEM, *PRODUCT, *_PRICING, *_RESERVATION, *_SAVINGS_PLAN),
    *(*_COST_CATEGORIES, *_TAGS),
)

# Product attributes that CUR 2.0 keeps as columns of their own; the rest are in the map.
CUR2_PRODUCT_COLUMNS = (
    *("product/instanceType", "product/location", "product/locationType"),
    *("product/operation", "product/productFamily", "product/regionCode"),
    *("product/servicecode", "product/sku", "product/usagetype"),
)


def column_type(legacy: str) -> ColumnType:
    """The type the exports give a column; rates and unit counts are text there."""
    if legacy in _NUMBERS:
        return "number"
    return "time" if legacy in _TIMES else "text"


@cache
def snake(legacy: str) -> str:
    """`savingsPlan/SavingsPlanARN` as Parquet spells it: savings_plan_savings_plan_a_r_n."""
    group, _, name = legacy.partition("/")
    words = re.sub(r"(?<=.)(?=[A-Z])", "_", name).lower()
    return f"{re.sub(r'(?=[A-Z])', '_', group).lower()}_{re.sub(r'[^a-z0-9]+', '_', words)}"
