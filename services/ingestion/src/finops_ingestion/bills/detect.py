"""Which source schema a header belongs to; what we know but do not read is named."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from finops_ingestion.bills.cells import folded
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.refusals import BillRefusedError
from finops_ingestion.bills.schemas import MAPPINGS

Names = frozenset[str]
_FOCUS_CORE = ("BilledCost", "EffectiveCost", "ChargeCategory", "ChargePeriodStart")
_SINCE_FOCUS_1_1 = (
    "CapacityReservationId",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountUnit",
    "ServiceSubcategory",
    "SkuMeter",
    "SkuPriceDetails",
)
# Not the account types of 1.2: Microsoft already has them in its 1.0.
_SINCE_FOCUS_1_2 = ("InvoiceId", "PricingCurrency")
_SINCE_FOCUS_1_3 = (
    "AllocatedMethodId",
    "AllocatedResourceId",
    "ContractApplied",
    "HostProviderName",
    "ServiceProviderName",
)


@dataclass(frozen=True, slots=True)
class Signature:
    """How a schema is told: by columns it has, and some it must not have."""

    title: str
    matches: Callable[[Names], bool]


def _all(*columns: str) -> Callable[[Names], bool]:
    wanted = frozenset(map(folded, columns))
    return lambda names: wanted <= names


def _any(*columns: str) -> Callable[[Names], bool]:
    wanted = frozenset(map(folded, columns))
    return lambda names: bool(wanted & names)


_is_focus = _all(*_FOCUS_CORE)
_is_cur = _all("lineItem/LineItemType", "lineItem/UnblendedCost")

_is_gcp = _all("billing_account_id", "sku.id", "usage_start_time", "cost", "currency")
_is_azure = _all("MeterCategory")
_AZURE = (
    (
        "azure-ea",
        lambda n: (
            _any("AccountOwnerId", "PartNumber", "EnrollmentNumber")(n)
            and _any("CostInBillingCurrency", "Cost", "ExtendedCost")(n)
        ),
    ),
    (
        "azure-mca",
        lambda n: (
            _any("costInBillingCurrency")(n)
            and _any("pricingCurrency", "exchangeRatePricingToBilling", "billingAccountId")(n)
        ),
    ),
    ("azure-payg", _any("PreTaxCost", "costInBillingCurrency", "Cost")),
)
"""Told by what only they have; pay-as-you-go last, as it has least."""

_UNSUPPORTED = (
    Signature("FOCUS contract commitment dataset", _all("ContractCommitmentId")),
    Signature("FOCUS 1.4 invoice detail dataset", _all("InvoiceDetailId")),
    Signature("Azure cost export of another kind", _all("SubscriptionId", "MeterId")),
    Signature(
        "Google Cloud billing export without costs or accounts",
        _all("service.id", "sku.id", "usage_start_time"),
    ),
    Signature("AWS detailed billing report", _all("RecordType", "LinkedAccountId", "RateId")),
    Signature("Oracle Cloud cost report", _all("lineItem/referenceNo", "cost/myCost")),
    Signature("Oracle Cloud usage report", _all("lineItem/referenceNo", "usage/billedQuantity")),
    Signature("Alibaba Cloud bill", _all("BillAccountID", "ProductCode", "PretaxAmount")),
)


def detect(names: Iterable[str], file: Path) -> Mapping:
    """The mapping for a file with these columns.

    Raises:
        BillRefusedError: the schema is one we cannot read yet, or nobody's we know.
    """
    raw = tuple(names)
    known = frozenset(map(folded, raw))
    if _is_cur(known):
        return _mapping(_cur_generation(raw, known))
    azure = next((name for name, has in _AZURE if _is_azure(known) and has(known)), None)
    if azure:
        return _mapping(azure)
    if _is_gcp(known):
        return _mapping("gcp-billing-export")
    for signature in _UNSUPPORTED:
        if signature.matches(known):
            raise BillRefusedError(
                "schema-not-supported", f"{signature.title}: not supported yet", file
            )
    if _is_focus(known):
        return _mapping(_focus_version(known))
    raise BillRefusedError("schema-unknown", _unknown(raw), file)


def _focus_version(known: Names) -> str:
    if _any("ServiceProviderName")(known) and not _any("ProviderName")(known):
        return "focus-1.4"
    if _any(*_SINCE_FOCUS_1_3)(known):
        return "focus-1.3"
    return "focus-1.2" if _any(*_SINCE_FOCUS_1_1, *_SINCE_FOCUS_1_2)(known) else "focus-1.0"


def _cur_generation(raw: tuple[str, ...], known: Names) -> str:
    """Slashes are legacy; of the underscored, only legacy has a column product_product_name."""
    slashed = any("/" in name for name in raw)
    return "aws-cur-legacy" if slashed or "productproductname" in known else "aws-cur-2.0"


def _mapping(name: str) -> Mapping:
    return next(mapping for mapping in MAPPINGS if mapping.name == name)


def _unknown(raw: tuple[str, ...]) -> str:
    shown = ", ".join(raw[:5]) + (", ..." if len(raw) > 5 else "")  # noqa: PLR2004 - enough to recognise
    readable = ", ".join(mapping.title for mapping in MAPPINGS)
    return f"unknown provider or format (columns {shown}); readable are: {readable}"
