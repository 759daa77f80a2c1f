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

_UNSUPPORTED = (
    Signature("FOCUS contract commitment dataset", _all("ContractCommitmentId")),
    Signature("FOCUS 1.4 invoice detail dataset", _all("InvoiceDetailId")),
    Signature(
        "FOCUS 1.4 cost and usage",
        lambda n: _is_focus(n) and _any("ServiceProviderName")(n) and not _any("ProviderName")(n),
    ),
    Signature("FOCUS 1.3 cost and usage", lambda n: _is_focus(n) and _any(*_SINCE_FOCUS_1_3)(n)),
    Signature(
        "Azure EA amortised or actual export",
        _all("ReservationId", "BillingPeriodStartDate", "Cost", "Date"),
    ),
    Signature("Azure MCA cost export", _all("costInBillingCurrency", "pricingCurrency")),
    Signature("Azure cost export", _all("costInBillingCurrency", "meterCategory")),
    Signature("Azure cost export", _all("CostInBillingCurrency", "ConsumedService")),
    Signature("Azure pay-as-you-go export", _all("MeterCategory", "PreTaxCost")),
    Signature("Azure cost export", _all("SubscriptionId", "MeterId")),
    Signature("Google Cloud billing export", _all("service.id", "sku.id", "usage_start_time")),
    Signature("Google Cloud billing export", _all("service", "sku", "usage_start_time", "cost")),
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
    for signature in _UNSUPPORTED:
        if signature.matches(known):
            raise BillRefusedError(
                "schema-not-supported", f"{signature.title}: not supported yet", file
            )
    if _is_focus(known):
        later = _any(*_SINCE_FOCUS_1_1, *_SINCE_FOCUS_1_2)(known)
        return _mapping("focus-1.2" if later else "focus-1.0")
    raise BillRefusedError("schema-unknown", _unknown(raw), file)


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
